"""`mlp train`."""

import os
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.conftest import Mlp
from tests.support.processes import start


def test_train(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """Training prints a line for each epoch on stdout, and the run directory on stderr."""
    result = mlp("train", "--config", config_file, "--out", tmp_path / "run")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert ["epoch", "1/3", "2/3", "3/3", "test"] == [line.split()[0] for line in lines]
    assert max(map(len, lines[:-1])) <= 80
    assert f"run directory: {tmp_path}/run\n" == result.stderr


def test_default_directory(mlp: Mlp, config_file: Path) -> None:
    """By default a run directory is in runs/ and has the name of its configuration."""
    result = mlp("train", "--config", config_file)
    assert "run directory: runs/small\n" == result.stderr
    assert result.stdout.endswith("runs/small/best.npz\n")


def test_quiet(mlp: Mlp, config_file: Path) -> None:
    """--quiet leaves the final line."""
    result = mlp("train", "--config", config_file, "--quiet")
    assert 1 == len(result.stdout.splitlines())
    assert result.stdout.startswith("test accuracy ")
    assert result.stderr == ""


def test_dry_run(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A dry run shows layers, parameters and the expected time, and writes nothing."""
    before = sorted(tmp_path.rglob("*"))
    result = mlp("train", "--config", config_file, "--dry-run")
    assert result.exit_code == 0
    words = result.stdout.split()
    assert "23,550" in words  # 784 · 30 + 30
    assert "23,860" in words
    assert "500 images" in result.stdout
    assert before == sorted(tmp_path.rglob("*"))


def test_set(mlp: Mlp, config_file: Path) -> None:
    """--set changes a run."""
    result = mlp("train", "--config", config_file, "--set", "training.epochs=1")
    assert "1/1" in result.stdout


def test_five_mistakes(mlp: Mlp, tmp_path: Path) -> None:
    """Five mistakes give five lines with line and column, and exit code 2."""
    path = tmp_path / "bad.yaml"
    path.write_text(
        "seed: x\nmodel: {layer: 3}\ntraining:\n  epochs: 0\n  epochs: 1\n  schedule: {name: z}\n"
    )
    result = mlp("train", "--config", path)
    assert result.exit_code == 2
    places = [line.partition(": ")[0] for line in result.stderr.splitlines()]
    assert [f"{path}:1:7", f"{path}:2:9", f"{path}:4:11", f"{path}:5:3", f"{path}:6:20"] == places
    assert result.stdout == ""


def test_divergence_keeps_the_best(
    mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path
) -> None:
    """When the loss diverges, the best weights so far are kept and named."""
    # decay of 2.1 / rate makes each weight −1.1 times what it was, step after step
    optimizer = "{learning_rate: 0.1, momentum: 0, nesterov: false, weight_decay: 21}"
    overrides = ["--set", f"training.optimizer={optimizer}", "--set", "training.epochs=60"]
    result = mlp("train", "--config", config_file, "--out", tmp_path / "run", *overrides)
    assert result.exit_code == 1
    kept, error = result.stderr.splitlines()[-2:]
    assert error.startswith("epoch ")
    assert "learning_rate" in error
    assert f"weights kept: {tmp_path}/run/best.npz" in kept
    assert 0 == mlp("evaluate", "--weights", "run", "--data", glyph_file).exit_code


def test_too_large_for_memory(config_file: Path) -> None:
    """A network that does not fit into memory gives one line."""
    layers = "model.layers=[784, 20000, 20000, 10]"  # 1.7 GB
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file)]
    result = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -v 1500000 && "$@"', "sh", *command, "--set", layers],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("not enough memory: ")
    assert 1 == len(result.stderr.splitlines())


def test_too_large_for_a_file(mlp: Mlp, config_file: Path) -> None:
    """A network that is too large for a file of weights is refused before it is trained."""
    layers = "model.layers=[784, 24000, 23000, 10]"
    result = mlp("train", "--config", config_file, "--set", layers)
    assert result.exit_code == 2
    assert result.stderr.endswith(
        "model.layers: must give at most 500,000,000 weights, got 571,046,000\n"
    )


def test_folder_that_is_not_utf8(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A run directory whose name is not UTF-8 is refused before training."""
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("the file system has names in UTF-8 only")
    os.chdir(folder)
    root = ["--set", f"data.root={tmp_path}"]
    result = mlp("train", "--config", config_file, "--out", "run", *root)
    assert result.exit_code == 2
    assert result.stderr.startswith("output: must be in a folder whose name is UTF-8, got ")
    assert r"caf\udce9/runs; rename it, or name another with --set output=" in result.stderr
    assert not (folder / "run").exists()
    arguments = ["--out", "run", "--set", "output=/tmp", *root]
    assert mlp("train", "--config", config_file, *arguments).exit_code == 0
    assert mlp("train", "--resume", "run").exit_code == 0


@pytest.mark.parametrize(
    ("stopping", "line"),
    [
        ("{patience: 2}", "no better validation accuracy since epoch "),
        (
            "{patience: 2, metric: loss, min_delta: 0.3}",
            "no better validation loss by more than 0.3 since epoch ",
        ),
    ],
)
def test_early_stopping_is_said(mlp: Mlp, config_file: Path, stopping: str, line: str) -> None:
    """A run that stops early says what did not improve, and since when."""
    changes = ["--set", "training.epochs=200", "--set", f"training.early_stopping={stopping}"]
    result = mlp("train", "--config", config_file, *changes)
    epoch = result.stdout.rpartition("weights of epoch ")[2].partition(":")[0]
    assert f"stopped early: {line}{epoch}\n" in result.stderr


def test_class_weights_are_said(mlp: Mlp, config_file: Path) -> None:
    """A training with class weights says which are the smallest and the largest, and of whom."""
    weights = "training.class_weights=[1, 1, 1, 0.25, 1, 1, 1, 1, 12.5, 1]"
    options = ["--config", config_file, "--set", "training.epochs=1"]
    line = "class weights from 0.25 (3) to 12.5 (8)\n"
    assert line in mlp("train", *options, "--set", weights).stderr
    assert line not in mlp("train", *options, "--set", weights, "--quiet").stderr
    assert "class weights" not in mlp("train", *options).stderr


@pytest.mark.slow
def test_progress_bar_needs_a_terminal(config_file: Path, tmp_path: Path) -> None:
    """In a pipe stderr has no bar; on a terminal it has one."""
    long = ["--set", "training.epochs=8", "--set", "model.layers=[784, 400, 10]"]
    piped = start("train", "--config", config_file, *long, cwd=tmp_path)
    assert "%|" not in piped.communicate(timeout=60)[1]
    leader, follower = os.openpty()
    termios.tcsetwinsize(follower, (24, 80))
    command = [sys.executable, "-m", "mlpcli", "train", "--config", str(config_file), *long]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=follower
    ) as process:
        process.wait(timeout=60)
        os.close(follower)
        shown = b""
        while True:
            try:
                shown += os.read(leader, 65536)
            except OSError:  # a closed terminal
                break
        os.close(leader)
    assert b"epoch 1/8" in shown
    assert b"images/s" in shown
