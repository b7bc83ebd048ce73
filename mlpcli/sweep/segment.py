"""A segment of a trial: what one task of a worker does.

It trains a run from where its directory says, and saves. If it is interrupted, another process goes
on from there, with the same result to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NoReturn

from mlpcli.config import Config
from mlpcli.config.data import DRAWN
from mlpcli.config.loading import data_root
from mlpcli.datasets import Dataset
from mlpcli.datasets.selection import open_configured
from mlpcli.errors import DataError, MlpError, RunError
from mlpcli.inference.testing import test_run
from mlpcli.runs.directory import BEST, CONFIG, LAST, LOG, RESULT, Run
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.result import Result, read_result
from mlpcli.runs.summary import read_log
from mlpcli.sweep.endings import end_badly
from mlpcli.training.saving import Saver
from mlpcli.training.session import begin, new_trainer, resume
from mlpcli.training.trainer import Trainer
from mlpcli.utils.files import atomic_write
from mlpcli.utils.threads import alone_as_if
from mlpcli.utils.version import __version__

KEPT = 2  # data sets that a process keeps open
PATIENCE = 30  # seconds for a worker that was killed to end, while another goes on with its trial
FILES = (CONFIG, LAST, BEST, LOG, RESULT)  # of a run, in the order in which they are written

DataKey = tuple[str, int]
_opened: dict[DataKey, Dataset] = {}


@dataclass(frozen=True)
class Segment:
    """How far to train, and on what.

    Attributes:
        config: of the run, with absolute paths.
        fingerprint: of the data set.
        processors: of the client; work is divided as there, so that results are the same.
        epochs: after so many more the segment ends; None for no limit.
        seconds: after so many the segment ends, within an epoch; None for no limit.
        version: of the client's program.
    """

    config: Config
    fingerprint: str
    processors: int
    epochs: int | None = None
    seconds: float | None = None
    version: str = __version__


@dataclass(frozen=True)
class Progress:
    """How far a trial has come.

    Attributes:
        history: of all its epochs.
        result: how it ended; None if it goes on.
        files: of its directory, by name, if the client cannot see them.
    """

    history: list[EpochResult]
    result: Result | None
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


class WrongVersionError(Exception):
    """A worker has another version of the program than the client."""


class _Paused(Exception):  # noqa: N818  # no error: the time of a segment is over
    """The state is saved."""


class _Deadline:
    """Ends a segment between two steps.

    Args:
        seconds: from now; None for never.
    """

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else monotonic() + seconds

    def __bool__(self) -> bool:
        return self._end is not None and monotonic() >= self._end

    def end(self) -> NoReturn:
        """Leave the training."""
        raise _Paused


def train_here(directory: Path, segment: Segment) -> Progress:
    """Train in a directory that the client sees as well."""
    return _train(Run(directory), segment, _own_data(segment.config))


def train_apart(
    files: Mapping[str, bytes], segment: Segment, dataset: Dataset | None
) -> Progress | None:
    """Train in a directory of this machine, and return its files.

    Args:
        files: of the run's directory so far, by name.
        segment: of the run.
        dataset: as the client has sent it; None to use this machine's own.

    Returns:
        How far it has come; None if this machine has no copy of the data set, so that the client
        has to send it.

    Raises:
        WrongVersionError: results might not be those of the client's program.
    """
    if segment.version != __version__:
        raise WrongVersionError
    dataset = dataset or _matching_data(segment)
    if dataset is None:
        return None
    with TemporaryDirectory(prefix="mlp-trial-") as folder:
        run = Run(Path(folder))
        write_files(run, files)
        progress = _train(run, segment, dataset)
        return Progress(progress.history, progress.result, read_files(run))


def read_files(run: Run) -> dict[str, bytes]:
    """Return the files of a run's directory by name."""
    paths = {name: run.directory / name for name in FILES}
    return {name: path.read_bytes() for name, path in paths.items() if path.exists()}


def write_files(run: Run, files: Mapping[str, bytes]) -> None:
    """Write the files of a run's directory, each whole.

    Raises:
        RunError: the directory cannot be written.
    """
    try:
        run.directory.mkdir(exist_ok=True)
        for name in FILES:
            if name in files:
                with atomic_write(run.directory / name) as file:
                    file.write(files[name])
    except OSError as error:
        raise RunError(f"{run.directory}: cannot be written, {error}") from error


def _train(run: Run, segment: Segment, dataset: Dataset) -> Progress:
    """Train a run from where it is; an error of the training is its result.

    Raises:
        MlpError: what is wrong is not the training, but a disk that is full or the like.
    """
    run.directory.mkdir(parents=True, exist_ok=True)
    with run.locked(PATIENCE), alone_as_if(segment.processors):
        if (result := read_result(run)) is None:
            try:
                trainer = _trainer(run, segment, dataset)
                if _run_epochs(trainer, run, segment):
                    test_run(trainer, run)
            except MlpError as error:
                if isinstance(error.__cause__, OSError):
                    raise
                end_badly(run, segment.config, "failed", str(error))
            result = read_result(run)
        return Progress(read_log(run), result)


def _trainer(run: Run, segment: Segment, dataset: Dataset) -> Trainer:
    """Return the trainer of a run at its start, or as it was last saved."""
    if run.config.exists():
        trainer, _ = resume(run, dataset=dataset)
        return trainer
    trainer = new_trainer(segment.config, dataset=dataset)
    begin(trainer, run)
    return trainer


def _run_epochs(trainer: Trainer, run: Run, segment: Segment) -> bool:
    """Train until the segment ends; return whether the training has ended."""
    deadline = _Deadline(segment.seconds)
    saver = Saver(trainer, run, trainer.config.training.checkpoint_every, deadline)
    last = None if segment.epochs is None else trainer.epochs_done + segment.epochs
    try:
        for _ in trainer.epochs([saver]):
            if trainer.epochs_done == last or deadline:
                break
    except _Paused:
        return False
    return trainer.finished


def _own_data(config: Config) -> Dataset:
    """Return the data set that a configuration names, from this process's last ones if it can."""
    key = data_key(config)
    if key not in _opened:
        for oldest in list(_opened)[: len(_opened) - KEPT + 1]:
            del _opened[oldest]
        _opened[key] = open_configured(config.data, config.seed)
    return _opened[key]


def data_key(config: Config) -> DataKey:
    """Return what is the same for configurations with the same data: drawn ones have a seed."""
    seed = config.seed if {*DRAWN} & {*config.data.names} else 0
    return config.data.model_copy(update={"view": None}).model_dump_json(), seed


def _matching_data(segment: Segment) -> Dataset | None:
    """Return this machine's copy of the data set that a segment is trained on, if it has one."""
    data = segment.config.data.model_copy(update={"root": data_root()})
    try:
        dataset = _own_data(segment.config.model_copy(update={"data": data}))
    except DataError:
        return None
    return dataset if dataset.fingerprint == segment.fingerprint else None
