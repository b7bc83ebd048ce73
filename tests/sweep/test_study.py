"""The study of a sweep: which trials there are, in which order, before and after interruptions."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import optuna
import pytest

from mlpcli.config import load_config
from mlpcli.errors import MlpError, RunError
from mlpcli.sweep.definition import Choice, Range, Sweep, Value
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.study import OWN_NAME, Study, Trial, trial_count

RATE, BATCH = "training.optimizer.learning_rate", "training.batch_size"
RATES = Range(RATE, 0.01, 1.0, log=True)
BASE = load_config("mnist", ["training.epochs=5"])
GRID = Sweep(BASE, (Choice(RATE, (0.1, 0.2)), Choice(BATCH, (32, 64))), (0, 1))
RANDOM = Sweep(BASE, (RATES, Range(BATCH, 16, 256, log=True)), (0,), "random", trials=8)


def rest(study: Study) -> list[Trial]:
    """Return all trials that are left, each done as soon as it has begun."""
    trials = []
    while trial := study.next():
        study.complete(trial, 0.9)
        trials.append(trial)
    return trials


def summary(trials: Sequence[Trial]) -> list[tuple[int, dict[str, Any], int]]:
    """Return what trials are."""
    return [(trial.number, dict(trial.point), trial.seed) for trial in trials]


@pytest.fixture
def directory(tmp_path: Path) -> SweepDirectory:
    """The directory of a sweep."""
    path = tmp_path / "one-sweep"
    path.mkdir()
    return SweepDirectory(path)


def test_grid(directory: SweepDirectory) -> None:
    """All points of a grid are tried with the first seed, then with the next."""
    trials = rest(Study.of(GRID, directory))
    expected = [(rate, batch) for rate in (0.1, 0.2) for batch in (32, 64)]
    assert [*range(8)] == [trial.number for trial in trials]
    assert 2 * expected == [(trial.point[RATE], trial.point[BATCH]) for trial in trials]
    assert [0] * 4 + [1] * 4 == [trial.seed for trial in trials]


def test_first_points(directory: SweepDirectory) -> None:
    """Of a grid with fewer trials than points the first points are tried."""
    sweep = replace(GRID, trials=3)
    assert 6 == trial_count(sweep)
    trials = rest(Study.of(sweep, directory))
    assert [(0.1, 32), (0.1, 64), (0.2, 32)] * 2 == [tuple(each.point.values()) for each in trials]


def test_lists(directory: SweepDirectory) -> None:
    """A value may be a list, which Optuna keeps as text."""
    layers: tuple[Value, ...] = [784, 64, 10], [784, 128, 10]
    sweep = Sweep(BASE, (Choice("model.layers", layers),), (0,))
    assert [*layers] == [trial.point["model.layers"] for trial in rest(Study.of(sweep, directory))]


@pytest.mark.parametrize("sampler", ["random", "tpe"])
def test_points_of_several_seeds(directory: SweepDirectory, sampler: Any) -> None:
    """Points that are drawn are tried with each seed, and counted once."""
    trials = rest(Study.of(replace(RANDOM, sampler=sampler, seeds=(3, 4)), directory))
    assert [3, 4] * 8 == [trial.seed for trial in trials]
    points = [tuple(trial.point.values()) for trial in trials]
    assert points[::2] == points[1::2]
    assert 8 == len({*points})


@pytest.mark.parametrize("sweep", [GRID, RANDOM])
def test_interrupted(sweep: Sweep, tmp_path: Path) -> None:
    """After an interruption the rest is tried, and what was under way goes on as it was."""
    whole, pieces = SweepDirectory(tmp_path / "one" / "s"), SweepDirectory(tmp_path / "two" / "s")
    for each in whole, pieces:
        each.path.mkdir(parents=True)
    study = Study.of(sweep, pieces)
    begun = [trial for trial in (study.next(), study.next()) if trial]
    study.complete(begun[0], 0.9)
    study = Study.of(sweep, pieces)
    assert (1, 8) == study.counts()
    assert summary(begun[1:]) == summary(study.under_way())
    assert summary(rest(Study.of(sweep, whole))) == summary([*begun, *rest(study)])
    assert summary([]) == summary(rest(Study.of(sweep, pieces)))


def test_killed_in_between(directory: SweepDirectory) -> None:
    """A trial that was begun a moment before its process was killed is tried."""
    Study.of(RANDOM, directory)
    own = optuna.load_study(study_name=OWN_NAME, storage=f"sqlite:///{directory.study}").ask()
    [trial] = Study.of(RANDOM, directory).under_way()
    assert own.number == trial.number
    assert {RATE, BATCH} == trial.point.keys()
    assert 0 == trial.seed


def test_more_seeds_and_trials(directory: SweepDirectory) -> None:
    """A sweep that has grown tries what is new."""
    first = rest(Study.of(RANDOM, directory))
    more = rest(Study.of(replace(RANDOM, seeds=(0, 1), trials=9), directory))
    assert 8 + 10 == len(first) + len(more)
    assert [*range(8, 18)] == [trial.number for trial in more]


def test_small_space(directory: SweepDirectory) -> None:
    """Where a sampler finds no new point, the study ends, and no point is tried twice."""
    sweep = replace(RANDOM, space=(Choice(BATCH, (32, 64)),), trials=100)
    trials = rest(Study.of(sweep, directory))
    assert {32, 64} == {trial.point[BATCH] for trial in trials}
    assert 2 == len(trials)


def test_hyperband(directory: SweepDirectory) -> None:
    """Hyperband prunes what is worse than others after an epoch, and says why."""
    study = Study.of(replace(RANDOM, pruner="hyperband", trials=30), directory)
    reasons = []
    for number in range(30):
        trial = study.next()
        assert trial
        reason = None
        for epoch in range(1, 6):
            reason = reason or study.report(trial, epoch, 0.9 - 0.01 * number)
        if reason:
            study.prune(trial, reason)
        else:
            study.complete(trial, 0.9)
        reasons.append(reason)
    assert reasons[0] is None
    pruned = [reason for reason in reasons if reason]
    assert 10 < len(pruned)
    assert re.match(r"too low after epoch \d: validation accuracy 8\d\.00 %", pruned[0])
    assert pruned[0].endswith("% (hyperband)")


def test_other_sweep(directory: SweepDirectory, tmp_path: Path) -> None:
    """A database that holds another sweep's study of the name is refused, and left as it is."""
    storage = f"sqlite:///{tmp_path / 'all.db'}"
    Study.of(GRID, directory, storage)
    with pytest.raises(RunError, match=r"one-sweep of another sweep; choose another --out"):
        Study.of(RANDOM, directory, storage)
    moved = GRID.base.model_copy(update={"output": str(tmp_path)})
    assert (0, 8) == Study.of(replace(GRID, base=moved), directory, storage).counts()


def test_renamed(directory: SweepDirectory, tmp_path: Path) -> None:
    """A sweep whose directory was renamed goes on."""
    rest(Study.of(GRID, directory))
    renamed = SweepDirectory(directory.path.rename(tmp_path / "other"))
    assert (8, 8) == Study.of(GRID, renamed).counts()


def test_no_database(directory: SweepDirectory) -> None:
    """A database that cannot be reached is an error of one line."""
    with pytest.raises(MlpError) as caught:
        Study.of(GRID, directory, "sqlite:////nowhere/study.db")
    assert "cannot hold the study" in caught.value.lines[0]
    with pytest.raises(MlpError):
        Study.of(GRID, directory, "no such thing")


def test_importance(directory: SweepDirectory) -> None:
    """Optuna says what share each key has in the metric, or why it cannot."""
    study = Study.of(RANDOM, directory)
    assert isinstance(study.importance(), str)
    while trial := study.next():
        rate = trial.point[RATE]
        assert isinstance(rate, float)
        study.complete(trial, rate)
    importance = study.importance()
    assert isinstance(importance, dict)
    assert {RATE, BATCH} == importance.keys()
