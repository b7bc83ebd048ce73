"""Whether one classifier is really better than another, by their answers to the same images."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr

from mlpcli.inference.evaluation import Evaluation

LEVEL = 0.05
"""A difference is called significant where chance alone makes one as large less often."""


@dataclass(frozen=True)
class Comparison:
    """Two classifiers' answers to the same images.

    Attributes:
        first: what one of them made of them.
        second: what the other one made of them.
    """

    first: Evaluation
    second: Evaluation

    @cached_property
    def _wrong(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        labels = self.first.split.labels
        return self.first.predicted != labels, self.second.predicted != labels

    @property
    def both_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that both have wrong."""
        first, second = self._wrong
        return np.flatnonzero(first & second)

    @property
    def only_first_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that only the first one has wrong."""
        first, second = self._wrong
        return np.flatnonzero(first & ~second)

    @property
    def only_second_wrong(self) -> NDArray[np.int64]:
        """Indices of the images that only the second one has wrong."""
        first, second = self._wrong
        return np.flatnonzero(second & ~first)

    @property
    def difference(self) -> float:
        """The second one's accuracy less that of the first one."""
        return self.second.metrics.accuracy - self.first.metrics.accuracy

    @property
    def p_value(self) -> float:
        """How often chance makes a difference at least as large, in [0, 1]."""
        return mcnemar(len(self.only_first_wrong), len(self.only_second_wrong))

    @property
    def significant(self) -> bool:
        """Whether that is less often than `LEVEL`."""
        return self.p_value < LEVEL


def mcnemar(only_first: int, only_second: int) -> float:
    """Return the p-value of McNemar's exact test, two-sided (McNemar 1947).

    Images that both have right or both have wrong say nothing about a difference. Of the others,
    were the two equally good, each would be wrong for the one or the other with probability ½, so
    that the counts follow a binomial distribution.

    Args:
        only_first: how many images only the first one has wrong.
        only_second: how many only the second one has wrong.
    """
    fewer, both = min(only_first, only_second), only_first + only_second
    return min(1.0, 2 * float(bdtr(fewer, both, 0.5)))
