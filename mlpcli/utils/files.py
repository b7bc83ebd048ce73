"""Writes files so that no reader sees half of one, and reads only regular files.

Everything the program saves goes through `atomic_write`: weights, downloads, configurations.
"""

import errno
import os
import re
import stat
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO

_SHELL_PIPES = ("/dev/fd/", "/proc/self/fd/", "/dev/stdin")
_KINDS = {
    stat.S_IFREG: "a file",
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
}
_DAY = 24 * 3600  # seconds
_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")


@contextmanager
def atomic_write(path: Path, *, durable: bool = True) -> Iterator[BinaryIO]:
    """Open a temporary file beside `path` that replaces it once it is complete and on disk.

    If the block raises, the temporary file is removed and `path` stays as it was. A process that is
    killed leaves the temporary file behind, see `temporary_files`.

    Args:
        path: of the file.
        durable: wait until it is on disk, so that a power cut leaves the old or the new file whole.

    Raises:
        OSError: the directory is missing, not writable or full.
    """
    temporary = temporary_name(path)
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            if durable:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    if durable:
        _sync_directory(path.parent)


def open_regular(path: Path) -> BufferedReader:
    """Open a file for reading, but not a pipe, which may block forever, or a device.

    Raises:
        OSError: it cannot be opened, or is not a regular file.
    """
    if not path.is_file() and path.exists() and not path.is_dir():
        raise OSError(errno.EINVAL, f"must be a file, got {kind_of(path)}", str(path))
    return path.open("rb")


def reason_of(error: Exception) -> str:
    """Return the system's message without number and path, or an exception's own."""
    return getattr(error, "strerror", None) or str(error)


def kind_of(path: Path) -> str:
    """Return the kind of thing at an existing path, with its article."""
    try:
        return _KINDS.get(stat.S_IFMT(path.stat().st_mode), "a device")
    except OSError:
        return "a broken link"


def is_csv(path: Path) -> bool:
    """Tell from its name whether a file is a CSV, plain or compressed, whatever separates cells."""
    return path.name.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


def is_shell_pipe(name: str) -> bool:
    """Tell whether a name is a pipe from a shell's <(command).

    No other pipe is read, because it may block forever.
    """
    try:
        return name.startswith(_SHELL_PIPES) and Path(name).is_fifo()
    except OSError:  # there is no such descriptor, or it belongs to another user
        return False


def temporary_name(path: Path) -> Path:
    """Return a random name for a temporary file beside `path`."""
    return path.with_name(f".{path.name}.{os.urandom(4).hex()}.tmp")


def temporary_files(directory: Path, names: Collection[str]) -> list[Path]:
    """Return the temporary files of `atomic_write` in a directory for files with these names.

    Raises:
        OSError: it cannot be listed.
    """
    return [
        path
        for path in directory.iterdir()
        if (match := _TEMPORARY.fullmatch(path.name)) and match[1] in names and is_file(path)
    ]


def is_file(path: Path) -> bool:
    """Tell whether a path is a file, and not a link to one."""
    return not path.is_symlink() and path.is_file()  # what a link leads to may be unreadable


def remove_abandoned(directory: Path, names: Collection[str]) -> None:
    """Remove temporary files for these names that are more than a day old, if possible."""
    with suppress(OSError):
        for path in temporary_files(directory, names):
            if is_abandoned(path):
                path.unlink()


def is_abandoned(temporary: Path) -> bool:
    """Tell whether a temporary file or folder is too old to be still in use.

    Raises:
        OSError: it no longer exists.
    """
    return time.time() - temporary.stat().st_mtime > _DAY


def _sync_directory(directory: Path) -> None:
    """Make a rename survive a power cut, if the system allows it."""
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno != errno.EINVAL:  # the file system can sync only files
                raise
        finally:
            os.close(descriptor)
