"""Files that are whole or not there."""

import os
import socket
import time
from pathlib import Path

import pytest

from mlpcli.utils.files import atomic_write, open_regular, remove_abandoned, temporary_files


def test_write(tmp_path: Path) -> None:
    """The content is there afterwards and nothing else is."""
    with atomic_write(tmp_path / "a.npz") as file:
        file.write(b"new")
        assert not list(tmp_path.glob("*.npz"))
    assert b"new" == (tmp_path / "a.npz").read_bytes()
    assert 1 == len(list(tmp_path.iterdir()))


def test_failure(tmp_path: Path) -> None:
    """A failure in mid-write leaves the old content and no litter."""
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def fail() -> None:
        with atomic_write(path) as file:
            file.write(b"new")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert b"old" == path.read_bytes()
    assert 1 == len(list(tmp_path.iterdir()))


def test_permissions(tmp_path: Path) -> None:
    """A new file may be read by whoever may read other new files."""
    (tmp_path / "plain").touch()
    with atomic_write(tmp_path / "atomic") as file:
        file.write(b"x")
    assert (tmp_path / "plain").stat().st_mode == (tmp_path / "atomic").stat().st_mode


def test_abandoned_files(tmp_path: Path) -> None:
    """What a process that was killed left half written is removed a day later, and nothing else."""
    own, others = ".a.npz.0123abcd.tmp", [".b.npz.0123abcd.tmp", ".a.tmp", "a.npz.0123abcd.tmp"]
    names = [own, ".a.npz.4567abcd.tmp", *others, "a.npz"]
    for name in names:
        (tmp_path / name).touch()
    yesterday = time.time() - 25 * 3600
    for name in (names[0], *names[2:]):
        os.utime(tmp_path / name, (yesterday, yesterday))
    remove_abandoned(tmp_path, ["a.npz"])
    assert set(names[1:]) == {path.name for path in tmp_path.iterdir()}
    assert [tmp_path / names[1]] == temporary_files(tmp_path, ["a.npz"])
    remove_abandoned(tmp_path / "absent", ["a.npz"])


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_no_file(tmp_path: Path) -> None:
    """A pipe, a socket or a device is not opened but called what it is, and nobody waits for it."""
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for path in (tmp_path / "pipe", tmp_path / "socket", Path(os.devnull)):
            kind = "device" if path == Path(os.devnull) else path.name
            with pytest.raises(OSError, match=f"must be a file, got a {kind}"):
                open_regular(path)
