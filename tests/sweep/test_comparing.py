"""Which recipes of a sweep differ, and when too few seeds can say so."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mlpcli.inference.comparison import LEVEL
from mlpcli.sweep import comparing
from mlpcli.sweep.comparing import (
    compare_recipes,
    holm,
    seeds_needed,
    sign_flip,
    smallest_p,
)
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import read_results
from tests.conftest import Mlp
from tests.support.sweeps import RATE, RATES, Ended, make_sweep


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
    assert 1 / (comparing.DRAWN + 1) <= drawn.min()


def test_holm() -> None:
    """The smallest of n is multiplied by n, the next by n − 1; none falls below one before it."""
    corrected = holm(np.array([0.04, 0.01, 0.03, 0.9]))
    assert [0.09, 0.04, 0.09, 0.9] == pytest.approx(corrected.tolist())
    assert [1.0, 1.0] == holm(np.array([0.6, 0.7])).tolist()


@pytest.mark.parametrize("pairs", [1, 3, 10, 190, 20_000, 10**6])
def test_seeds_needed(pairs: int) -> None:
    """With that many seeds the smallest p-value is significant, with one fewer it is not."""
    needed = seeds_needed(pairs)
    assert pairs * smallest_p(needed, pairs) < LEVEL < pairs * smallest_p(needed - 1, pairs)


@pytest.fixture
def directory(tmp_path: Path, finished_runs: Path) -> Callable[..., SweepDirectory]:
    """Makes a sweep of three rates from their validation accuracies by seed."""

    def make(**accuracies: Sequence[float | None]) -> SweepDirectory:
        trials = [
            Ended(
                {RATE: rate},
                seed,
                value,
                value and value - 0.1,
                state=None if value is None else "done",
            )
            for rate, values in zip(RATES.values, accuracies.values(), strict=True)
            for seed, value in enumerate(values)
        ]
        trained = finished_runs / "trained"
        return make_sweep(tmp_path / "s", trained, [RATES], trials, seeds=range(8))

    return make


LOW = [0.80, 0.81, 0.82, 0.80, 0.83, 0.81, 0.82, 0.80]
HIGH = [value + 0.1 for value in LOW]
NEAR = [value + (0.01 if seed % 2 else -0.01) for seed, value in enumerate(HIGH)]


def test_pairs(directory: Callable[..., SweepDirectory]) -> None:
    """The best two recipes are better than the third, and not than each other."""
    comparison = compare_recipes(read_results(directory(a=LOW, b=HIGH, c=NEAR)))
    assert [(0, 2), (1, 2)] == sorted((each.better, each.worse) for each in comparison.significant)
    for pair in comparison.significant:
        assert pytest.approx(0.1, abs=0.005) == pair.difference
        assert (8, 2 / 2**8, 3 * 2 / 2**8) == (pair.seeds, pair.p_value, pair.corrected)
    assert [[], [], [0, 1]] == [comparison.worse_than(place) for place in range(3)]


def test_seeds_in_common(directory: Callable[..., SweepDirectory]) -> None:
    """A pair is compared on the seeds that both have finished."""
    some = [None, *HIGH[1:6], None, 0.99]
    comparison = compare_recipes(read_results(directory(a=LOW, b=some, c=[*HIGH[:7], None])))
    seeds = {frozenset((each.better, each.worse)): each.seeds for each in comparison.pairs}
    assert {frozenset((0, 1)): 5, frozenset((0, 2)): 6, frozenset((1, 2)): 7} == seeds
    by_p = {frozenset((each.better, each.worse)): each.p_value for each in comparison.pairs}
    assert 2 / 2**6 == by_p[frozenset((0, 2))]
    assert 1 == by_p[frozenset((0, 1))]


def test_command(mlp: Mlp, directory: Callable[..., SweepDirectory]) -> None:
    """`mlp compare SWEEP` has a table of recipes, one of pairs that differ, and a verdict."""
    path = directory(a=LOW, b=HIGH, c=HIGH).path
    lines = mlp("compare", path).stdout.splitlines()
    assert lines == [
        "   learning_rate  validation accuracy  seeds  worse than",
        "1           0.03       91.12 ± 1.13 %  8",
        "2            0.1       91.12 ± 1.13 %  8",
        "3           0.01       81.12 ± 1.13 %  8      1, 2",
        "",
        "better  worse    difference  seeds       p  corrected",
        "     1      3  10.00 points      8  0.0078      0.023",
        "     2      3  10.00 points      8  0.0078      0.023",
        "",
        "recipe 1 is better than 1 of 2 others; as good may be 2 (p < 0.05: validation accuracy, "
        "sign-flip test paired by seed, Holm's correction for 3 pairs)",
    ]
    record = json.loads(mlp("compare", path, "--json").stdout)
    assert [True, True, False] == [pair["significant"] for pair in record["pairs"]]
    assert {"training.optimizer.learning_rate": 0.01} == record["recipes"][2]["values"]


def test_too_few_seeds(mlp: Mlp, directory: Callable[..., SweepDirectory]) -> None:
    """If no difference could be significant, it says how many seeds it takes, and the command."""
    path = directory(a=LOW[:6], b=HIGH[:6], c=NEAR[:6]).path
    assert mlp("compare", path).stdout.splitlines()[-1] == (
        "too few seeds to tell recipes apart: with 3 recipes it takes 7 seeds each; run the sweep "
        "with --seeds 7, or with seeds: 7 in its file"
    )
    assert 7 == json.loads(mlp("compare", path, "--json").stdout)["seeds_needed"]


def test_without_a_finished_trial(mlp: Mlp, directory: Callable[..., SweepDirectory]) -> None:
    """A recipe that has not finished is counted, not compared."""
    path = directory(a=LOW, b=HIGH, c=[None]).path
    said = "note: 1 recipe has no finished trial, and cannot be compared"
    assert said in mlp("compare", path).stdout.splitlines()


def test_no_difference(mlp: Mlp, directory: Callable[..., SweepDirectory]) -> None:
    """Differences that chance makes are not called differences."""
    path = directory(a=HIGH, b=HIGH, c=NEAR).path
    assert "\nno significant difference (p = 1: validation" in mlp("compare", path).stdout


def test_other_use(mlp: Mlp, directory: Callable[..., SweepDirectory], trained: Path) -> None:
    """One run alone, one recipe alone, and options that are for two runs are refused."""
    result = mlp("compare", trained)
    assert 2 == result.exit_code
    assert f"takes two runs, or the directory of a sweep, got {trained} alone" in result.stderr
    path = directory(a=LOW, b=[], c=[None]).path
    assert mlp("compare", path).stderr == (
        f"{path}: must have two recipes with a finished trial to compare, got 1\n"
    )
    assert "are for two runs" in mlp("compare", path, "--mistakes", "3").stderr


def test_no_sweep(mlp: Mlp, directory: Callable[..., SweepDirectory]) -> None:
    """A place that does not exist is said not to; of a folder with sweeps, these are named."""
    path = directory(a=LOW, b=HIGH, c=NEAR).path
    for name in ("one", "two"):
        Path("runs", f"{name} sweep").mkdir(parents=True)
        Path("runs", f"{name} sweep", "sweep.yaml").write_bytes((path / "sweep.yaml").read_bytes())
    expected = {
        "nothere": "no such file or directory; sweeps and runs are under runs/",
        "one sweep": "no such file or directory; did you mean 'runs/one sweep'?",
        "runs": "must be the directory of a sweep itself; did you mean 'runs/one sweep' or "
        "'runs/two sweep'?",
    }
    for place, said in expected.items():
        result = mlp("compare", place)
        assert (1, f"{place}: {said}\n") == (result.exit_code, result.stderr)


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
