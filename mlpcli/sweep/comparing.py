"""Which recipes of a sweep differ by more than their seeds make them differ.

Each pair of recipes is compared on the seeds that both have finished. If the two are equally good,
each seed's difference is as likely with the other sign, which gives an exact test; because there
are many pairs, its p-values are corrected by Holm's method.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlpcli.errors import RunError
from mlpcli.inference.comparison import LEVEL
from mlpcli.sweep.results import Measure, Recipe, Results

Floats = NDArray[np.float64]

EXACT = 18  # seeds; for more of them, signs are drawn
DRAWN = 1 << 17  # choices of signs, or more for many pairs
_AT_ONCE = 1 << 22  # numbers in memory


@dataclass(frozen=True)
class Pair:
    """Two recipes on the seeds that both have finished.

    Attributes:
        better: the place of the one with the better mean, counted from 0 for the best recipe.
        worse: the place of the other one.
        difference: of their means, better minus worse; negative for a loss.
        seeds: how many both have finished, at least 1.
        p_value: the probability of a difference at least as large by chance alone.
        corrected: the same by Holm's method, among all pairs.
    """

    better: int
    worse: int
    difference: float
    seeds: int
    p_value: float
    corrected: float

    @property
    def significant(self) -> bool:
        """Whether the corrected p-value is below `LEVEL`."""
        return self.corrected < LEVEL


@dataclass(frozen=True)
class SweepComparison:
    """All pairs of the recipes of a sweep.

    Attributes:
        results: what came of the sweep.
        recipes: those with a finished trial, best first.
        pairs: the smallest p-value first.
    """

    results: Results
    recipes: list[Recipe]
    pairs: list[Pair]

    @property
    def measure(self) -> Measure:
        """What is compared."""
        return self.results.measure

    @cached_property
    def significant(self) -> list[Pair]:
        """The pairs that differ by more than chance."""
        return [pair for pair in self.pairs if pair.significant]

    @property
    def seeds_needed(self) -> int:
        """With how many seeds a difference can be significant, if it has one sign for all."""
        return seeds_needed(len(self.pairs))

    @property
    def too_few(self) -> bool:
        """Whether there are too few seeds for any difference to be significant."""
        most = max((pair.seeds for pair in self.pairs), default=0)
        return len(self.pairs) * smallest_p(most, len(self.pairs)) >= LEVEL

    def worse_than(self, place: int) -> list[int]:
        """Return the places of the recipes that a recipe is significantly worse than."""
        return sorted(pair.better for pair in self.significant if pair.worse == place)


def compare_recipes(results: Results) -> SweepComparison:
    """Compare each two recipes of a sweep.

    Raises:
        RunError: fewer than two have a finished trial.
    """
    measure = results.measure
    recipes = [each for each in results.recipes if each.by_seed(measure)]
    if len(recipes) < 2:
        raise RunError(
            f"{results.directory.path}: must have two recipes with a finished trial to compare, "
            f"got {len(recipes)}"
        )
    sign = 1 if results.maximize else -1
    values = _table([recipe.by_seed(measure) for recipe in recipes])
    first, second = np.triu_indices(len(recipes), 1)
    differences = values[first] - values[second]
    counts = np.isfinite(differences).sum(axis=1)
    kept = counts > 0  # others have no seed in common
    first, second, counts = first[kept], second[kept], counts[kept]
    # A difference of 0 has no sign to flip, so it stands for a seed that is not there.
    differences = np.nan_to_num(differences[kept])
    p_values = sign_flip(differences)
    corrected = holm(p_values)
    means = differences.sum(axis=1) / counts
    swapped = sign * means < 0  # on the seeds in common the order may be another one
    pairs = [
        Pair(*((j, i) if swap else (i, j)), -mean if swap else mean, count, p, holms)
        for i, j, swap, mean, count, p, holms in zip(
            *(
                each.tolist()
                for each in (first, second, swapped, means, counts, p_values, corrected)
            ),
            strict=True,
        )
    ]
    return SweepComparison(results, recipes, sorted(pairs, key=lambda pair: pair.p_value))


def _table(numbers: list[dict[int, float]]) -> Floats:
    """Return (recipes, seeds), with nan where a seed is not finished."""
    seeds = sorted({seed for each in numbers for seed in each})
    return np.array([[each.get(seed, math.nan) for seed in seeds] for each in numbers])


def sign_flip(differences: Floats) -> Floats:
    """Return the p-values of the paired sign-flip permutation test, two-sided.

    The p-value is the share of all choices of signs whose sum is at least as far from 0 as the one
    found. It is exact for up to `EXACT` seeds; for more, it is estimated from random choices, the
    same each time, and never 0 (Phipson and Smyth, Permutation P-values should never be zero,
    2010).

    Args:
        differences: (pairs, seeds).

    Returns:
        (pairs,) in (0, 1].
    """
    pairs, seeds = differences.shape
    exact = seeds <= EXACT
    choices = 2 ** max(seeds - 1, 0) if exact else _drawn(pairs)  # opposite signs: the same sum
    found = np.abs(differences.sum(axis=1))
    found -= 1e-9 * np.abs(differences).sum(axis=1)  # sums that are equal but for rounding count
    generator = np.random.default_rng(0)
    extreme = np.zeros(pairs, dtype=np.int64)
    step = max(1, _AT_ONCE // max(pairs, seeds, 1))
    for start in range(0, choices, step):
        numbers = np.arange(start, min(start + step, choices))[:, None]
        if exact:
            flipped = numbers >> np.arange(seeds) & 1
        else:
            flipped = generator.integers(2, size=(len(numbers), seeds))
        sums = (1.0 - 2.0 * flipped) @ differences.T  # (choices, pairs)
        extreme += (np.abs(sums) >= found).sum(axis=0)
    return extreme / choices if exact else (extreme + 1) / (choices + 1)


def holm(p_values: Floats) -> Floats:
    """Return p-values corrected for their number.

    The chance of one or more that are below a level although there is no difference is at most that
    level, whatever the pairs have to do with each other (Holm, A simple sequentially rejective
    multiple test procedure, 1979).
    """
    order = np.argsort(p_values, kind="stable")
    steps = p_values[order] * np.arange(len(p_values), 0, -1)
    corrected = np.empty_like(p_values)
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected


def smallest_p(seeds: int, pairs: int = 1) -> float:
    """Return the smallest p-value that so many seeds can give, among so many pairs."""
    exact = min(1.0, 2.0 ** (1 - seeds))
    return exact if seeds <= EXACT else max(exact, 1 / (_drawn(pairs) + 1))


def _drawn(pairs: int) -> int:
    """Return how many choices of signs are drawn, so that one in all may be significant."""
    return max(DRAWN, math.ceil(2 * pairs / LEVEL))


def seeds_needed(pairs: int) -> int:
    """Return how many seeds it takes until the smallest p-value, corrected, is below `LEVEL`."""
    return math.ceil(math.log2(2 * max(pairs, 1) / LEVEL))
