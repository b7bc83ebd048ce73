"""Finds the runs in a folder, those of sweeps included."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from mlpcli.errors import RunError
from mlpcli.runs.columns import Entry, read_entry
from mlpcli.runs.directory import BEST, CONFIG, LAST, LOCK, RESULT
from mlpcli.sweep.directory import is_sweep
from mlpcli.utils.files import kind_of, reason_of
from mlpcli.utils.locking import holder


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
    if is_sweep(place):
        return _trials(place)
    entries = []
    for name in _folders(place):
        inner = place / name
        if _is_run(inner):
            entries.append(read_entry(name, inner))
        elif is_sweep(inner):
            with suppress(RunError):  # it is another user's, or removed just now
                entries += _trials(inner, f"{name}/")
    return entries


def folders_of_runs(place: Path) -> list[Path]:
    """Return the folders in a folder that hold runs; none if there is no such folder."""
    with suppress(RunError):
        return [place / name for name in _folders(place) if _holds_runs(place / name)]
    return []


def sweeps_in(place: Path) -> list[Path]:
    """Return the sweeps in a folder; none if there is no such folder."""
    with suppress(RunError):
        return [place / name for name in _folders(place) if is_sweep(place / name)]
    return []


def _holds_runs(folder: Path) -> bool:
    with suppress(RunError):
        return any(_is_run(folder / name) for name in _folders(folder))
    return False


def _trials(sweep: Path, above: str = "") -> list[Entry]:
    """Return the trials of a sweep; their names begin with `above`.

    While a process runs the sweep, so it does those of its trials that have begun: others may do
    the work for it, on other computers too, or it is about to go on with them.
    """
    process = holder(sweep / LOCK)
    entries = [
        read_entry(above + name, sweep / name) for name in _folders(sweep) if _is_run(sweep / name)
    ]
    return [_as_run_by(process, entry) for entry in entries] if process else entries


def _as_run_by(process: str, entry: Entry) -> Entry:
    summary = entry.summary
    if summary is None or summary.state != "interrupted":
        return entry
    return replace(entry, summary=replace(summary, state="running", process=process))


def _folders(folder: Path) -> list[str]:
    """Return the names of the folders in a folder, without links."""
    try:
        with os.scandir(folder) as entries:
            return sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
    except OSError as error:
        raise RunError(f"{folder}: cannot be listed, {reason_of(error)}") from error


def _is_run(folder: Path) -> bool:
    return any(os.path.lexists(folder / name) for name in (CONFIG, RESULT, LAST, BEST))
