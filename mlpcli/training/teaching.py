"""Teachers: trained networks whose answers for each warped image a student learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError, ConfigError
from mlpcli.images.view import View
from mlpcli.nn.distillation import soften
from mlpcli.runs.checkpoint import Checkpoint
from mlpcli.runs.finding import load_weights
from mlpcli.runs.metadata import Origin
from mlpcli.runs.networks import build_network
from mlpcli.training.batches import Batches
from mlpcli.utils.arrays import Array
from mlpcli.utils.ranks import rows_of


class Teacher:
    """One or several trained networks.

    Args:
        checkpoints: of the networks, at least one.
        temperature: by which their logits are divided.
    """

    def __init__(self, checkpoints: Sequence[Checkpoint], temperature: float) -> None:
        self.checkpoints, self.temperature = tuple(checkpoints), temperature
        self._members = [(each.metadata.view, build_network(each)) for each in checkpoints]

    @classmethod
    def of(cls, config: Config, checkpoints: Sequence[Checkpoint]) -> Teacher | None:
        """Return the teacher that a configuration asks for, if it does."""
        distillation = config.training.distillation
        return cls(checkpoints, distillation.temperature) if distillation else None

    @property
    def views(self) -> list[View]:
        """How the networks see an image, each view once."""
        return list(dict.fromkeys(view for view, _ in self._members))

    @property
    def origins(self) -> list[Origin]:
        """Where the networks come from."""
        return [each.origin for each in self.checkpoints]

    def answer(self, inputs: dict[View, Array]) -> Array:
        """Return the mean of the networks' probabilities, (rows, classes) float32.

        Args:
            inputs: (rows, features) in [0, 1], the same images as each view shows them.
        """
        answers = (
            soften(network.forward(inputs[view]), self.temperature)
            for view, network in self._members
        )
        total = next(answers)
        for each in answers:
            total += each
        total /= len(self._members)
        return total


def choose_teacher(config: Config, dataset: Dataset, teacher: Teacher | None) -> Teacher | None:
    """Return the teacher that a configuration asks for, if it does.

    Args:
        config: of the student.
        dataset: what it is trained on.
        teacher: if it has been read already.

    Raises:
        ConfigError: it names no teacher, or the data have outliers.
        CheckpointError: a network cannot be read, or has other classes or inputs.
    """
    if config.training.distillation is None:
        return None
    if dataset.outliers is not None:
        raise ConfigError(
            config.written.problem(
                ("training", "distillation"),
                "must be null for data with outliers, of which a teacher's probabilities say "
                "nothing, got a mapping",
            )
        )
    teacher = teacher or Teacher.of(config, read_teacher(config))
    _, height, width = dataset.train.images.shape
    for checkpoint in teacher.checkpoints if teacher else ():
        metadata = checkpoint.metadata
        saved = metadata.preprocessing
        if metadata.class_names != dataset.classes or (saved.height, saved.width) != (
            height,
            width,
        ):
            raise CheckpointError(
                f"{checkpoint.place}: a teacher must have the classes and the inputs of "
                f"{dataset.name}, {len(dataset.classes)} classes and {height}×{width} pixels, got "
                f"{len(metadata.class_names)} classes and {saved.height}×{saved.width} pixels"
            )
    return teacher


def read_teacher(config: Config) -> list[Checkpoint]:
    """Read the networks that a configuration names as its teacher.

    Raises:
        ConfigError: it names none.
        CheckpointError: one cannot be read.
        RunError: a directory holds no weights.
    """
    distillation = config.training.distillation
    if distillation is None:
        return []
    if not distillation.teacher:
        raise ConfigError(
            config.written.problem(
                ("training", "distillation", "teacher"),
                "must name the weights to learn from, got none; give --teacher WEIGHTS",
            )
        )
    return [each for place in distillation.teacher for each in load_weights(Path(place))]


class TaughtBatches(Batches):
    """Batches with a teacher's answers instead of labels.

    Each view of the teacher has batches of its own, whose images come in the same order and with
    the same warps.

    Args:
        batches: for the student.
        view: of the student.
        teacher: whose answers are learnt.
        others: the same batches as each other view of the teacher shows them.
    """

    def __init__(
        self, batches: Batches, view: View, teacher: Teacher, others: dict[View, Batches]
    ) -> None:
        self.split, self.size, self.seed = batches.split, batches.size, batches.seed
        self.ranks, self.epochs, self.sparse = batches.ranks, batches.epochs, batches.sparse
        self._batches, self._view, self._teacher, self._others = batches, view, teacher, others

    def epoch(self, epoch: int, first: int = 0) -> Iterator[tuple[Array, NDArray[Any]]]:
        """Yield (rows, features) inputs and (batch, classes) answers.

        The inputs are those of this process's part of the batch, as are the answers; the others are
        0.

        Args:
            epoch: counted from 0.
            first: the first step to yield, counted from 0.
        """
        ranks, every = self.ranks, {self._view: self._batches, **self._others}
        for shown in zip(*(each.epoch(epoch, first) for each in every.values()), strict=True):
            inputs = dict(zip(every, (each for each, _ in shown), strict=True))
            batch = len(shown[0][1])
            own = self._teacher.answer(inputs)
            answers = np.zeros((batch, own.shape[1]), dtype=np.float32)
            answers[rows_of(ranks.rank, ranks.size, batch)] = own
            yield inputs[self._view], answers
