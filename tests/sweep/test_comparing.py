"""Which recipes of a sweep differ, and when too few seeds can say so."""

import numpy as np
import pytest

from mlpcli.inference.comparison import LEVEL
from mlpcli.sweep import comparing
from mlpcli.sweep.comparing import (
    holm,
    seeds_needed,
    sign_flip,
    smallest_p,
)


@pytest.mark.parametrize(
    ("differences", "expected"),
    [
        ([1.0], 1.0),
        ([1.0, 2.0, 3.0], 2 / 8),  # only +++ and −−− reach 6
        ([1.0, 2.0, -3.0], 1.0),  # a sum of 0 says nothing
        (
            [1.0, -2.0, 3.0, 4.0],
            2 * 3 / 16,
        ),  # all alike, or only 1 or only 2 against them: 10, 8, 6
        ([0.1, 0.2, 0.3, 0.0], 2 / 8),  # a difference of 0 has no sign to flip
        ([0.0, 0.0], 1.0),
    ],
)
def test_by_hand(differences: list[float], expected: float) -> None:
    """The p-value is the share of the choices of signs that give as large a sum, at both ends."""
    both = np.array([differences, [-each for each in differences]])
    assert [expected, expected] == pytest.approx(sign_flip(both).tolist())


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, 5, 9])
def test_is_scipys(seeds: int) -> None:
    """It is SciPy's exact paired permutation test, with ties as well."""
    from scipy.stats import permutation_test  # noqa: PLC0415  # slow to load

    generator = np.random.default_rng(seeds)
    differences = np.round(generator.normal(0.002, 0.002, (20, seeds)), 3)
    expected = [
        permutation_test(
            (each,), np.sum, permutation_type="samples", n_resamples=np.inf, vectorized=True
        ).pvalue
        for each in differences
    ]
    assert expected == pytest.approx(sign_flip(differences).tolist(), abs=1e-12)


def test_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """With many seeds it is estimated, each time the same, close to the exact value, never 0."""
    differences = np.random.default_rng(0).normal(0.3, 1, (4, 16))
    differences[0] = 1
    exact = sign_flip(differences)
    monkeypatch.setattr(comparing, "EXACT", 15)
    drawn = sign_flip(differences)
    assert exact == pytest.approx(drawn, abs=4 * 0.5 / comparing.DRAWN**0.5)
    assert drawn.tolist() == sign_flip(differences).tolist()
    assert drawn.min() >= smallest_p(16) == 1 / (comparing.DRAWN + 1)


def test_holm() -> None:
    """The smallest of n is multiplied by n, the next by n − 1; none falls below one before it."""
    corrected = holm(np.array([0.04, 0.01, 0.03, 0.9]))
    assert [0.09, 0.04, 0.09, 0.9] == pytest.approx(corrected.tolist())
    assert [1.0, 1.0] == holm(np.array([0.6, 0.7])).tolist()


@pytest.mark.parametrize("pairs", [1, 3, 10, 190])
def test_seeds_needed(pairs: int) -> None:
    """With that many seeds the smallest p-value is significant, with one fewer it is not."""
    needed = seeds_needed(pairs)
    assert pairs * smallest_p(needed) < LEVEL < pairs * smallest_p(needed - 1)


def test_false_alarms() -> None:
    """Of sweeps whose recipes are equally good, at most 5 % have a pair that differs."""
    generator = np.random.default_rng(0)
    sweeps, seeds = 1000, 8
    first, second = np.triu_indices(4, 1)
    alarms = 0
    for _ in range(sweeps):
        accuracies = generator.normal(0, 1, (4, seeds)) + generator.normal(0, 1, seeds)
        alarms += holm(sign_flip(accuracies[first] - accuracies[second])).min() < LEVEL
    assert 0.01 < alarms / sweeps <= LEVEL + 2 * (LEVEL * (1 - LEVEL) / sweeps) ** 0.5
