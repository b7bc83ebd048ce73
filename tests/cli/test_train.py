"""`mlp train`."""

import json
import os
import re
import shlex
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

import mlpcli
from tests.conftest import Mlp
from tests.support.processes import start


def test_train(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """Training prints a line for each epoch on stdout; on stderr the run, and what to do next."""
    result = mlp("train", "--config", config_file, "--out", tmp_path / "run")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert ["epoch", "1/3", "2/3", "3/3", "test"] == [line.split()[0] for line in lines]
    first, last = result.stderr.splitlines()
    assert f"run directory: {tmp_path}/run" == first
    assert last.startswith(f"next: mlp evaluate --weights {tmp_path}/run --data ")
    assert 0 == mlp(*shlex.split(last.removeprefix("next: mlp "))).exit_code


def test_default_directory(mlp: Mlp, config_file: Path) -> None:
    """By default a run directory is in runs/ and has the name of its configuration."""
    result = mlp("train", "--config", config_file)
    assert result.stderr.startswith("run directory: runs/small\n")
    assert result.stdout.endswith("runs/small/best.npz\n")


def test_quiet(mlp: Mlp, config_file: Path) -> None:
    """--quiet leaves the final line, which has both accuracies, and the weights at its end."""
    result = mlp("train", "--config", config_file, "--quiet")
    best = max(epoch["validation_accuracy"] for epoch in log(Path("runs/small")))
    pattern = (
        r"test accuracy ([\d.]+) % \(\d+ of 100\), validation accuracy ([\d.]+) %, "
        r"weights of epoch \d: (\S+best\.npz)\n"
    )
    found = re.fullmatch(pattern, result.stdout)
    assert found, result.stdout
    assert (f"{100 * best:.2f}", "runs/small/best.npz") == found.groups()[1:]
    assert result.stderr == ""


def test_without_validation(mlp: Mlp, config_file: Path) -> None:
    """Without validation images, the final line has the test accuracy only."""
    result = mlp("train", config_file, "--set", "data.validation=0", "--quiet")
    pattern = r"test accuracy [\d.]+ % \(\d+ of 100\), weights of epoch 3: runs/small/best.npz\n"
    assert re.fullmatch(pattern, result.stdout)


def log(run: Path) -> list[dict[str, Any]]:
    """Return the epochs of a run."""
    return [json.loads(line) for line in (run / "log.jsonl").read_text().splitlines()]


FIELDS = [
    *("run", "weights", "data", "seed", "epoch", "epochs", "seconds"),
    *("validation_count", "validation_accuracy", "validation_loss"),
    *("test_count", "test_accuracy", "test_loss"),
]


def test_json(mlp: Mlp, config_file: Path) -> None:
    """--json prints one record on stdout, and the epochs on stderr; resuming prints it again."""
    result = mlp("train", config_file, "--json", "--out", "run")
    record = json.loads(result.stdout)
    epochs = log(Path("run"))
    best = epochs[record["epoch"] - 1]
    assert FIELDS == list(record)
    assert ("run", "run/best.npz", 0, 3) == tuple(
        record[name] for name in ("run", "weights", "seed", "epochs")
    )
    assert (100, 100) == (record["validation_count"], record["test_count"])
    for name in ("validation_accuracy", "validation_loss"):
        assert best[name] == record[name]
    assert sum(epoch["seconds"] for epoch in epochs) == record["seconds"]
    measured = json.loads(
        mlp("evaluate", "--weights", "run", "--data", record["data"], "--json").stdout
    )
    assert (measured["accuracy"], measured["loss"]) == pytest.approx(
        (record["test_accuracy"], record["test_loss"])
    )
    starts = [line.split()[0] for line in result.stderr.splitlines()]
    assert ["run", "epoch", "1/3", "2/3", "3/3", "next:"] == starts
    again = mlp("train", "--resume", "run", "--json", "--quiet")
    assert ("", record) == (again.stderr, json.loads(again.stdout))


def test_json_without_validation(mlp: Mlp, config_file: Path) -> None:
    """What is not known without validation images is null."""
    result = mlp("train", config_file, "--json", "--quiet", "--set", "data.validation=0")
    record = json.loads(result.stdout)
    values = [record[f"validation_{name}"] for name in ("count", "accuracy", "loss")]
    assert [0, None, None] == values
    assert (3, "") == (record["epoch"], result.stderr)


def test_short_options(mlp: Mlp, config_file: Path) -> None:
    """--epochs, --lr, --batch-size and --seed set keys, and win over --set."""
    short = ["--epochs", "2", "--lr", "1e-2", "--batch-size", "25", "--seed", "7"]
    before = ["--set", "training.epochs=1", "--set", "seed=1"]
    for order, out in ((short + before, "a"), (before + short, "b")):
        assert 0 == mlp("train", config_file, "--out", out, *order).exit_code
        config = mlpcli.load_config(f"{out}/config.yaml")
        training = config.training
        found = (training.epochs, training.optimizer.learning_rate, training.batch_size)
        assert (2, 0.01, 25, 7) == (*found, config.seed)


def test_short_option_that_is_wrong(mlp: Mlp, config_file: Path) -> None:
    """A wrong value is told by the name of its key."""
    result = mlp("train", config_file, "--lr", "fast", "--epochs", "0")
    assert 2 == result.exit_code
    assert [
        "--set training.epochs: must be an integer >= 1 and <= 10000, got 0",
        "--set training.optimizer.learning_rate: must be a number > 0, got 'fast'",
    ] == result.stderr.splitlines()


def test_short_options_and_resume(mlp: Mlp, config_file: Path) -> None:
    """A run is prolonged with --epochs, and refuses the others."""
    mlp("train", config_file, "--out", "run")
    result = mlp("train", "--resume", "run", "--epochs", "4")
    assert (0, 4) == (result.exit_code, len(log(Path("run"))))
    refused = mlp("train", "--resume", "run", "--seed", "3")
    assert 2 == refused.exit_code
    assert "only training.epochs may change" in refused.stderr


def test_name_as_argument(mlp: Mlp, config_file: Path) -> None:
    """The configuration may be an argument; one given twice, or none, is a usage error."""
    assert 0 == mlp("train", config_file).exit_code
    assert Path("runs/small/best.npz").is_file()
    for arguments, message in (
        (["train", "mnist", "--config", "mnist"], "give the configuration once"),
        (["gradcheck", "mnist", "--config", "mnist"], "give the configuration once"),
        (
            ["train", "mnist", "--resume", "runs/small"],
            "give FILE_OR_NAME, such as mnist, or --resume DIR",
        ),
        (["train"], "give FILE_OR_NAME, such as mnist, or --resume DIR"),
        (["gradcheck"], "give FILE_OR_NAME, such as mnist"),
    ):
        result = mlp(*arguments)
        assert 2 == result.exit_code
        assert message in result.stderr.splitlines()[-1]


def test_not_a_configuration(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """A run, weights or data in place of a configuration are told how to train with them."""
    Path("my pictures").mkdir()
    ways = {
        trained: f"got a run; to go on with it: mlp train --resume {trained}; "
        f"to repeat it: mlp train {trained}/config.yaml",
        trained / "best.npz": "got weights; to begin with them: mlp train mnist --from "
        f"{trained}/best.npz",
        glyph_file: f"got data; to train on what it holds: mlp train mnist --data {glyph_file}",
        "my pictures": "got a folder; to train on what it holds: mlp train mnist --data "
        "'my pictures'",
    }
    for place, way in ways.items():
        result = mlp("train", place)
        message = f"{place}: must be a configuration, {way}\n"
        assert (2, message) == (result.exit_code, result.stderr)
    Path("mnist").mkdir()  # does not hide the shipped configuration
    assert "must be" not in mlp("train", "mnist", "--set", "data.path=nowhere").stderr


def test_dry_run(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A dry run shows layers, parameters, expected time and memory, and writes nothing."""
    before = sorted(tmp_path.rglob("*"))
    result = mlp("train", "--config", config_file, "--dry-run")
    assert result.exit_code == 0
    words = result.stdout.split()
    assert "23,550" in words  # 784 · 30 + 30
    assert "23,860" in words
    assert "500 images" in result.stdout
    assert re.search(r"\n3 epochs: about [\d.]+ s, about [\d,]+ MB of memory\n$", result.stdout)
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
