"""Students that learn from trained networks."""

from pathlib import Path
from shutil import copyfile

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.datasets.selection import open_configured
from mlpcli.errors import CheckpointError
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.training.trainer import Trainer
from tests.conftest import Mlp
from tests.support.runs import interrupted, log
from tests.support.trainings import train

DATA = "data: {name: synthetic, train: 500, test: 100, validation: 100}"
TEACHER = """
model: {layers: [784, 40, 10], activation: relu, init: he}
training: {epochs: 3, batch_size: 20}
"""
STUDENT = """
model: {layers: [784, 30, 10], activation: gelu, init: he, batch_norm: true}
training:
  epochs: 4
  batch_size: 40
  distillation: {teacher: [upright, plain], temperature: 2}
augmentation: {rotation: 5, shift: 1, fade: 0.5}
"""


def write_config(folder: Path, text: str) -> Path:
    """Write a configuration for a few drawn digits."""
    path = folder / "c.yaml"
    path.write_text(DATA + text)
    return path


@pytest.fixture
def teachers(mlp: Mlp, tmp_path: Path) -> list[Path]:
    """The runs of two networks, of which the first sees digits upright."""
    config_file = write_config(tmp_path, TEACHER)
    train(mlp, config_file, "upright", "--set", "data.view={deslant: true, width: 12}")
    train(mlp, config_file, "plain", "--set", "seed=1")
    return [tmp_path / "upright", tmp_path / "plain"]


def student(folder: Path, *overrides: str) -> Trainer:
    """Return the trainer of a student."""
    config = load_config(str(write_config(folder, STUDENT)), overrides)
    return Trainer(config, open_configured(config.data))


def test_answers(tmp_path: Path, teachers: list[Path]) -> None:
    """The answers for images as they are are the mean of the networks' softened probabilities."""
    trainer = student(tmp_path, "augmentation=null")
    inputs, answers = next(trainer.batches.epoch(0))
    images = np.rint(inputs * 255).astype(np.uint8).reshape(-1, 28, 28)
    checkpoints = [load_checkpoint(directory / "best.npz") for directory in teachers]
    expected = []
    for checkpoint in checkpoints:
        each = Classifier.of([checkpoint])
        each.temperatures = [2.0]
        expected.append(np.exp(each.log_probabilities(images)))
    np.testing.assert_allclose(answers, np.mean(expected, axis=0), rtol=1e-4, atol=1e-6)
    assert [View(deslant=True, width=12), View()] == [each.metadata.view for each in checkpoints]


@pytest.mark.usefixtures("teachers")
def test_same_warps(tmp_path: Path) -> None:
    """Student and teacher see the same images in the same warps, whatever their views."""
    trainer = student(tmp_path, "data.view.deslant=true", "data.view.width=12")
    plain = student(tmp_path)
    (inputs, answers), (others, same) = (
        next(each.batches.epoch(1, 2)) for each in (trainer, plain)
    )
    np.testing.assert_array_equal(answers, same)
    assert not np.array_equal(inputs, others)


@pytest.mark.usefixtures("teachers")
def test_the_teacher_is_learnt(tmp_path: Path) -> None:
    """The loss, how far the student is from its teacher, falls."""
    trainer = student(tmp_path)
    losses = [result.train_loss for result in trainer.epochs()]
    assert losses[-1] < 0.3 * losses[0]


def test_command(mlp: Mlp, tmp_path: Path, teachers: list[Path]) -> None:
    """`--teacher` may be repeated; the run keeps where they are, and what they were."""
    config_file = write_config(tmp_path, TEACHER)
    train(mlp, config_file, "student", "--teacher", "plain", "--teacher", "upright/best.npz")
    checkpoint = load_checkpoint(tmp_path / "student" / "best.npz")
    distillation = checkpoint.config.training.distillation
    assert distillation is not None
    assert (str(teachers[1]), str(teachers[0] / "best.npz")) == distillation.teacher
    assert [load_checkpoint(teachers[n] / "best.npz").metadata.weights_sha256 for n in (1, 0)] == [
        each.weights_sha256 for each in checkpoint.metadata.teachers
    ]


@pytest.mark.usefixtures("teachers")
def test_resume(mlp: Mlp, tmp_path: Path) -> None:
    """A student that was interrupted ends with the same weights."""
    config_file = write_config(tmp_path, STUDENT)
    train(mlp, config_file, "whole")
    directory = interrupted(config_file, tmp_path / "half", 2, 5)
    assert 0 == mlp("train", "--resume", directory).exit_code
    assert log(tmp_path / "whole") == log(directory)
    one, other = (load_checkpoint(tmp_path / name / "best.npz") for name in ("whole", "half"))
    assert one.metadata.weights_sha256 == other.metadata.weights_sha256


def test_other_teacher(mlp: Mlp, tmp_path: Path, teachers: list[Path]) -> None:
    """A run does not go on with a teacher that has changed."""
    config_file = write_config(tmp_path, STUDENT)
    directory = interrupted(config_file, tmp_path / "half", 1)
    copyfile(teachers[1] / "best.npz", teachers[0] / "best.npz")
    result = mlp("train", "--resume", directory)
    assert 1 == result.exit_code
    assert "training.distillation.teacher must stand for the same weights" in result.stderr


def test_no_teacher(mlp: Mlp, tmp_path: Path) -> None:
    """A configuration that needs a teacher says so, with its place."""
    text = TEACHER.replace("epochs", "distillation: {temperature: 2}, epochs")
    config_file = write_config(tmp_path, text)
    result = mlp("train", "--config", config_file)
    assert 2 == result.exit_code
    assert (
        "c.yaml:3:26: training.distillation.teacher must name the weights to learn from"
        in result.stderr
    )
    assert "give --teacher WEIGHTS" in result.stderr


@pytest.mark.usefixtures("teachers")
def test_other_classes(tmp_path: Path) -> None:
    """A teacher of other classes is refused."""
    images = np.random.default_rng(0).integers(0, 255, (40, 28, 28), dtype=np.uint8)
    labels = np.arange(40) % 9
    np.savez("few.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    text = STUDENT.replace("30, 10", "30, 9")
    (tmp_path / "c.yaml").write_text("data: {path: few.npz, validation: 0}" + text)
    config = load_config("c.yaml")
    with pytest.raises(CheckpointError, match="a teacher must have the classes and the inputs"):
        Trainer(config, open_configured(config.data))
