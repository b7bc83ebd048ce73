"""A disk that is full, or a quota that is used up, at any save of a run."""

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.utils import files
from tests.conftest import Mlp
from tests.support.runs import log, write_config

CONFIG = """
model: {layers: [784, 30, 10], activation: relu, init: he}
training: {epochs: 2, batch_size: 20, checkpoint_every: 0.001}
"""

Full = Callable[[int], None]
"""Leaves room for so many bytes."""


@pytest.fixture
def quota() -> Iterator[Full]:
    """A limit on how large the files of this process may grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda room: resource.setrlimit(
        resource.RLIMIT_FSIZE, (room if room >= 0 else before[0], before[1])
    )
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes, where this user may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("mounting a small disk needs the rights of the superuser")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S607  # wherever it is


@pytest.fixture
def filler(disk: Path) -> Full:
    """A file that takes what is left of the disk."""
    path = disk / "filler"

    def fill(room: int) -> None:
        if room < 0:
            path.unlink()
            return
        state = os.statvfs(disk)
        free = state.f_bavail * state.f_frsize
        with path.open("wb") as file:
            file.write(bytes(free - room))

    return fill


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 8192])
def test_quota(
    mlp: Mlp,
    tmp_path: Path,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    quota: Full,
    room: int,
) -> None:
    """Whichever save a quota stops, what was saved before is whole, and the run goes on from it."""
    fail_each_save(mlp, tmp_path, tmp_path, glyph_file, monkeypatch, quota, room)


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 8192])
def test_full_disk(
    mlp: Mlp,
    tmp_path: Path,
    disk: Path,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    filler: Full,
    room: int,
) -> None:
    """Whichever save meets a full disk, what was saved before is whole, and the run goes on."""
    fail_each_save(mlp, tmp_path, disk, glyph_file, monkeypatch, filler, room)


def test_read_only(mlp: Mlp, disk: Path, glyph_file: Path, tmp_path: Path) -> None:
    """On a read-only disk a run can be evaluated, and neither begun nor resumed: one line says why."""
    config_file = write_config(tmp_path, glyph_file, CONFIG)
    assert mlp("train", "--config", config_file, "--out", disk / "run").exit_code == 0
    mount = ["mount", "-o", "remount,ro", str(disk)]
    subprocess.run(mount, check=True)
    reason = "Read-only file system\n"
    result = mlp("train", "--resume", disk / "run")
    assert result.exit_code == 1
    assert f"{disk}/run: cannot be written, {reason}" == result.stderr
    result = mlp("train", "--config", config_file, "--out", disk / "other")
    assert result.exit_code == 1
    assert f"{disk}/other: cannot be created, {reason}" == result.stderr
    assert 0 == mlp("evaluate", "--weights", disk / "run", "--data", glyph_file).exit_code


def fail_each_save(
    mlp: Mlp,
    tmp_path: Path,
    place: Path,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    full: Full,
    room: int,
) -> None:
    """Train with room up to the first, second, … save only, until a run is through."""
    config_file = write_config(tmp_path, glyph_file, CONFIG)
    assert mlp("train", "--config", config_file, "--out", "whole").exit_code == 0
    for number in count():
        run = place / f"run-{number}"
        with monkeypatch.context() as patch:
            begun = before_save(patch, number, lambda: full(room))
            result = mlp("train", "--config", config_file, "--out", run)
        if len(begun) <= number:
            break
        full(-1)
        if result.exit_code == 0 and room:  # the last files are small
            break
        assert result.exit_code == 1, result.output
        assert "cannot be written, " in result.stderr.splitlines()[-1]
        assert not list(run.glob(".*"))
        weights = sorted(run.glob("*.npz"))
        assert all(load_checkpoint(path) for path in weights)
        assert bool(weights) == ("weights kept: " in result.stderr)
        if (run / "config.yaml").exists():
            assert f"to go on: mlp train --resume {run}\n" in result.stderr
            assert mlp("train", "--resume", run).exit_code == 0
            assert log(Path("whole")) == log(run)
        for path in run.iterdir():
            path.unlink()
    assert number > 8  # config.yaml, last.npz and log.jsonl again and again, result.json


def before_save(patch: pytest.MonkeyPatch, number: int, action: Callable[[], None]) -> list[int]:
    """Have something done before the save of a number, from 0; return what counts the saves."""
    begun: list[int] = []
    real = files.temporary_name

    def name(path: Path) -> Path:
        if len(begun) == number:
            action()
        begun.append(number)
        return real(path)

    patch.setattr(files, "temporary_name", name)
    return begun
