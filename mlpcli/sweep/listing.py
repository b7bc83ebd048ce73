"""Finds the runs in a folder, those of sweeps included."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from mlpcli.errors import RunError
from mlpcli.runs.columns import Entry, read_entry
from mlpcli.runs.directory import BEST, CONFIG, LAST, RESULT
from mlpcli.sweep.directory import is_sweep
from mlpcli.utils.files import kind_of, reason_of


def list_runs(place: Path) -> list[Entry]:
    """Return the runs in a folder of runs, in a sweep, or the only one in a run's own directory.

    Runs of a sweep within the folder are named `SWEEP/TRIAL`. No link is followed.

    Raises:
        RunError: there is no such folder, or it cannot be listed.
    """
    if not place.exists():
        raise RunError(f"{place}: no such folder; runs are where output or --out put them")
    if not place.is_dir():
        raise RunError(f"{place}: must be a folder of runs, got {kind_of(place)}")
    if _is_run(place):
        return [read_entry(place.name or str(place), place)]
    return [read_entry(name, place / name) for name in _names(place, deeper=not is_sweep(place))]


def _names(folder: Path, *, deeper: bool) -> Iterator[str]:
    """Yield the names of the runs in a folder and, if `deeper`, of those of sweeps in it."""
    try:
        with os.scandir(folder) as entries:
            inner = sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
    except OSError as error:
        raise RunError(f"{folder}: cannot be listed, {reason_of(error)}") from error
    for name in inner:
        if _is_run(folder / name):
            yield name
        elif deeper and is_sweep(folder / name):
            with suppress(RunError):  # it is another user's, or removed just now
                yield from (f"{name}/{trial}" for trial in _names(folder / name, deeper=False))


def _is_run(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in (CONFIG, RESULT, LAST, BEST))
