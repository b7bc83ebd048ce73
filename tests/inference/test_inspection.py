"""What is told of weights and of the run that they are from."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config.data import DataConfig
from mlpcli.datasets import Dataset, selection
from mlpcli.datasets.selection import open_configured
from mlpcli.images.normalization import Pixels
from mlpcli.inference.inspection import Inspection
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import altered, metadata_of
from tests.support.checkpoints import write as write_checkpoint


def test_text(mlp: Mlp, trained: Path) -> None:
    """inspect prints origin, layers, learning curves and the configuration, in 80 columns."""
    result = mlp("inspect", trained)
    assert 0 == result.exit_code, result.output
    origin, layers, epochs, curves, config = result.stdout.split("\n\n")
    checkpoint = load_checkpoint(trained / "best.npz")
    assert f"SHA-256      {metadata_of(checkpoint.path)['weights_sha256']}" in origin
    assert "began with   random weights of seed 0" in origin
    assert ["linear", "784", "→", "30", "23,550"] == layers.splitlines()[1].split()[:5]
    assert ["total", "23,860"] == layers.splitlines()[-1].split()
    assert epochs.startswith("3 of 3 epochs in ")
    assert curves.startswith("train loss ")
    assert (trained / "config.yaml").read_text() == config
    assert max(map(len, f"{layers}\n{curves}".splitlines())) <= 80


@pytest.mark.parametrize(
    ("stopping", "text"),
    [
        (None, "best validation accuracy 80.00 % in epoch 3"),
        ({"metric": "accuracy"}, "best validation accuracy 80.00 % in epoch 3"),
        ({"min_delta": 0.1}, "best validation accuracy 75.00 % in epoch 2 (min_delta 0.1)"),
        ({"metric": "loss"}, "best validation loss 0.3000 in epoch 1"),
    ],
)
def test_best_epoch(
    mlp: Mlp, trained: Path, tmp_path: Path, stopping: dict[str, object] | None, text: str
) -> None:
    """inspect names the epoch that the run chose as the best, and what it chose by."""
    checkpoint = load_checkpoint(trained / "last.npz")
    metadata = metadata_of(checkpoint.path)
    metadata["config"]["training"]["early_stopping"] = stopping
    pairs = zip((0.3, 0.4, 0.5), (0.5, 0.75, 0.8), strict=True)
    for epoch, (loss, accuracy) in zip(metadata["history"], pairs, strict=True):
        epoch |= {"validation_loss": loss, "validation_accuracy": accuracy}
    write_checkpoint(tmp_path / "w.npz", checkpoint.arrays, metadata)
    assert f" s, {text}\n" in mlp("inspect", tmp_path / "w.npz").stdout


def test_weights_and_health(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """The layer table has norm and largest weight of a linear layer, and how many units are dead."""
    layers = mlp("inspect", trained, "--data", glyph_file).stdout.split("\n\n")[1].splitlines()
    weight = load_checkpoint(trained / "best.npz").arrays["layers.0.weight"]
    assert [f"{np.linalg.norm(weight):.3g}", f"{np.abs(weight).max():.3g}"] == layers[1].split()[5:]
    assert re.fullmatch(r"relu +30 +\d+ +–", layers[2])


def test_dead_units(mlp: Mlp, trained: Path, tmp_path: Path, glyph_file: Path) -> None:
    """Units that are switched off are counted as dead."""
    checkpoint = load_checkpoint(trained / "best.npz")
    bias = checkpoint.arrays["layers.0.bias"].copy()
    bias[:7] = -1000
    arrays = checkpoint.arrays | {"layers.0.bias": bias}
    write_checkpoint(tmp_path / "w.npz", arrays, metadata_of(checkpoint.path))
    before, after = (
        json.loads(mlp("inspect", path, "--data", glyph_file, "--json").stdout)["health"][0]
        for path in (trained, tmp_path / "w.npz")
    )
    assert before["dead"] < after["dead"]
    assert 7 <= after["dead"] <= before["dead"] + 7
    assert after["saturated"] is None


def test_units_are_not_counted(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """Where only the weights name their data, a line says how to have the units counted."""
    result = mlp("inspect", trained)
    assert result.stderr == (
        "dead and saturated units are not counted, as the data cannot be used: "
        f"{trained}/best.npz: a path that only a weights file names is not opened; give --data "
        f"{glyph_file}, the data it was trained on, or other data\n"
    )
    assert "" == mlp("inspect", trained, "--data", glyph_file).stderr


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("kmnist", "kmnist: the classes must be those the network was trained on (0, "),
        ("mnist", "mnist: not in the data root own ("),
        ("none.npz", "none.npz: cannot be read, No such file"),
        ("other.npz", "other.npz: images must be 28×28 pixels, got 5×5\n"),
    ],
)
def test_data_that_cannot_be_used(
    mlp: Mlp, trained: Path, monkeypatch: pytest.MonkeyPatch, data: str, message: str
) -> None:
    """Data that were asked for and cannot be used are an error; nothing is downloaded."""
    monkeypatch.setenv("MLP_DATA", "own")
    x, y = np.zeros((10, 5, 5), dtype=np.uint8), np.arange(10)
    np.savez("other.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    result = mlp("inspect", trained, "--data", data)
    assert (1, "") == (result.exit_code, result.stdout)
    assert message in result.stderr
    assert not Path("own").exists()


def test_data_not_at_hand(
    mlp: Mlp, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the data set everything else is told, and why the units are not counted."""
    data = {"name": "kmnist", "root": str(tmp_path), "validation": 100}
    altered(trained / "best.npz", tmp_path / "w.npz", data)
    monkeypatch.setenv("MLP_DATA", str(tmp_path))
    result = mlp("inspect", tmp_path / "w.npz")
    assert result.stderr.endswith("; mlp data fetch kmnist downloads it\n")
    assert 0 == result.exit_code
    assert (
        "dead and saturated units are not counted, as the data cannot be used: kmnist: not in"
        in (result.stderr)
    )
    assert "relu                      30\n" in result.stdout


