"""File locks that the system releases when their process ends, even if it is killed.

`filelock` is not used: on Windows its lock file cannot be read to see who holds it, and on any
system it would lock a file that is not a lock.
"""

import errno
import os
import re
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TextIO

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


_HOLDER = re.compile(r"process \d{1,20} on [\w.-]{1,100}\n")
_LONGEST = 200  # characters that are read
_LOOKS, _LOOK = 3, 0.01  # how often to wait for one that only looks, and how many seconds
_BEYOND = 1 << 20  # bytes, past any text, because nobody else can read a byte that Windows locks


class HeldError(Exception):
    """Another process holds the lock; the message says which."""


@contextmanager
def locked(path: Path, patience: float = 0.0) -> Iterator[Callable[[], bool]]:
    """Hold the lock on a file, which is created for it and removed afterwards.

    The file names this process, so that others can say who holds the lock. A process that is killed
    leaves the file, but not the lock. Folders may be renamed, so the block receives a function that
    tells whether the path still leads to the locked file.

    Args:
        path: of the file.
        patience: seconds to wait for another process.

    Raises:
        HeldError: another process still holds it.
        OSError: the file cannot be created, or is not a lock.
    """
    from platform import node  # noqa: PLC0415  # predicting finds runs, and locks none

    while not (file := _take_patiently(path, patience)):
        pass
    with file:
        text = _read(file)
        if text and not _HOLDER.fullmatch(text):  # empty if a process was killed at once
            raise _not_a_lock(path)
        try:
            file.truncate(0)
            file.write(f"process {os.getpid()} on {node()}\n")
            file.flush()
            yield partial(_is_at, file, path)
        finally:
            if _is_at(file, path):
                _remove(file, path)


def holder(path: Path) -> str | None:
    """Return what a lock says of the process that holds it, or None if nobody does.

    The lock is neither taken for long nor removed.
    """
    if not path.exists():
        return None
    for mode in ("r+", "r"):  # another user's may only be read, which over NFS is not enough
        try:
            with open(path, mode, encoding="utf-8", errors="replace", opener=_open_lock_file) as f:
                _lock(f)
        except HeldError as error:
            return str(error)
        except PermissionError:
            continue
        except OSError:
            pass
        return None
    return None


def is_lock(path: Path) -> bool:
    """Tell whether a file was left by a process that held a lock."""
    try:
        with open(path, encoding="utf-8", errors="replace", opener=_open_lock_file) as file:
            return bool(_HOLDER.fullmatch(_read(file)))
    except OSError:
        return False


def _read(file: TextIO) -> str:
    """Return the text of a lock, or the beginning of a longer text."""
    file.seek(0)
    return file.read(_LONGEST)


def _take_patiently(path: Path, patience: float) -> TextIO | None:
    """Open and lock a file as `_take` does, even if `holder` looks at it just now."""
    for _ in range(max(_LOOKS, round(patience / _LOOK))):
        with suppress(HeldError):
            return _take(path)
        time.sleep(_LOOK)
    return _take(path)


def _take(path: Path) -> TextIO | None:
    """Open and lock a file; return None if its holder has removed it in between."""
    # append mode does not overwrite what another process has written
    file = open(path, "a+", encoding="utf-8", errors="replace", opener=_open_lock_file)  # noqa: SIM115
    try:
        _lock(file)
        if _is_at(file, path):
            return file
    except BaseException:
        file.close()
        raise
    file.close()
    return None


def _remove(file: TextIO, path: Path) -> None:
    """Remove a file while it is still locked, except that Windows cannot remove an open file."""
    with suppress(OSError):
        if sys.platform == "win32":
            file.close()  # a process that locks it now has it open, so it is not removed
        path.unlink()


def _is_at(file: TextIO, path: Path) -> bool:
    """Tell whether a path leads to an open file."""
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except OSError:
        return False


def _open_lock_file(path: str, flags: int) -> int:
    """Open a file, but not a link, pipe or folder, which a stranger's directory may hold."""
    if Path(path).is_symlink() or Path(path).is_dir():
        raise _not_a_lock(Path(path))
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o666)
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(descriptor)
        raise _not_a_lock(Path(path))
    return descriptor


def _not_a_lock(path: Path) -> OSError:
    return OSError(errno.EINVAL, f"{path.name} must be a lock of mlp; remove it", str(path))


def _lock(file: TextIO) -> None:
    """Take the system's lock on an open file, if the file system supports locks."""
    try:
        if sys.platform == "win32":
            file.seek(_BEYOND)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError) as error:  # which one depends on the system
        text = _read(file)
        holder = text.strip() if _HOLDER.fullmatch(text) else "another process"
        raise HeldError(holder) from error
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOTSUP):
            raise
