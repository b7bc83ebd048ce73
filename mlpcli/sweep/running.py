"""Runs a sweep: asks the study for trials, has workers train them, and tells the study."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic
from typing import Protocol

from distributed import Future, KilledWorker, wait

from mlpcli.config import Config, load_config
from mlpcli.datasets import Dataset
from mlpcli.datasets.dataset import Progress as DataProgress
from mlpcli.datasets.selection import open_configured
from mlpcli.errors import ConfigError, MlpError, RunError
from mlpcli.runs.directory import Run
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.history import differences
from mlpcli.runs.result import Result
from mlpcli.sweep.cluster import Cluster
from mlpcli.sweep.definition import Sweep
from mlpcli.sweep.directory import STUDY, SweepDirectory
from mlpcli.sweep.endings import end_badly
from mlpcli.sweep.segment import (
    DataKey,
    Progress,
    Segment,
    data_key,
    read_files,
    train_apart,
    train_here,
    write_files,
)
from mlpcli.sweep.study import Study, Trial
from mlpcli.sweep.values import value_of
from mlpcli.training.checks import fit_to_data
from mlpcli.utils.threads import available_threads

LONGEST_WAIT = 1.0  # seconds, after which new workers are looked for


Train = Callable[[Mapping[str, bytes], Segment, Dataset | None], Progress | None]
"""What a worker that sees no files of the client does with a segment, like `train_apart`."""


class Watcher(Protocol):
    """Is told how a sweep goes on."""

    def ended(self, number: int, result: Result) -> None:
        """Show that a trial has ended, and how."""


@dataclass(frozen=True)
class _Task:
    """A trial whose segment is on a worker."""

    trial: Trial
    config: Config
    run: Run
    reported: int = 0  # epochs that the study knows of


@dataclass
class _Data:
    """A data set, and its copy on the workers if one had to ask for it."""

    dataset: Dataset
    sent: Future | None = None


class Runner:
    """Runs a sweep.

    Args:
        sweep: what is tried.
        directory: of the sweep, locked.
        study: which trial is next.
        cluster: its workers.
        watcher: is told of each trial that has ended.
        progress: told how far slow work on data is.
        train: what workers do that see no files of this process.
    """

    def __init__(  # noqa: PLR0913  # each is used by itself
        self,
        sweep: Sweep,
        directory: SweepDirectory,
        *,
        study: Study,
        cluster: Cluster,
        watcher: Watcher,
        progress: DataProgress | None = None,
        train: Train = train_apart,
    ) -> None:
        self._sweep, self._directory, self._study = sweep, directory, study
        self._cluster, self._watcher, self._progress = cluster, watcher, progress
        self._train = train
        self._tasks: dict[Future, _Task] = {}
        self._data: dict[DataKey, _Data] = {}
        self._processors = available_threads()

    def run(self) -> None:
        """Run all trials that are left.

        Raises:
            MlpError: the data cannot be opened, a directory cannot be written or is in use, or a
                worker has another version of the program. What is under way can go on later.
        """
        began, timeout = monotonic(), self._sweep.timeout
        left = self._trials()
        while True:
            late = timeout is not None and monotonic() - began > timeout
            while not late and len(self._tasks) < self._cluster.slots() + self._ahead:
                if (trial := next(left, None)) is None:
                    break
                self._begin(trial)
            if not self._tasks:
                return
            self._collect()

    def _trials(self) -> Iterator[Trial]:
        yield from self._study.under_way()
        while trial := self._study.next():
            yield trial

    @property
    def _ahead(self) -> int:
        """How many trials wait for a worker, so that none is idle; TPE is asked when one is."""
        return 0 if self._sweep.sampler == "tpe" else 1

    def _begin(self, trial: Trial) -> None:
        """Submit the first segment of a trial, or the next one of a trial that was interrupted."""
        run, config = self._directory.trial(trial.number), self._sweep.base
        try:
            config = self._sweep.config_at(trial.point, trial.seed)
            fitted = fit_to_data(config, self._data_of(config).dataset)
        except ConfigError as error:
            self._end(trial, end_badly(run, config, "failed", str(error)))
        else:
            _check_same(run, fitted)
            self._submit(_Task(trial, config, run, trial.reported))

    def _submit(self, task: _Task) -> None:
        """Have a worker train the next segment of a trial."""
        data, shared = self._data_of(task.config), self._cluster.shares_files
        segment = Segment(
            config=task.config,
            fingerprint=data.dataset.fingerprint,
            processors=self._processors,
            epochs=None if self._sweep.pruner == "none" else 1,
            seconds=None if shared else task.config.training.checkpoint_every,
        )
        submit = partial(self._cluster.client.submit, pure=False)
        if shared:
            future = submit(train_here, task.run.directory.absolute(), segment)
        else:
            future = submit(self._train, read_files(task.run), segment, data.sent)
        self._tasks[future] = task

    def _data_of(self, config: Config) -> _Data:
        """Return the data set of a trial, opened once for all trials that have the same.

        Raises:
            DataError: it cannot be opened.
        """
        key = data_key(config)
        if key not in self._data:
            dataset = open_configured(config.data, config.seed, progress=self._progress)
            self._data[key] = _Data(dataset)
        return self._data[key]

    def _collect(self) -> None:
        """Wait for a segment to end, and go on with its trial."""
        with suppress(TimeoutError):
            for future in wait(list(self._tasks), LONGEST_WAIT, "FIRST_COMPLETED").done:
                task = self._tasks.pop(future)
                match _outcome(future):
                    case Progress() as progress:
                        self._go_on(task, progress)
                    case None:
                        self._send_data(task)
                    case MlpError() as error:  # a disk is full, or the like
                        raise error
                    case error:
                        self._cluster.check_versions()
                        failed = end_badly(task.run, task.config, "failed", _said(error))
                        self._end(task.trial, failed)

    def _send_data(self, task: _Task) -> None:
        """Send the data set, once, and submit the segment again.

        It is the result of a task: workers copy it from each other, and if all that have it die,
        the scheduler gives it to another.
        """
        data = self._data_of(task.config)
        if data.sent is None:
            data.sent = self._cluster.client.submit(_as_sent, data.dataset, pure=False)
        self._submit(task)

    def _go_on(self, task: _Task, progress: Progress) -> None:
        """Keep what a segment has done, and end the trial or submit its next segment."""
        if progress.files:
            write_files(task.run, progress.files)
        if progress.result:
            self._end(task.trial, progress.result)
        elif reason := self._report(task, progress.history):
            self._end(task.trial, end_badly(task.run, task.config, "pruned", reason))
        else:
            self._submit(replace(task, reported=len(progress.history)))

    def _report(self, task: _Task, history: Sequence[EpochResult]) -> str | None:
        """Tell the study of new epochs; return why the trial is to be pruned, if it is."""
        for result in history[task.reported :]:
            value: float = getattr(result, self._sweep.metric)
            if reason := self._study.report(task.trial, result.epoch, value):
                return reason
        return None

    def _end(self, trial: Trial, result: Result) -> None:
        """Tell study and watcher how a trial has ended."""
        match result.state:
            case "done":
                self._study.complete(trial, value_of(result, self._sweep.metric))
            case "pruned":
                self._study.prune(trial, str(result.reason))
            case "failed":
                self._study.fail(trial, str(result.reason))
        self._watcher.ended(trial.number, result)


def _check_same(run: Run, config: Config) -> None:
    """Check that a directory that is there already is that of the trial.

    Raises:
        RunError: it is that of another run, as without its study.
    """
    if not run.config.exists():
        return
    for key, new, old in differences(config, load_config(run.config)):
        raise RunError(
            f"{run.directory}: must be the run of a trial whose {key} is {new}, got {old}; move it "
            f"away, or put {STUDY} back"
        )


def _outcome(future: Future) -> Progress | Exception | None:
    """Return what came of a segment, and forget the task.

    Else Dask would do it again if its worker died, beside the next segment of the same trial.
    """
    try:
        progress: Progress | None = future.result()
    except Exception as error:  # of any kind that a worker can have
        return error
    else:
        return progress
    finally:
        future.release()


def _as_sent(dataset: Dataset) -> Dataset:
    return dataset


def _said(error: BaseException) -> str:
    """Return the first line of an error that the program does not expect."""
    if isinstance(error, KilledWorker):
        return "its worker died again and again, perhaps for want of memory"
    return f"{type(error).__name__}: {error}".splitlines()[0]
