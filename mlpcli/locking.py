"""One process at a time, by a lock that the kernel takes back however its holder ends.

Windows has no such lock here: there two processes are not kept apart.
"""

import errno
import os
import re
import socket
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TextIO

if sys.platform != "win32":
    import fcntl


class HeldError(Exception):
    """Another process holds the lock; says which."""


@contextmanager
def locked(path: Path) -> Iterator[Callable[[], bool]]:
    """Hold the lock of a file, which is made for it and removed afterwards.

    It holds the name of the process, for those who come second. One that is killed leaves the file,
    but not the lock. What is given tells whether the path still leads to the file that is locked:
    folders may be renamed.

    Raises:
        HeldError: another process holds it.
        OSError: the file cannot be made.
    """
    while not (file := _take(path)):
        pass
    with file:
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
        file.flush()
        try:
            yield partial(_is_at, file, path)
        finally:
            if _is_at(file, path):
                with suppress(OSError):
                    path.unlink()  # while it is still ours


def _take(path: Path) -> TextIO | None:
    """Open and lock a file; None where its holder has removed it in between."""
    # appending leaves alone what another process has written
    file = open(path, "a+", encoding="utf-8", errors="replace", opener=_open_own)  # noqa: SIM115
    try:
        _lock(file)
        if _is_at(file, path):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _is_at(file: TextIO, path: Path) -> bool:
    """Tell whether a path leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _open_own(path: str, flags: int) -> int:
    """Open a file, but not one elsewhere, to which a stranger's directory may hold a link."""
    fault = OSError(errno.EINVAL, f"{Path(path).name} must be a file of its own; remove it", path)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        raise fault if Path(path).is_symlink() or Path(path).is_dir() else error from None
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(descriptor)
        raise fault
    return descriptor


def _lock(file: TextIO) -> None:
    """Take the kernel's lock on an open file, where the file system has locks."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        holder = re.match(r"process \d{1,20} on [\w.-]{1,100}", file.read(200))
        raise HeldError(holder[0] if holder else "another process") from error
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
            raise
