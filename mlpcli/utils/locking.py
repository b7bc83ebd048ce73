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


_HOLDER = re.compile(r"process \d{1,20} on [\w.-]{1,100}\n")
_LONGEST = 200  # characters that are read


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
        text = _read(file)
        if text and not _HOLDER.fullmatch(text):  # a process that was killed at once left nothing
            raise _not_own(path)
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()}\n")
            file.flush()
            yield partial(_is_at, file, path)
        finally:
            if _is_at(file, path):
                with suppress(OSError):
                    path.unlink()  # while it is still ours


def is_lock(path: Path) -> bool:
    """Tell whether a file is what a process that held a lock has left."""
    try:
        with open(path, encoding="utf-8", errors="replace", opener=_open_own) as file:
            return bool(_HOLDER.fullmatch(_read(file)))
    except OSError:
        return False


def _read(file: TextIO) -> str:
    """Return what a lock says, or the beginning of a longer text."""
    file.seek(0)
    return file.read(_LONGEST)


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
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags, 0o666)
    except OSError as error:
        other = Path(path).is_symlink() or Path(path).is_dir()
        raise _not_own(Path(path)) if other else error from None
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(descriptor)
        raise _not_own(Path(path))
    return descriptor


def _not_own(path: Path) -> OSError:
    return OSError(errno.EINVAL, f"{path.name} must be a lock of mlp; remove it", str(path))


def _lock(file: TextIO) -> None:
    """Take the kernel's lock on an open file, where the file system has locks."""
    if sys.platform == "win32":
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        text = _read(file)
        holder = text.strip() if _HOLDER.fullmatch(text) else "another process"
        raise HeldError(holder) from error
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
            raise
