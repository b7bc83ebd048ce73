"""Files that are whole or not there."""

from pathlib import Path

import pytest

from mlpcli.files import atomic_write


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
