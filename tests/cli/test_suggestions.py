"""What is offered in place of an option that does not exist."""

from pathlib import Path

import pytest

from mlpcli.datasets import SOURCES
from tests.conftest import Mlp

SUGGESTIONS = {
    "train --epoch=5": "--epochs",
    "train --learning-rate 1": "--lr",
    "train --learning_rate 1": "--lr",
    "train --training.epochs 5": "--epochs",
    "train --num-epochs 5": "--epochs",
    "train --batchsize 5": "--batch-size",
    "train --momentum 0": "--set training.optimizer.momentum=N",
    "train --wd 0": "--set training.optimizer.weight_decay=N",
    "train --optimizer adam": "--set training.optimizer.name=VALUE",
    "train --rotation 5": "--set augmentation.rotation=VALUE",
    "config show --activation tanh": "--set model.activation=VALUE",
    "config show --lr 1": "--set training.optimizer.learning_rate=N",
    "gradcheck --seed 3": "--set seed=N",
    "gradcheck --epoch 3": "--set training.epochs=N",
    "train --name x": "--set data.name=VALUE or --set training.optimizer.name=VALUE or --set "
    "training.schedule.name=VALUE",
    "train --reprot": "--report",
    "train --rep": "--report",
    "train --dryrun": "--dry-run",
    "evaluate --weigths x": "--weights",
    "--versoin": "--version",
    "train --export x": "",
    "train --port 1": "",
    "train --gpu": "",
    "train --model x": "",
    "evaluate --export x": "",
    "evaluate --lr 1": "",
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


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("trian", "No such command 'trian'. Did you mean train?"),
        ("Train", "No such command 'Train'. Did you mean train?"),
        ("eval", "No such command 'eval'. Did you mean evaluate?"),
        ("data lsit", "No such command 'lsit'. Did you mean list?"),
        ("config shwo mnist", "No such command 'shwo'. Did you mean show?"),
        ("learn", "No such command 'learn'."),
        ("data train", "No such command 'train'."),
        ("data fetch minst", f"is not one of {', '.join(SOURCES)}; did you mean mnist?"),
        ("data fetch cifar", f"'cifar' is not one of {', '.join(SOURCES)}"),
        ("data show synthetic --split tset", "'test', 'all'; did you mean test?"),
        ("evaluate --split Validation", "'test', 'all'; did you mean validation?"),
        ("evaluate --split fast", "is not one of 'train', 'validation', 'test', 'all'."),
        ("data show glyphs.npz --class X", "'X' is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"),
    ],
)
def test_usage_error(mlp: Mlp, glyph_file: Path, arguments: str, message: str) -> None:
    """A command, a choice or a name that does not exist points to the one most like it."""
    Path("glyphs.npz").symlink_to(glyph_file)
    result = mlp(*arguments.split())
    assert 2 == result.exit_code
    assert result.stderr.splitlines()[-1].endswith(message)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ("train minst", 2, "minst: no such file, nor a shipped configuration; did you mean mnist?"),
        ("train --config fsat", 2, "fsat: no such file, nor a shipped configuration; did you mean"),
        ("config show quikstart", 2, "quikstart: no such file, nor a shipped configuration; did"),
        ("evaluate --weights bundled --data minst", 1, "; did you mean mnist?"),
        ("train mnist --set data.path=fashon-mnist", 1, "; did you mean fashion-mnist?"),
        ("train mnist --set model.activation=Relu", 2, "got 'Relu'; did you mean relu?"),
        ("train mnist --set training.momentum=0", 2, "did you mean training.optimizer.momentum?"),
    ],
)
def test_wrong_name(mlp: Mlp, arguments: str, code: int, message: str) -> None:
    """A configuration, data set, choice or key that does not exist points to one like it."""
    result = mlp(*arguments.split())
    assert (code, 1) == (result.exit_code, len(result.stderr.splitlines()))
    assert message in result.stderr
