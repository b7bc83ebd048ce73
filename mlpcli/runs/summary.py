"""What a run is, in a few values, read from its small files: nothing opens its network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Literal

from pydantic import ValidationError

from mlpcli.config import Config, load_config
from mlpcli.config.keys import flatten
from mlpcli.config.loading import plain
from mlpcli.errors import RunError
from mlpcli.runs.directory import LOCK, Run
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.history import best_epoch
from mlpcli.runs.result import Ending, Result, read_result, totals
from mlpcli.utils.files import open_regular, reason_of
from mlpcli.utils.locking import holder

MAX_LOG = 1 << 24  # bytes
_LATEST = 1 << 37  # seconds; a file that is younger, by what its system says, is a mistake

State = Ending | Literal["running", "interrupted"]


@dataclass(frozen=True)
class Summary:
    """A run in a few values.

    Attributes:
        run: its directory.
        state: how it ended, or whether it is running.
        process: what is running it, as its lock says: `process 123 on host`.
        result: what it has come to so far; while it has not ended, `state` there means nothing.
    """

    run: Run
    state: State
    process: str | None
    result: Result

    @cached_property
    def keys(self) -> Mapping[str, object]:
        """The values of the configuration by dotted key."""
        return flatten(self.result.config)

    @property
    def planned(self) -> int:
        """How many epochs the configuration asks for."""
        return int(self.result.config["training"]["epochs"])

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return int(self.result.config["seed"])


def summarize(run: Run) -> Summary:
    """Return what a run is.

    Raises:
        ConfigError: its configuration cannot be read.
        RunError: another of its files cannot be read.
    """
    process = holder(run.directory / LOCK)
    result = read_result(run)
    if result is None:
        result = so_far(run)
        state: State = (
            "running" if process else "done" if _no_epochs_remain(result) else "interrupted"
        )
    else:
        state = result.state
    return Summary(run, state, process, result)


def so_far(run: Run) -> Result:
    """Return what a run without a result has come to, from its configuration and log.

    `ended` is when its latest epoch did.
    """
    run.check_own()
    config, history = load_config(run.config), read_log(run)
    path = run.log if history else run.config
    return Result(
        state="done",
        ended=datetime.fromtimestamp(min(max(int(path.stat().st_mtime), 0), _LATEST), UTC),
        data=_data_name(config),
        layers=list(config.model.sizes),
        config=plain(config),
        **totals(history, best_epoch(history, config)),
    )


def _no_epochs_remain(result: Result) -> bool:
    training = result.config["training"]
    stopping = training["early_stopping"]
    since_best = result.epochs - (result.epoch or 0)
    stopped = bool(stopping) and since_best >= stopping["patience"]
    return stopped or result.epochs >= int(training["epochs"])


def _data_name(config: Config) -> str:
    data: Any = config.data
    return str(data.path or (",".join(data.mix) if data.mix else data.name))


def read_log(run: Run) -> list[EpochResult]:
    """Return the epochs in a run's log; none if it has no log yet.

    Raises:
        RunError: it cannot be read, or a line is no epoch.
    """
    try:
        with open_regular(run.log) as file:
            lines = file.read(MAX_LOG).splitlines()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RunError(f"{run.log}: cannot be read, {reason_of(error)}") from error
    history = []
    for number, line in enumerate(lines, 1):
        try:
            history.append(EpochResult.model_validate_json(line))
        except ValidationError as error:
            got = line[:60].decode(errors="replace")
            raise RunError(
                f"{run.log}:{number}: must be an epoch, got {got!r}; mlp train --resume "
                "writes the log anew"
            ) from error
    return history
