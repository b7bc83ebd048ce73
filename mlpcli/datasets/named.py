"""Finds the data sets known by name in a data root, and downloads them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from shutil import copy2
from urllib.parse import urlsplit

from mlpcli.datasets.catalogue import FILES, SOURCES, Source, find_file, read_file, read_folder
from mlpcli.datasets.dataset import DIGITS, Content, Progress
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy
from mlpcli.datasets.synthetic.drawing import DRAWN
from mlpcli.errors import DataError
from mlpcli.utils.files import reason_of

KNOWN = {name: source.classes for name, source in SOURCES.items()}
KNOWN |= dict.fromkeys(DRAWN, DIGITS)
"""The data sets known by name, with their class names."""


def find_or_fetch(
    name: str, root: Path, progress: Progress | None = None, policy: CachePolicy = USUAL_POLICY
) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set, downloading it if needed.

    Raises:
        DataError: it is neither in the root nor on any mirror.
    """
    try:
        return find(name, root, policy)
    except DataError as error:
        not_here = error
    if not SOURCES[name].mirrors:
        raise not_here
    folder = root / name
    # imported before the folder is made, because a signal may end the import
    import_module("mlpcli.datasets.download")
    try:
        with _new_folder(folder):
            for file in FILES:
                _fetch(SOURCES[name], file, folder, progress)
    except OSError as error:
        reason = f"{folder} cannot be written, {reason_of(error)}"
        raise _nowhere(name, root, not_here, reason) from error
    except DataError as error:
        raise _nowhere(name, root, not_here, _reasons(error.lines)) from error
    return folder, read_folder(folder, name, SOURCES[name])


def _reasons(lines: Sequence[str]) -> str:
    """Return why downloads failed: one reason, or several with the host that gave each first.

    Args:
        lines: `URL: REASON` for each mirror.
    """
    hosts: dict[str, str] = {}
    for line in lines:
        url, _, reason = line.partition(": ")
        hosts.setdefault(reason, urlsplit(url).netloc)
    if len(hosts) == 1:
        return next(iter(hosts))
    return "; ".join(f"{host}: {reason}" for reason, host in hosts.items())


def _nowhere(name: str, root: Path, not_here: DataError, reason: str) -> DataError:
    """Return an error of five lines: where a data set is not, and three ways to go on.

    Args:
        name: of the data set.
        root: the data root.
        not_here: what is wrong with the files there.
        reason: why they could not be downloaded.
    """
    folder = root / name
    missing = f"{name}: not in {folder} or {root} ({FILES[0]}.gz and so on)"
    if any(find_file(place, file) for place in (folder, root) for file in FILES):
        missing = str(not_here)
    return DataError(
        [
            missing,
            f"downloading failed ({reason})",
            f"either put its four files into {folder}, or set MLP_DATA to their folder",
            "or train on drawn digits: mlp train --config quickstart",
            "or train on your own: mlp train mnist --data FILE_OR_FOLDER",
        ]
    )


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; on any error, remove the new ones that are still empty."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:  # includes Ctrl-C and SIGTERM
        with suppress(OSError):  # if one is not empty, nor are its parents
            for each in new:
                each.rmdir()
        raise


def find(name: str, root: Path, policy: CachePolicy = USUAL_POLICY) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set in a data root.

    Fashion-MNIST and KMNIST use MNIST's file names, so other content means "not here".

    Args:
        name: of a published data set.
        root: the data root.
        policy: how the copy in the cache is used.

    Raises:
        DataError: no folder holds it; the message says what is wrong with each.
    """
    source = SOURCES[name]
    files = source.files(name).values()
    reasons = []
    for folder in source.folders(name, root):
        try:
            return folder, read_folder(folder, name, source, policy)
        except DataError as error:
            if not source.emnist or any(find_file(folder, file) for file in files):
                reasons.append(str(error))
    if source.emnist and not reasons:
        reasons = [f"put {', '.join(f'{file}.gz' for file in files)} into {root / 'emnist'}"]
    raise DataError(f"{name}: not in the data root {root} ({'; '.join(reasons)})")


def _fetch(source: Source, file: str, folder: Path, progress: Progress | None) -> None:
    """Download one of the four files, unless it is already there."""
    from mlpcli.datasets.download import fetch_file  # noqa: PLC0415  # slow, and rarely needed

    target = folder / f"{file}.gz"
    try:
        read_file(target, file, source)
    except (DataError, OSError):
        with _kept_aside(target):
            fetch_file(
                target.name,
                source.mirrors,
                target,
                lambda path: read_file(path, file, source),
                progress,
            )


@contextmanager
def _kept_aside(file: Path) -> Iterator[None]:
    """Keep an existing file under a name ending in `.old` while it is replaced; undo on error."""
    if not os.path.lexists(file):
        yield
        return
    numbers = (f".old-{number}" if number else ".old" for number in count())
    aside = next(
        name for end in numbers if not os.path.lexists(name := file.with_name(file.name + end))
    )
    try:
        aside.hardlink_to(file)
    except OSError:  # the file system has no hard links
        copy2(file, aside, follow_symlinks=False)
    try:
        yield
    except BaseException:
        aside.unlink()
        raise
