"""A training that has failed says so, and its weights remember it."""

import json
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.glyphs import draw_digits
from tests.support.trainings import DEAD, train


def test_warnings(mlp: Mlp, config_file: Path) -> None:
    """Dead units, guesses and classes without recall are said in their epoch, once, and at the end."""
    lines = train(mlp, config_file, "x", *DEAD).splitlines()
    units = "30 of 30 units of hidden layer 1 are dead: they are inactive for all of 100 images, so they no longer learn"
    assert 1 == lines.count(f"warning: {units}")
    assert 1 == sum(line.endswith(f": warning: {units}") for line in lines)
    guesses = [line for line in lines if "than guessing: always predicting" in line]
    assert ["epoch", "warning"] == [line.split()[0].strip(":") for line in guesses]
    advice = "to try: a training.optimizer.learning_rate below 50, such as 0.1, or training.gradient_clip=1"
    assert advice == lines[-1]
    assert 1 == sum(line.startswith("epoch") and line.endswith(advice) for line in lines)


def test_quiet(mlp: Mlp, config_file: Path) -> None:
    """--quiet leaves the warnings of the end."""
    lines = train(mlp, config_file, "x", *DEAD, "--quiet").splitlines()
    assert lines
    assert all(line.startswith(("warning: ", "to try: ")) for line in lines)


def test_a_class_without_recall(mlp: Mlp) -> None:
    """A class of which nothing is recognised is said, once, but not in the first epoch.

    Of each image of a five two copies are called so, and one is called a six.
    """
    images, labels = draw_digits(600, seed=1)
    images, labels = images[labels < 6], labels[labels < 6]
    fives = images[labels == 5]
    order = np.random.default_rng(0).permutation(len(images) + 2 * len(fives))
    images = np.concatenate([images, fives, fives])[order]
    labels = np.concatenate([labels, np.repeat([5, 6], len(fives))])[order]
    np.savez("five.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    Path("five.yaml").write_text(
        "data: {path: five.npz, validation: 250}\n"
        "model: {layers: [784, 30, 7], activation: relu, init: he}\n"
        "training: {epochs: 5, batch_size: 20}\n"
    )
    said = train(mlp, Path("five.yaml"), "x").splitlines()
    line = "warning: 1 of 7 classes has recall 0, none of its images is recognised: 6"
    assert [] == [text for text in said if text.startswith("epoch 1: ")]
    assert line in said
    assert 1 == sum(text.startswith("epoch ") and text.endswith(line) for text in said)


def test_no_warnings(mlp: Mlp, config_file: Path) -> None:
    """A training that learns gets no warning, but the next command to type."""
    starts = [line.split(":")[0] for line in train(mlp, config_file, "x").splitlines()]
    assert ["run directory", "next"] == starts


def test_saturated(mlp: Mlp, config_file: Path) -> None:
    """Sigmoids that are all at an end are said to be saturated."""
    said = train(mlp, config_file, "x", *DEAD, "--set", "model.activation=sigmoid")
    assert (
        "units of hidden layer 1 are saturated: their slope is close to zero for nearly all of 100"
        in said
    )


def test_without_validation(mlp: Mlp, config_file: Path) -> None:
    """Without validation images, training images show it, and the weights remember."""
    said = train(mlp, config_file, "x", *DEAD, "--set", "data.validation=0")
    assert "epoch 1: warning: 30 of 30 units" in said
    assert "than guessing" in said
    assert metadata_of(Path("x/best.npz"))["guessing"] is True


def test_later_epochs_failed(mlp: Mlp, config_file: Path) -> None:
    """Where the best epoch was one before it failed, the end says what the last epoch came to."""
    changes = (
        "training.optimizer={name: sgd, learning_rate: 5, momentum: 0, nesterov: false}",
        "training.schedule={name: one-cycle, warmup: 0.9}",
        "training.epochs=4",
    )
    lines = train(
        mlp, config_file, "x", *(word for change in changes for word in ("--set", change))
    )
    metadata = metadata_of(Path("x/best.npz"))
    assert (1, False) == (metadata["epoch"], metadata["guessing"])
    assert metadata_of(Path("x/last.npz"))["guessing"] is True
    said = [line.partition("warning: ")[0] for line in lines.splitlines() if "than guess" in line]
    assert ["epoch 2: ", "after epoch 4: "] == said


def test_resumed(mlp: Mlp, config_file: Path) -> None:
    """A run that goes on remembers what the latest epoch came to, and says it again at the end."""
    train(mlp, config_file, "whole", *DEAD)
    train(mlp, config_file, "half", *DEAD, "--set", "training.epochs=2")
    result = mlp("train", "--resume", "half", "--set", "training.epochs=3")
    assert 0 == result.exit_code
    whole, half = (metadata_of(Path(name) / "best.npz") for name in ("whole", "half"))
    assert whole["guessing"] is half["guessing"] is True
    again = mlp("train", "--resume", "half")
    assert "than guessing" in again.stderr


@pytest.mark.parametrize("value", ["yes", 3, [True]])
def test_nonsense_when_resumed(mlp: Mlp, trained: Path, value: object) -> None:
    """A run of which the weights say nonsense about guessing does not go on."""
    rewrite(trained / "last.npz", {}, guessing=value)
    result = mlp("train", "--resume", trained, "--set", "training.epochs=4")
    assert 1 == result.exit_code
    message = f"{trained}/last.npz: the metadata's guessing must be true, false or null, got "
    assert result.stderr.startswith(f"{message}{json.dumps(value)}; put it back, or begin another")
