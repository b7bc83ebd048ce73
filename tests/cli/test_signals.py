"""Signals that end a training."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint
from mlpcli.runs.directory import Run
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of
from tests.support.processes import start, start_training, wait_for
from tests.support.runs import log, write_config

pytestmark = pytest.mark.usefixtures("signals_heard")

LONG_EPOCH = """
model: {layers: [784, 600, 10], activation: relu, init: he, dropout: 0.1}
training: {epochs: 1, batch_size: 1, weight_average: 0.99, checkpoint_every: 0.05}
"""
ENDLESS = LONG_EPOCH.replace("epochs: 1", "epochs: 10000")  # however late the signal comes


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_signals(config_file: Path, tmp_path: Path, number: int, code: int) -> None:
    """Ctrl-C, SIGTERM and SIGHUP end a training with their exit codes, weights kept and no litter."""
    run = tmp_path / "run"
    long = ["--set", "training.epochs=10000"]
    process = start("train", "--config", config_file, "--out", run, *long, cwd=tmp_path)
    wait_for(run / "best.npz")
    process.send_signal(number)
    _, errors = process.communicate(timeout=120)
    assert code == process.returncode
    assert "Traceback" not in errors
    assert f"weights kept: {run}/best.npz" in errors
    assert f"to go on: mlp train --resume {run}" in errors
    assert not list(run.glob(".*"))


def steps(checkpoint: Checkpoint) -> int:
    """How far into its epoch a checkpoint was saved."""
    assert checkpoint.metadata.under_way is not None
    return checkpoint.metadata.under_way.steps


def train_and_send(config_file: Path, run: Run, *signals: int) -> tuple[int, str]:
    """Send signals to a training that has saved; return its exit code and its messages."""
    with start_training(config_file, run.directory) as process:
        wait_for(run.last)
        for number in signals:
            process.send_signal(number)
        _, errors = process.communicate(timeout=120)
    return process.returncode, errors


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_in_mid_epoch(mlp: Mlp, tmp_path: Path, glyph_file: Path, number: int) -> None:
    """A run that is stopped within an epoch resumes there and ends with the same weights."""
    config_file = write_config(tmp_path, glyph_file, LONG_EPOCH)
    run = Run(tmp_path / "run")
    code, errors = train_and_send(config_file, run, number)
    assert code == (130 if number == signal.SIGINT else -number)
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
    """A second signal ends the run at once and leaves the saved weights intact."""
    config_file = write_config(tmp_path, glyph_file, ENDLESS)
    run = Run(tmp_path / "run")
    code, errors = train_and_send(config_file, run, signal.SIGINT, signal.SIGTERM)
    assert code in (130, 143)
    assert "Traceback" not in errors
    assert load_checkpoint(run.last)
    assert not list(run.directory.glob(".*"))


def test_a_closed_terminal_says_so_twice(tmp_path: Path, glyph_file: Path) -> None:
    """A run that is saving ignores a second SIGHUP, for shell and kernel both send one."""
    config_file = write_config(tmp_path, glyph_file, ENDLESS)
    run = Run(tmp_path / "run")
    code, errors = train_and_send(config_file, run, signal.SIGHUP, signal.SIGHUP)
    assert code == 129
    assert f"weights kept: {run.last}" in errors
    assert load_checkpoint(run.last)


def test_a_closed_terminal(tmp_path: Path, glyph_file: Path) -> None:
    """A run whose terminal is closed saves its weights, although it cannot print anything."""
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


@pytest.mark.slow
def test_an_ignored_signal_stays_ignored(tmp_path: Path, glyph_file: Path) -> None:
    """Under nohup, which ignores SIGHUP, a closed terminal does not end a training."""
    config_file = write_config(tmp_path, glyph_file, LONG_EPOCH)
    run = Run(tmp_path / "run")
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which a child inherits
    try:
        process = start_training(config_file, run.directory)
    finally:
        signal.signal(signal.SIGHUP, before)
    with process:
        wait_for(run.last)
        process.send_signal(signal.SIGHUP)
        process.communicate(timeout=60)
    assert process.returncode == 0
