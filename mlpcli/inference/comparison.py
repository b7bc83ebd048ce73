"""Compare two classifiers on the same images, with McNemar's test."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from mlpcli.datasets import KNOWN
from mlpcli.datasets.dataset import Progress
from mlpcli.errors import CheckpointError
from mlpcli.inference.data import evaluate_on, open_for
from mlpcli.inference.evaluation import Evaluation
from mlpcli.inference.inspection import Inspection
from mlpcli.runs.finding import Note
from mlpcli.utils.escaping import listed

LEVEL = 0.05
"""A difference is significant if its p-value is below this."""


@dataclass(frozen=True)
class Comparison:
    """Two classifiers' predictions for the same images.

    Attributes:
        first: the evaluation of the first one.
        second: the evaluation of the second one.
    """

    first: Evaluation
    second: Evaluation

    @cached_property
    def _wrong(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        labels = self.first.split.labels
        return self.first.predicted != labels, self.second.predicted != labels

    @property
    def both_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that both get wrong."""
        first, second = self._wrong
        return np.flatnonzero(first & second)

    @property
    def only_first_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that only the first one gets wrong."""
        first, second = self._wrong
        return np.flatnonzero(first & ~second)

    @property
    def only_second_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that only the second one gets wrong."""
        first, second = self._wrong
        return np.flatnonzero(second & ~first)

    @property
    def difference(self) -> float:
        """The second one's accuracy minus the first one's."""
        return self.second.metrics.accuracy - self.first.metrics.accuracy

    @property
    def p_value(self) -> float:
        """The probability of a difference at least as large by chance alone, in [0, 1]."""
        return mcnemar(len(self.only_first_wrong), len(self.only_second_wrong))

    @property
    def significant(self) -> bool:
        """Whether the p-value is below `LEVEL`."""
        return self.p_value < LEVEL


def compare(
    first: Inspection,
    second: Inspection,
    data: str | None = None,
    *,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Comparison:
    """Evaluate the weights of two runs on the same test images.

    Args:
        first: of one run.
        second: of the other one.
        data: a known name, or a path; None for the named data set that the first was trained on.
        progress: called while something takes long.
        note: called with a line if they were trained on different data, and one chooses between.

    Raises:
        CheckpointError: they have different classes, or only the weights name the data's path.
        DataError: the data set cannot be opened, or does not fit them.
    """
    one, other = first.classifier, second.classifier
    if one.classes != other.classes:
        raise CheckpointError(
            f"{other.name}: the classes must be the same as those of {one.name}, "
            f"{listed(one.classes)}, got {listed(other.classes)}"
        )
    if note and data is None and first.data != second.data:
        note(
            f"note: the two were trained on different data; both are evaluated on the data of "
            f"{one.name}; --data chooses other data"
        )
    dataset = open_for(one, data, "test", progress=progress, note=note)
    evaluation = evaluate_on(one, dataset, "test")
    same = one.inputs.recipe == other.inputs.recipe
    if data is not None and data not in KNOWN and not same:  # its pictures are preprocessed anew
        dataset = open_for(other, data, "test", progress=progress, note=note)
    return Comparison(evaluation, evaluate_on(other, dataset, "test"))


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test, two-sided (McNemar 1947).

    Images that both get right or both get wrong say nothing about a difference. If the two are
    equally good, each of the other images is wrong for either of them with probability ½, so that
    the counts follow a binomial distribution.

    Args:
        only_first: how many images only the first one gets wrong.
        only_second: how many only the second one gets wrong.
    """
    fewer, both = min(only_first, only_second), only_first + only_second
    return min(1.0, 2 * float(bdtr(fewer, both, 0.5)))
