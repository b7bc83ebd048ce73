"""Compare two classifiers on the same images, with McNemar's test."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from mlpcli.inference.evaluation import Evaluation

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
