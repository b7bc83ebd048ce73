"""A run's directory is one training's, and nobody else's files are touched."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpcli.runs.directory import Run
from mlpcli.runs.finding import new_directory
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp
from tests.support.processes import start_training, wait_for
from tests.support.runs import PLAIN, interrupted, log, write_config


def test_one_training_at_a_time(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A second process on a run is told which process is training in it, until that one is killed."""
    long = PLAIN.replace("epochs: 4", "epochs: 10000")
    config_file = write_config(tmp_path, glyph_file, long)
    run = Run(tmp_path / "run")
    with start_training(config_file, run.directory) as process:
        wait_for(run.last)
        result = mlp("train", "--resume", run.directory)
        assert result.exit_code == 1
        host = os.uname().nodename
        holder = f"process {process.pid} on {host}"
        assert (
            f"{run.directory}: is in use by {holder}; wait until it has ended, or stop it\n"
            == result.stderr
        )
        process.kill()
        process.communicate()
    (run.directory / ".last.npz.0123abcd.tmp").write_bytes(b"half of")
    with run.locked():
        assert [".lock"] == [path.name for path in run.directory.glob(".*")]
    assert not list(run.directory.glob(".*"))


def test_a_lock_that_is_none(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A directory in which the lock is a link, a pipe or a folder is refused, and nothing is changed."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    mine = tmp_path / "mine"
    mine.write_text("of mine")
    makers: list[Callable[[Path], object]] = [
        lambda lock: lock.symlink_to(mine),
        lambda lock: lock.hardlink_to(mine),
        lambda lock: lock.write_text("of mine"),
        os.mkfifo,
        os.mkdir,
    ]
    for make in makers:
        make(run / ".lock")
        result = mlp("train", "--resume", run)
        assert result.exit_code == 1
        assert (
            f"{run}: cannot be written, .lock must be a lock of mlp; remove it\n" == result.stderr
        )
        (run / ".lock").rename(tmp_path / str(make))
    assert ["of mine"] * 2 == [mine.read_text(), (tmp_path / str(makers[2])).read_text()]


@pytest.mark.parametrize("room", [0, 10])
def test_lock_on_a_full_disk(config_file: Path, tmp_path: Path, room: int) -> None:
    """A training that finds no room for its lock leaves the directory as empty as it was."""
    code = (
        "import resource, signal; from mlpcli.cli.entry import main;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room})); main()"
    )
    command = [
        sys.executable,
        "-B",
        "-c",
        code,
        "train",
        "--config",
        str(config_file),
        "--out",
        "run",
    ]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (1, "run: cannot be written, File too large\n") == (result.returncode, result.stderr)
    assert not list((tmp_path / "run").iterdir())


def test_notes_that_begin_like_a_lock(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A lock file with more text than the name of a process is the user's and is left alone."""
    (tmp_path / "run").mkdir()
    notes = tmp_path / "run" / ".lock"
    notes.write_text("process 12 on disk, then call Anna\n")
    assert mlp("train", "--config", config_file, "--out", "run").exit_code == 1
    assert "process 12 on disk, then call Anna\n" == notes.read_text()


@pytest.mark.parametrize("name", [".lock", ".notes.0123abcd.tmp", ".best.npz.tmp", "cat"])
def test_files_of_others(mlp: Mlp, config_file: Path, tmp_path: Path, name: str) -> None:
    """A directory that holds another file, even an empty one, is no place for a new run."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).touch()
    result = mlp("train", "--config", config_file, "--out", "run")
    assert (1, "run: the directory is not empty; choose another --out\n") == (
        result.exit_code,
        result.stderr,
    )
    assert [name] == [path.name for path in (tmp_path / "run").iterdir()]


def test_a_killed_beginning(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A directory in which a run was killed before it had begun can be used again."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / ".lock").write_text("process 123 on host\n")
    (tmp_path / "run" / ".config.yaml.0123abcd.tmp").touch()
    assert mlp("train", "--config", config_file, "--out", "run").exit_code == 0


def test_a_moved_run(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose directory is renamed ends and leaves alone whatever takes its old name."""
    config_file = write_config(tmp_path, glyph_file)
    save_last = Run.save_last

    def move(run: Run, arrays: dict[str, Array], metadata: Metadata) -> None:
        if metadata.epoch == 2:
            run.directory.rename("moved")
            run.directory.mkdir()
            (run.directory / ".lock").write_text("of another")
        save_last(run, arrays, metadata)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_last", move)
        result = mlp("train", "--config", config_file, "--out", "run")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "run: the directory and its .lock must stay in place during training, but were moved; use "
        "mlp train --resume at the new place\n"
    )
    assert "weights kept" not in result.stderr
    assert [".lock"] == [path.name for path in (tmp_path / "run").iterdir()]
    assert (tmp_path / "run" / ".lock").read_text() == "of another"
    assert mlp("train", "--resume", "moved").exit_code == 0
    assert mlp("train", "--config", config_file, "--out", "whole").exit_code == 0
    assert log(Path("whole")) == log(Path("moved"))


def test_two_begin_in_one_directory(
    mlp: Mlp, config_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of two runs that begin in one empty directory, the second is refused."""

    def find_and_wait(output: Path, name: str, out: Path | None) -> Path:
        directory = new_directory(output, name, out)
        (directory / "config.yaml").write_text("of the other")
        return directory

    monkeypatch.setattr("mlpcli.runs.finding.new_directory", find_and_wait)
    result = mlp("train", "--config", config_file, "--out", "run")
    assert result.exit_code == 1
    assert result.stderr == "run: the directory is not empty; choose another --out\n"
    assert ["config.yaml"] == [path.name for path in (tmp_path / "run").iterdir()]
    assert (tmp_path / "run" / "config.yaml").read_text() == "of the other"
