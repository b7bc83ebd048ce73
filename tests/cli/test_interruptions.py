"""Runs that end before they should: by a signal, by a kill, by another process, by a missing file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint
from mlpcli.runs.directory import Run
from mlpcli.runs.finding import new_directory
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array
from mlpcli.utils.locking import HeldError, locked
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, rewrite
from tests.training.test_resume import ADAMW, EVERYTHING, PLAIN, interrupted, log, write_config

pytestmark = pytest.mark.usefixtures("signals_heard")

LONG_EPOCHS = """
model: {layers: [784, 600, 10], activation: relu, init: he, dropout: 0.1}
training: {epochs: 2, batch_size: 1, weight_average: 0.99, checkpoint_every: 0.05}
"""
ENDLESS = LONG_EPOCHS.replace("epochs: 2", "epochs: 10000")  # however late the signal comes


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """Start the program as a process of its own."""
    command = [sys.executable, "-m", "mlpcli", *map(str, arguments)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)


def wait_for(path: Path) -> None:
    """Wait until a file is there."""
    deadline = time.monotonic() + 120
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.005)


def steps(checkpoint: Checkpoint) -> int:
    """How far into its epoch a checkpoint was saved."""
    assert checkpoint.metadata.under_way is not None
    return checkpoint.metadata.under_way.steps


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_in_mid_epoch(mlp: Mlp, tmp_path: Path, glyph_file: Path, number: int) -> None:
    """A run that is ended within an epoch goes on within it, and comes to the same weights."""
    config_file = write_config(tmp_path, glyph_file, LONG_EPOCHS)
    run = Run(tmp_path / "run")
    with start("train", "--config", config_file, "--out", run.directory) as process:
        wait_for(run.last)
        process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == (130 if number == signal.SIGINT else -number)
    assert (number == signal.SIGINT) == (f"weights kept: {run.last}\n" in errors)
    halted = load_checkpoint(run.last)
    assert 0 < steps(halted) < 500
    assert [] == metadata_of(halted.path)["history"]
    assert not run.best.exists()
    result = mlp("train", "--resume", run.directory)
    assert f"resumed in epoch 1, after step {steps(halted)} of 500\n" in result.stderr
    assert mlp("train", "--config", config_file, "--out", "whole").exit_code == 0
    whole, resumed = load_checkpoint(Path("whole/last.npz")), load_checkpoint(run.last)
    for name, array in whole.arrays.items():
        assert array.tobytes() == resumed.arrays[name].tobytes(), name
    assert log(Path("whole")) == log(run.directory)


def test_two_signals(tmp_path: Path, glyph_file: Path) -> None:
    """A second signal ends the run at once, with what was saved before intact."""
    config_file = write_config(tmp_path, glyph_file, ENDLESS)
    run = Run(tmp_path / "run")
    with start("train", "--config", config_file, "--out", run.directory) as process:
        wait_for(run.last)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=120)
    assert process.returncode in (130, 143)
    assert "Traceback" not in errors
    assert load_checkpoint(run.last)
    assert not list(run.directory.glob(".*"))


def test_a_closed_terminal_says_so_twice(tmp_path: Path, glyph_file: Path) -> None:
    """Of a second SIGHUP, as shell and kernel both send one, a run that is saving takes no notice."""
    config_file = write_config(tmp_path, glyph_file, ENDLESS)
    run = Run(tmp_path / "run")
    with start("train", "--config", config_file, "--out", run.directory) as process:
        wait_for(run.last)
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGHUP)
        _, errors = process.communicate(timeout=120)
    assert process.returncode == 129
    assert f"weights kept: {run.last}" in errors
    assert load_checkpoint(run.last)


def test_a_closed_terminal(tmp_path: Path, glyph_file: Path) -> None:
    """A run whose terminal is closed has nowhere to say so, and saves."""
    config_file = write_config(tmp_path, glyph_file, ENDLESS)
    run = Run(tmp_path / "run")
    leader, follower = os.openpty()
    train = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    command = ["setsid", "--ctty", *train, "--out", str(run.directory)]
    with subprocess.Popen(command, stdin=follower, stdout=follower, stderr=follower) as process:
        os.close(follower)
        wait_for(run.last)
        os.close(leader)
        process.wait(timeout=120)
    assert process.returncode == 129
    assert load_checkpoint(run.last)
    assert not list(run.directory.glob(".*"))


def test_an_ignored_signal_stays_ignored(tmp_path: Path, glyph_file: Path) -> None:
    """Under nohup, which has SIGHUP ignored, a closed terminal does not end a training."""
    config_file = write_config(tmp_path, glyph_file, LONG_EPOCHS)
    run = Run(tmp_path / "run")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which a child inherits
    try:
        process = start("train", "--config", config_file, "--out", run.directory)
    finally:
        signal.signal(signal.SIGHUP, before)
    with process:
        wait_for(run.last)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_one_training_at_a_time(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A second process on a run is told which one uses it, until that one is killed."""
    long = PLAIN.replace("epochs: 4", "epochs: 10000")
    config_file = write_config(tmp_path, glyph_file, long)
    run = Run(tmp_path / "run")
    with start("train", "--config", config_file, "--out", run.directory) as process:
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


