"""Run directories."""

import json
import os
from pathlib import Path

from mlpcli.config import load_config
from mlpcli.runs.finding import newest_runs
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of


def test_files(trained: Path) -> None:
    """A run leaves its configuration, log and result and two sets of weights, and nothing else."""
    names = ["best.npz", "config.yaml", "last.npz", "log.jsonl", "result.json"]
    assert names == sorted(path.name for path in trained.iterdir())


def test_log(trained: Path) -> None:
    """Each epoch is a line of JSON with its numbers."""
    lines = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    assert [1, 2, 3] == [line["epoch"] for line in lines]
    assert {
        "epoch",
        "train_loss",
        "validation_loss",
        "validation_accuracy",
        "learning_rate",
        "images_per_second",
        "seconds",
    } == set(lines[0])


def test_best_is_the_best(trained: Path) -> None:
    """best.npz is of the epoch with the best validation accuracy, last.npz of the last one."""
    lines = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    accuracies = [line["validation_accuracy"] for line in lines]
    best = metadata_of(trained / "best.npz")["epoch"]
    assert accuracies.index(max(accuracies)) + 1 == best
    assert metadata_of(trained / "last.npz")["epoch"] == 3


def test_best_by_the_loss(mlp: Mlp, config_file: Path) -> None:
    """With `metric: loss`, best.npz is of the epoch with the lowest validation loss."""
    changes = ["training.early_stopping={patience: 99, metric: loss}", "training.epochs=12"]
    options = [word for change in changes for word in ("--set", change)]
    result = mlp("train", "--config", config_file, "--out", "run", "--quiet", *options)
    lines = [json.loads(line) for line in Path("run/log.jsonl").read_text().splitlines()]
    losses, accuracies = ([e[f"validation_{m}"] for e in lines] for m in ("loss", "accuracy"))
    best = losses.index(min(losses)) + 1
    assert best == metadata_of(Path("run/best.npz"))["epoch"]
    assert f"weights of epoch {best}: " in result.stdout
    assert f" in epoch {best}\n" in mlp("inspect", "run").stdout
    assert best != accuracies.index(max(accuracies)) + 1


def test_saved_configuration(trained: Path, config_file: Path) -> None:
    """The saved configuration is the whole one, its paths absolute, and can be trained again."""
    saved = load_config(str(trained / "config.yaml"))
    assert load_config(str(config_file)).model == saved.model
    assert Path(saved.data.root).is_absolute()
    assert Path(saved.output).is_absolute()


def test_names(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """Runs are named after their configuration, the second one with -2."""
    for _ in range(3):
        assert mlp("train", "--config", config_file, "--quiet").exit_code == 0
    runs = sorted(path.name for path in (tmp_path / "runs").iterdir())
    assert ["small", "small-2", "small-3"] == runs


def test_full_directory(mlp: Mlp, config_file: Path, trained: Path) -> None:
    """A directory that is not empty is refused and left alone."""
    before = (trained / "best.npz").read_bytes()
    result = mlp("train", "--config", config_file, "--out", trained)
    assert result.exit_code == 1
    assert f"{trained}: the directory is not empty; choose another --out\n" == result.stderr
    assert before == (trained / "best.npz").read_bytes()


def test_empty_directory(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A directory that exists and is empty is used."""
    (tmp_path / "mine").mkdir()
    assert mlp("train", "--config", config_file, "--out", tmp_path / "mine").exit_code == 0
    assert (tmp_path / "mine" / "best.npz").exists()


def test_impossible_directory(mlp: Mlp, config_file: Path, tmp_path: Path) -> None:
    """A place where nothing can be made gives one line."""
    (tmp_path / "file").touch()
    result = mlp("train", "--config", config_file, "--out", tmp_path / "file" / "run")
    assert result.exit_code == 1
    assert f"{tmp_path}/file/run: cannot be created, Not a directory\n" == result.stderr


def test_newest(tmp_path: Path) -> None:
    """The newest runs are those whose best weights were written last; at one time, last by name."""
    for name, time in (("b", 30), ("a", 30), ("d", 10), ("c", 20)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "best.npz").touch()
        os.utime(tmp_path / name / "best.npz", (time, time))
    (tmp_path / "notes.txt").touch()
    assert ["b", "a", "c", "d"] == [run.directory.name for run in newest_runs(tmp_path)]


def test_no_weights(tmp_path: Path) -> None:
    """Without any run there is no newest one."""
    assert [] == newest_runs(tmp_path / "runs")
