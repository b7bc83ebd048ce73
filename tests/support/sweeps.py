"""Directories of sweeps, whose trials are copies of a real run with other results."""

import copy
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from mlpcli.config import Config, load_config
from mlpcli.config.loading import plain
from mlpcli.runs.directory import Run
from mlpcli.runs.result import Ending, Result, write_result
from mlpcli.runs.summary import read_log
from mlpcli.sweep.definition import Choice, Dimension, Sampler, Sweep, Value
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.writing import to_yaml

RATE, WIDTH = "training.optimizer.learning_rate", "model.layers[1]"
RATES = Choice(RATE, (0.01, 0.03, 0.1))
ENDED = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Ended:
    """How a trial ended: None for the state of one that has not."""

    values: Mapping[str, Value]
    seed: int
    validation: float | None = 0.9
    test: float | None = None
    loss: float = 0.3
    state: Ending | None = "done"
    reason: str | None = None


def make_sweep(
    folder: Path,
    trained: Path,
    space: Sequence[Dimension],
    ended: Sequence[Ended],
    *,
    seeds: Sequence[int] = (0, 1, 2),
    changes: Sequence[str] = (),
    sampler: Sampler = "grid",
    **others: Any,
) -> SweepDirectory:
    """Make the directory of a sweep.

    Args:
        folder: for it, which does not exist.
        trained: the directory of a run, whose weights and log each trial has.
        space: the keys that vary.
        ended: how each trial did.
        seeds: of each point.
        changes: of the run's configuration, in all trials.
        sampler: of the sweep.
        others: more fields of the `Sweep`.
    """
    folder.mkdir()
    directory = SweepDirectory(folder)
    base = load_config(trained / "config.yaml", changes)
    if sampler != "grid":
        others.setdefault("trials", len(ended))
    sweep = Sweep(base, tuple(space), tuple(seeds), sampler=sampler, **others)
    directory.definition.write_text(to_yaml(sweep))
    for number, trial in enumerate(ended):
        _make_trial(directory.trial(number), Run(trained), base, trial)
    return directory


def _make_trial(run: Run, trained: Run, base: Config, trial: Ended) -> None:
    config = copy.deepcopy(plain(base)) | {"seed": trial.seed}
    for key, value in trial.values.items():
        _put(config, key, value)
    run.directory.mkdir()
    run.config.write_text(yaml.safe_dump(config))
    if trial.state is None:
        return
    for name in ("best.npz", "last.npz"):
        os.link(trained.directory / name, run.directory / name)
    shutil.copy(trained.log, run.log)
    result = Result(
        state=trial.state,
        reason=trial.reason,
        ended=ENDED,
        data="glyphs",
        layers=list(config["model"]["layers"]),
        epochs=len(read_log(run)),
        epoch=1,
        seconds=1.5,
        validation_accuracy=trial.validation,
        validation_loss=None if trial.validation is None else trial.loss,
        test_accuracy=trial.test,
        test_loss=None if trial.test is None else trial.loss,
        test_count=None if trial.test is None else 100,
        config=config,
    )
    write_result(run, result)


def _put(config: dict[str, Any], key: str, value: Value) -> None:
    """Set the value of a dotted key, which may end with an index."""
    *sections, last = key.split(".")
    for section in sections:
        config = config[section]
    name, _, index = last.partition("[")
    if index:
        config[name][int(index[:-1])] = value
    else:
        config[name] = value
