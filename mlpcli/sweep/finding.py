"""Finds the directory of a sweep again, or makes a new one."""

from __future__ import annotations

import re
from pathlib import Path

from mlpcli.errors import ConfigError, RunError
from mlpcli.runs.directory import LOCK, check_kind
from mlpcli.sweep.definition import Sweep
from mlpcli.sweep.directory import DEFINITION, SweepDirectory, is_sweep
from mlpcli.sweep.reading import read_saved
from mlpcli.sweep.writing import difference, to_yaml
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import atomic_write, reason_of, temporary_files
from mlpcli.utils.locking import is_lock


def find_directory(sweep: Sweep, name: str, out: Path | None = None) -> tuple[SweepDirectory, bool]:
    """Return the directory of a sweep, and whether the sweep has begun there before.

    Args:
        sweep: whose configuration says where runs are.
        name: of the SWEEP.yaml or of the configuration; the directory is NAME-sweep, or the one of
            NAME-sweep-2 and so on whose sweep.yaml says the same, or else a new one. A name that
            ends with sweep stays as it is.
        out: the directory itself, instead.

    Raises:
        RunError: `out` holds another sweep or something else, or a directory cannot be made.
    """
    output = Path(sweep.base.output)
    try:
        if out is not None:
            return _given(sweep, out)
        output.mkdir(parents=True, exist_ok=True)
        ended = name if name.endswith("sweep") else f"{name}-sweep"
        return _found(sweep, output, ended)
    except OSError as error:
        raise RunError(f"{out or output}: cannot be created, {reason_of(error)}") from error


def save_definition(directory: SweepDirectory, sweep: Sweep) -> None:
    """Write what is tried, which may have grown; leave the file alone if it says the same.

    Raises:
        RunError: it cannot be written.
    """
    text = to_yaml(sweep).encode()
    try:
        if is_sweep(directory.path) and directory.definition.read_bytes() == text:
            return
        with atomic_write(directory.definition) as file:
            file.write(text)
    except OSError as error:
        raise RunError(f"{directory.path}: cannot be written, {reason_of(error)}") from error


def saved_sweep(directory: SweepDirectory) -> Sweep:
    """Return what is tried in a directory.

    Raises:
        RunError: it holds no sweep, or one that cannot be read.
    """
    check_kind(directory.definition)
    if not is_sweep(directory.path):
        raise RunError(
            f"{directory.path}: must be the directory of a sweep, but holds no {DEFINITION}"
        )
    try:
        return read_saved(directory.definition)
    except ConfigError as error:
        raise RunError(f"{first_line(error, 300)}; put {DEFINITION} back") from error


def _given(sweep: Sweep, out: Path) -> tuple[SweepDirectory, bool]:
    """Return the directory that was asked for."""
    directory = SweepDirectory(out)
    out.mkdir(parents=True, exist_ok=True)
    if is_sweep(out):
        other = difference(saved_sweep(directory), sweep)
        if other:
            raise RunError(f"{out}: holds another sweep, whose {other}; choose another --out")
        return directory, True
    if not _is_empty(out):
        raise RunError(f"{out}: the directory is not empty; choose another --out")
    save_definition(directory, sweep)
    return directory, False


def _found(sweep: Sweep, output: Path, name: str) -> tuple[SweepDirectory, bool]:
    """Return the first directory of this name that holds the sweep, or else a new one."""
    numbered = re.compile(rf"{re.escape(name)}(?:-([2-9]|[1-9]\d{{1,8}}))?")
    taken = {
        int(match[1] or 1): entry
        for entry in output.iterdir()
        if (match := numbered.fullmatch(entry.name))
    }
    for _, path in sorted(taken.items()):
        if _holds(path, sweep):
            return SweepDirectory(path), True
    number = 1
    while number in taken and not (taken[number].is_dir() and _is_empty(taken[number])):
        number += 1  # an empty one was left by a process that was killed
    path = output / (name if number == 1 else f"{name}-{number}")
    path.mkdir(exist_ok=True)
    save_definition(SweepDirectory(path), sweep)
    return SweepDirectory(path), False


def _holds(path: Path, sweep: Sweep) -> bool:
    """Tell whether a directory holds this sweep, not another one or none that can be read."""
    try:
        return is_sweep(path) and difference(saved_sweep(SweepDirectory(path)), sweep) is None
    except RunError:
        return False


def _is_empty(directory: Path) -> bool:
    """Tell whether a directory holds nothing but what an interrupted start left behind."""
    own = {*temporary_files(directory, (DEFINITION,))}
    if is_lock(directory / LOCK):
        own.add(directory / LOCK)
    return not {*directory.iterdir()} - own
