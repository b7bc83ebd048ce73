"""What is offered in place of an option that does not exist."""

import pytest

from tests.conftest import Mlp

SUGGESTIONS = {
    "train --epochs 5": "--set training.epochs=N",
    "train --epoch=5": "--set training.epochs=N",
    "train --learning-rate 1": "--set training.optimizer.learning_rate=N",
    "train --training.epochs 5": "--set training.epochs=N",
    "train --batchsize 5": "--set training.batch_size=N",
    "train --rotation 5": "--set augmentation.rotation=VALUE",
    "config show --activation tanh": "--set model.activation=VALUE",
    "gradcheck --seed 3": "--set seed=N",
    "train --name x": "--set data.name=VALUE or --set training.optimizer.name=VALUE or --set "
    "training.schedule.name=VALUE",
    "train --reprot": "--report",
    "evaluate --weigths x": "--weights",
    "--versoin": "--version",
    "train --lr 1": "",
    "evaluate --epochs": "",
    "predict -x": "",
    "--epochs": "",
}


@pytest.mark.parametrize("arguments", SUGGESTIONS)
def test_suggestion(mlp: Mlp, arguments: str) -> None:
    """An unknown option that is part of a key points to --set, any other to one that is near."""
    result = mlp(*arguments.split())
    offered = SUGGESTIONS[arguments]
    message = f" Did you mean {offered}?" * bool(offered)
    (option,) = (word.split("=")[0] for word in arguments.split() if word.startswith("-"))
    expected = f"Error: No such option '{option}'.{message}"
    assert (2, expected) == (result.exit_code, result.stderr.splitlines()[-1])
