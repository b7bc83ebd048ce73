"""A sweep's directory: its definition, its study, and a run's directory for each trial.

sweep.yaml      what is tried
study.db        Optuna's study, unless it is stored elsewhere
trial-0003/     the run of trial 3
committee.json  the weights of the best trials
report.html     with --report, a page about the trials
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlpcli.errors import RunError
from mlpcli.runs import committee
from mlpcli.runs.directory import CONFIG, LOCK, REPORT, Run, check_kind
from mlpcli.utils.files import reason_of
from mlpcli.utils.locking import HeldError, locked

DEFINITION, STUDY, COMMITTEE = committee.SWEEP, "study.db", committee.COMMITTEE
_TRIAL = re.compile(r"trial-(\d{4,9})")


class SweepDirectory:
    """The directory of a sweep.

    Args:
        path: of the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def definition(self) -> Path:
        """What is tried."""
        return self.path / DEFINITION

    @property
    def study(self) -> Path:
        """Optuna's study, unless it is stored elsewhere."""
        return self.path / STUDY

    @property
    def committee(self) -> Path:
        """The weights of the best trials."""
        return self.path / COMMITTEE

    @property
    def report(self) -> Path:
        """A page about the trials."""
        return self.path / REPORT

    def trial(self, number: int) -> Run:
        """Return the run of a trial, counted from 0."""
        return Run(self.path / f"trial-{number:04}")

    def trials(self) -> dict[int, Run]:
        """Return the runs of the trials that have begun, by number.

        Raises:
            RunError: the directory cannot be listed.
        """
        try:
            names = sorted(entry.name for entry in self.path.iterdir())
        except OSError as error:
            raise RunError(f"{self.path}: cannot be listed, {reason_of(error)}") from error
        numbers = [int(match[1]) for name in names if (match := _TRIAL.fullmatch(name))]
        runs = {number: self.trial(number) for number in sorted(numbers)}
        return {number: run for number, run in runs.items() if (run.directory / CONFIG).is_file()}

    def check_own(self) -> None:
        """Check that the sweep's own files are regular ones, not links that lead elsewhere.

        Raises:
            RunError: one is a link or of another kind.
        """
        for path in self.definition, self.study, self.committee, self.report:
            check_kind(path)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock out other processes.

        Raises:
            RunError: another process runs this sweep, or one of its files is a link.
        """
        try:
            with locked(self.path / LOCK):
                self.check_own()
                yield
        except HeldError as error:
            raise RunError(
                f"{self.path}: is in use by {error}; wait until it has ended, or stop it"
            ) from error


def is_sweep(path: Path) -> bool:
    """Tell whether a path is the directory of a sweep."""
    return (path / DEFINITION).is_file()