def test_lock(tmp_path: Path) -> None:
    """A lock is held once at a time, and whatever stands in its file is no more than a name."""
    path = tmp_path / ".lock"
    with locked(path):
        path.write_text("process 1 on \x1b[31mred")
        with pytest.raises(HeldError, match=r"^another process$"), locked(path):
            pass
    with locked(path):
        assert f"process {os.getpid()} on " in path.read_text()
    assert not path.exists()


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
    command = [sys.executable, "-c", code, "train", "--config", str(config_file), "--out", "run"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (1, "run: cannot be written, File too large\n") == (result.returncode, result.stderr)
    assert not list((tmp_path / "run").iterdir())


def test_notes_that_begin_like_a_lock(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A lock holds the name of a process and nothing else; what says more is the user's."""
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


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            ["last.npz"],
            "run/last.npz: is missing, although best.npz exists; put it back, or begin another "
            "run with mlp train --from run/best.npz",
        ),
        (
            ["best.npz"],
            "run/best.npz: must hold the weights of epoch 3 of this run, got none; put it back, or "
            "begin another run with mlp train --from run/last.npz",
        ),
        (
            ["last.npz", "best.npz"],
            "run/last.npz: is missing, although log.jsonl exists; put it back, or begin another "
            "run",
        ),
    ],
)
def test_missing_weights(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, gone: list[str], message: str
) -> None:
    """A run of which weights are gone does not begin again over what is left."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3, 5)
    for name in gone:
        (run / name).unlink()
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert result.stderr == f"{message}\n"
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


@pytest.mark.parametrize("other", [PLAIN + "seed: 3", ADAMW, PLAIN])
def test_best_of_another_run(mlp: Mlp, tmp_path: Path, glyph_file: Path, other: str) -> None:
    """A run does not go on with the best weights of another one."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3)
    other_run = interrupted(write_config(tmp_path, glyph_file, other), tmp_path / "other", 1)
    (other_run / "best.npz").rename(run / "best.npz")
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert (
        "run/best.npz: must hold the weights of epoch 3 of this run, got others; put it back"
        in (result.stderr)
    )
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_best_of_an_earlier_epoch(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run does not go on with weights that were its best once, where better ones must be."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3, 5)
    history = metadata_of(run / "best.npz")["history"]
    rewrite(run / "best.npz", {}, epoch=1, history=history[:1])
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert "must hold the weights of epoch 3 of this run, got others; " in result.stderr


@pytest.mark.parametrize("text", [PLAIN, EVERYTHING.replace("one-cycle", "constant")])
@pytest.mark.parametrize("gone", [False, True])
def test_killed_before_the_best(
    mlp: Mlp,
    tmp_path: Path,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    gone: bool,
) -> None:
    """A run that ended between its latest weights and its best has those best, when it goes on."""
    config_file = write_config(tmp_path, glyph_file, text.replace("epochs: 4", "epochs: 3"))
    best = Run(tmp_path / "run").best
    save_best = Run.save_best

    def die(run: Run, arrays: dict[str, Array], metadata: Metadata) -> None:
        if metadata.epoch == 3:
            raise SystemExit(9)
        save_best(run, arrays, metadata)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_best", die)
        assert mlp("train", "--config", config_file, "--out", "run").exit_code == 9
    assert len(log(tmp_path / "run")) == 3
    assert metadata_of(best)["epoch"] < 3
    if gone:
        best.unlink()
    resumed = mlp("train", "--resume", "run")
    assert resumed.stdout.endswith(", weights of epoch 3: run/best.npz\n")
    whole = mlp("train", "--config", config_file, "--out", "whole")
    assert whole.stdout.splitlines()[-1].replace("whole", "run") == resumed.stdout.splitlines()[-1]
    arrays = load_checkpoint(Path("whole/best.npz")).arrays
    for name, array in load_checkpoint(best).arrays.items():
        assert array.tobytes() == arrays[name].tobytes(), name


def test_a_moved_run(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run whose directory is renamed ends, and leaves alone what then has the name."""
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
    """A run that was begun in an empty directory while another made ready stays as it is."""

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


def test_damaged_weights(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """Weights cut short are refused with what to do next."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 2)
    (run / "last.npz").write_bytes((run / "last.npz").read_bytes()[:-100])
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "put it back, or begin another run with mlp train --from run/best.npz\n"
    )
    assert 1 == result.stderr.count("\n")


def test_another_version(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run that goes on with another NumPy says so, for the last digits may differ."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    versions = metadata_of(run / "last.npz")["versions"] | {"numpy": "1.0"}
    rewrite(run / "last.npz", {}, versions=versions)
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 0
    assert result.stderr.startswith("note: numpy was 1.0 and is ")


def test_the_first_format(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run of the format that knew whole epochs only goes on after the last of them."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    rewrite(run / "last.npz", {}, format=1, under_way=None)
    assert mlp("train", "--resume", run).exit_code == 0
    assert mlp("train", "--config", "c.yaml", "--out", "whole").exit_code == 0
    assert log(Path("whole")) == log(run)
