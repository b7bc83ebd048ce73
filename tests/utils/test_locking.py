"""Locks, and what stands in the place of one."""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer

import pytest

from mlpcli.utils.locking import HeldError, holder, is_lock, locked

WINDOWS = """
import fcntl, os, sys
from pathlib import Path
from types import SimpleNamespace
from mlpcli.utils import locking

def lock_bytes(descriptor, _mode, length):
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, length, 0, os.SEEK_CUR)
    except BlockingIOError:
        raise PermissionError("locked by another process")

locking.msvcrt = SimpleNamespace(locking=lock_bytes, LK_NBLCK=2)
locking.sys = SimpleNamespace(platform="win32")
try:
    with locking.locked(Path(sys.argv[1])):
        print("held", flush=True)
        sys.stdin.read()
except locking.HeldError as error:
    print(error, flush=True)
"""


@pytest.mark.parametrize("before", ["", "process 1 on elsewhere\n"])
def test_locks_on_bytes(tmp_path: Path, before: str) -> None:
    """Where a system locks bytes, as Windows does, who holds the lock can still be read."""
    path = tmp_path / ".lock"
    path.write_text(before)
    command = [sys.executable, "-c", WINDOWS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout
        assert b"held\n" == first.stdout.readline()
        second = subprocess.run(command, capture_output=True, text=True, check=True)
        assert f"process {first.pid} on {os.uname().nodename}\n" == second.stdout
        with path.open("rb") as file:
            fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB, 1000)  # fails if any of it is locked
        first.communicate()
    assert not path.exists()


def test_twice(tmp_path: Path) -> None:
    """Who comes second is told who holds the lock."""
    path = tmp_path / ".lock"
    with locked(path), pytest.raises(HeldError, match=f"^process {os.getpid()} on "), locked(path):
        pass
    assert not path.exists()


def test_renamed_folder(tmp_path: Path) -> None:
    """A lock whose folder is renamed is no longer in place, and what has its name is left alone."""
    folder = tmp_path / "folder"
    folder.mkdir()
    with locked(folder / ".lock") as is_in_place:
        assert is_in_place()
        folder.rename(tmp_path / "moved")
        assert not is_in_place()
        folder.mkdir()
        (folder / ".lock").write_text("of another")
        assert not is_in_place()
    assert "of another" == (folder / ".lock").read_text()
    assert is_lock(tmp_path / "moved" / ".lock")


@pytest.mark.parametrize(
    "make",
    [
        lambda lock: lock.symlink_to(lock.with_name("mine")),
        lambda lock: lock.symlink_to(lock.with_name("nothing")),
        lambda lock: lock.hardlink_to(lock.with_name("mine")),
        lambda lock: lock.write_text("process 1 on a farm, from day to day"),
        os.mkfifo,
        os.mkdir,
    ],
)
def test_not_a_lock(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """What is not a lock is neither taken for one nor changed."""
    (tmp_path / "mine").write_text("process 1 on host\n")
    lock = tmp_path / ".lock"
    make(lock)
    before = lock.lstat()
    assert not is_lock(lock)
    with pytest.raises(OSError, match=r"\.lock must be a lock of mlp; remove it"), locked(lock):
        pass
    after = lock.lstat()
    assert (before.st_mode, before.st_ino, before.st_size) == (
        after.st_mode,
        after.st_ino,
        after.st_size,
    )
    assert "process 1 on host\n" == (tmp_path / "mine").read_text()
    assert not (tmp_path / "nothing").exists()


def test_lock(tmp_path: Path) -> None:
    """A lock has one holder at a time, and the text in its file is only the holder's name."""
    path = tmp_path / ".lock"
    with locked(path):
        path.write_text("process 1 on \x1b[31mred")
        with pytest.raises(HeldError, match=r"^another process$"), locked(path):
            pass
    with locked(path):
        assert f"process {os.getpid()} on " in path.read_text()
    assert not path.exists()


def test_looking(tmp_path: Path) -> None:
    """Who looks at a lock is told its holder, and keeps no other process from taking it."""
    path, entered = tmp_path / ".lock", []
    assert holder(path) is None
    with locked(path):
        assert f"process {os.getpid()} on {os.uname().nodename}" == holder(path)
    path.write_text("process 1 on elsewhere\n")  # it was killed
    assert holder(path) is None
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        release = Timer(0.01, fcntl.flock, [file, fcntl.LOCK_UN])
        release.start()
        with locked(path):
            entered.append(True)
        release.join()
    assert [True] == entered


def test_patience(tmp_path: Path) -> None:
    """Who is patient gets the lock of a process that ends meanwhile, and else is told of it."""
    path = tmp_path / ".lock"
    path.write_text("process 1 on elsewhere\n")
    with path.open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(HeldError, match="process 1 on elsewhere"), locked(path, patience=0.1):
            pass
        release = Timer(0.2, fcntl.flock, [file, fcntl.LOCK_UN])
        release.start()
        with locked(path, patience=60):
            assert f"process {os.getpid()} on {os.uname().nodename}" == holder(path)
        release.join()