def test_json(mlp: Mlp, trained: Path) -> None:
    """The JSON object has the same, and the whole history."""
    record = json.loads(mlp("inspect", trained, "--json").stdout)
    lines = (trained / "log.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == record["history"]
    assert 23860 == record["parameters"]
    assert [[784, 30], [30, 10]] == [layer["shape"] for layer in record["layers"]]
    assert (trained / "best.npz").stat().st_size == record["bytes"]


def test_history_goes_on_after_the_best_epoch(trained: Path, tmp_path: Path) -> None:
    """Of the best weights of a run all its epochs are told; of ones alone, those until then."""
    whole = Inspection.load(trained / "last.npz").history
    checkpoint = load_checkpoint(trained / "best.npz")
    first = metadata_of(checkpoint.path) | {"history": metadata_of(checkpoint.path)["history"][:1]}
    write_checkpoint(tmp_path / "best.npz", checkpoint.arrays, first)
    assert whole[:1] == Inspection.load(tmp_path / "best.npz").history
    shutil.copy(trained / "last.npz", tmp_path)
    assert whole == Inspection.load(tmp_path / "best.npz").history
    other = [first["history"][0] | {"train_loss": 5.0}]
    write_checkpoint(tmp_path / "best.npz", checkpoint.arrays, first | {"history": other})
    assert 1 == len(Inspection.load(tmp_path / "best.npz").history)


def test_latest_weights_that_are_elsewhere(trained: Path, tmp_path: Path) -> None:
    """Of latest weights only those are read that are in the folder, and no link is followed."""
    checkpoint = load_checkpoint(trained / "best.npz")
    first = metadata_of(checkpoint.path) | {"history": metadata_of(checkpoint.path)["history"][:1]}
    (tmp_path / "sent").mkdir()
    write_checkpoint(tmp_path / "sent" / "best.npz", checkpoint.arrays, first)
    latest = tmp_path / "sent" / "last.npz"
    latest.symlink_to(trained / "last.npz")
    assert 1 == len(Inspection.load(tmp_path / "sent" / "best.npz").history)
    latest.unlink()
    latest.symlink_to("x" * 300)
    assert 1 == len(Inspection.load(tmp_path / "sent" / "best.npz").history)


def test_latest_weights_only(mlp: Mlp, trained: Path) -> None:
    """Of a run without best weights the latest are looked at."""
    (trained / "best.npz").unlink()
    assert "last.npz" in mlp("inspect", trained).stdout


def test_newest_run(mlp: Mlp, config_file: Path) -> None:
    """Without an argument it is the newest run, or the weights that come with mlp."""
    assert "reader.npz" in mlp("inspect").stdout
    mlp("train", "--config", config_file, "--set", "training.epochs=1")
    assert "runs/small/best.npz" in mlp("inspect").stdout


@pytest.mark.parametrize(
    ("place", "message"),
    [
        (
            "empty",
            "empty: must be weights, the directory of a run or a folder of either, but holds no weights of a run that has ended",
        ),
        ("none.npz", "none.npz: cannot be read as mlp weights, "),
    ],
)
def test_no_weights(mlp: Mlp, place: str, message: str) -> None:
    """A folder without weights, or a file that is not there, is one line."""
    Path("empty").mkdir()
    result = mlp("inspect", place)
    assert 1 == result.exit_code
    assert result.stderr.startswith(message)
    assert 1 == result.stderr.count("\n")


def test_drawn_digits(
    mlp: Mlp, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of synthetic digits no more are drawn than are looked at, however many weights speak of."""
    drawn = {"name": "synthetic", "train": 2_000_000, "test": 2_000_000, "validation": 0}
    altered(trained / "best.npz", tmp_path / "w.npz", drawn)
    opened = []

    def watch(data: DataConfig, seed: int, **_: object) -> Dataset:
        opened.append((data.train, data.test))
        return open_configured(data, seed)

    monkeypatch.setattr(selection, "open_configured", watch)
    found = json.loads(mlp("inspect", tmp_path / "w.npz", "--json").stdout)
    assert 30 == found["health"][0]["units"]
    assert [(1, 1000)] == opened


def test_images_for_health(trained: Path, glyphs: Dataset) -> None:
    """A unit is dead that is off for each image of a sample, spread over sorted data too."""
    inspection = Inspection.load(trained / "best.npz")
    images = np.concatenate([glyphs.train.images, glyphs.test.images])  # 600
    dark = np.zeros((10000, 28, 28), dtype=np.uint8)

    def dead(images: Pixels) -> int:
        return inspection.health(images)[0].dead or 0

    assert dead(dark) > dead(images)
    assert dead(dark) > dead(np.concatenate([dark[600:], images]))
    between = dark.copy()
    between[9:6000:10] = images
    assert dead(dark) == dead(between)


def test_in_the_middle_of_an_epoch(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """Weights that were saved within an epoch say how far they are."""
    checkpoint = load_checkpoint(trained / "last.npz")
    changed = metadata_of(checkpoint.path) | {"epoch": 0, "history": []}
    changed["under_way"] = {"steps": 1200, "loss_sum": 1.0, "seconds": 1.0}
    write_checkpoint(tmp_path / "w.npz", checkpoint.arrays, changed)
    assert "epoch        0 of 3, and 1,200 steps of the next\n" in mlp("inspect", "w.npz").stdout
