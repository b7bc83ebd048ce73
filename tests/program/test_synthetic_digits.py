"""Networks trained and evaluated on synthetic digits."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import mlpcli
from mlpcli.config.data import DataConfig
from mlpcli.datasets import Dataset, selection
from mlpcli.errors import ConfigError, DataError
from tests.conftest import Mlp
from tests.support.checkpoints import altered

TINY = ("data.train=300", "data.test=40", "data.validation=60", "training.epochs=1")
LEARNS = ("training.batch_size=8",)  # where two steps would come to no more than guesses


def test_synthetic(mlp: Mlp) -> None:
    """A network is trained on synthetic digits, and evaluated on the digits of its own seed."""
    changes = [word for change in (*TINY, *LEARNS) for word in ("--set", change)]
    for seed in (0, 1):
        run = f"runs/{seed}"
        words = ["--config", "quickstart", *changes, "--set", f"seed={seed}", "--out", run]
        trained = mlp("train", *words, "--quiet")
        assert (0, "") == (trained.exit_code, trained.stderr)
        result = mlp("evaluate", "--weights", f"{run}/best.npz", "--json")
        record = json.loads(result.stdout)
        assert ("synthetic", 40) == (record["data"], record["count"])
        right = round(40 * record["accuracy"])
        assert f"({right} of 40)" in trained.stdout
    confusions = [
        json.loads(mlp("evaluate", "--weights", f"runs/{seed}/best.npz", "--json").stdout)[
            "per_class"
        ]
        for seed in (0, 1)
    ]
    supports = [[row["support"] for row in rows] for rows in confusions]
    assert supports[0] != supports[1]


@pytest.mark.parametrize("split", ["train", "validation", "test"])
def test_no_other_digits_are_drawn(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    """To evaluate on one split of synthetic digits, the others are not drawn."""
    counts = ["data.train=600", "data.validation=300", "data.test=300"]
    changes = [word for change in [*TINY, *counts] for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    monkeypatch.setenv("MLP_CACHE", str(tmp_path / "cache"))
    result = mlp("evaluate", "--weights", "run/best.npz", "--split", split, "--json")
    drawn = (tmp_path / "cache").rglob("*-labels.npy")
    kept = {path.stem.partition("-")[0]: len(np.load(path)) for path in drawn}
    assert kept.pop(split) == json.loads(result.stdout)["count"] == 300
    assert kept == ({"validation": 300} if split == "train" else {})


def test_all_digits_of_a_run(mlp: Mlp) -> None:
    """All synthetic digits are those of the run: trained on, kept for validation and tested with."""
    changes = [word for change in TINY for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    each, together = (
        [json.loads(mlp("evaluate", "--split", split, "--json", "--weights", "run/best.npz").stdout)
         for split in splits]
        for splits in (("train", "validation", "test"), ("all",))
    )  # fmt: skip
    assert [240, 60, 40] == [record["count"] for record in each]
    assert 340 == together[0]["count"]
    confusion = np.sum([record["confusion"] for record in each], axis=0)
    assert confusion.tolist() == together[0]["confusion"]


def test_evaluate_elsewhere(mlp: Mlp, glyph_file: Path) -> None:
    """A network of synthetic digits is evaluated on other data, and refused if the classes differ."""
    changes = [word for change in TINY for word in ("--set", change)]
    mlp("train", "--config", "quickstart", *changes, "--out", "run", "--quiet")
    weights = ["--weights", "run/best.npz"]
    record = json.loads(mlp("evaluate", *weights, "--data", glyph_file, "--json").stdout)
    assert (str(glyph_file), 100) == (record["data"], record["count"])
    assert "kmnist: the classes must be" in mlp("evaluate", *weights, "--data", "kmnist").stderr


def test_national_digits(mlp: Mlp, trained: Path) -> None:
    """A network of any digits is evaluated on national ones."""
    result = mlp("evaluate", "--weights", trained, "--data", "synthetic-national", "--json")
    record = json.loads(result.stdout)
    assert ("synthetic-national", 10_000) == (record["data"], record["count"])
    assert record["accuracy"] > 0.3


def test_outliers_are_of_no_class(mlp: Mlp, trained: Path) -> None:
    """No accuracy is given for images that have no class."""
    result = mlp("evaluate", "--weights", trained, "--data", "synthetic-outliers")
    expected = "synthetic-outliers: its images are of no class, so nothing can be evaluated"
    assert (1, f"{expected}\n") == (result.exit_code, result.stderr)


def test_no_training_on_outliers() -> None:
    """From Python, too, nothing is trained on images that have no class."""
    outliers = mlpcli.open_dataset("synthetic-outliers", drawing=mlpcli.Drawing(40, 20))
    with pytest.raises(ConfigError, match="must have classes to learn, got synthetic-outliers"):
        mlpcli.train(mlpcli.load_config("quickstart"), dataset=outliers)


def asked_for(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, int]]:
    """Return what will hold how many digits are asked for, instead of drawing them."""
    asked = []

    def watch(data: DataConfig, _seed: int, **_: object) -> Dataset:
        asked.append((data.train, data.held_out(data.train), data.test))
        raise DataError("as far as this test goes")

    monkeypatch.setattr(selection, "open_configured", watch)
    return asked


@pytest.mark.parametrize(
    ("options", "drawn", "note"),
    [
        ((), (1, 0, 10_000), "of the 2000000 test images"),
        (("--data", "synthetic"), (1, 0, 2_000_000), ""),
        (("--split", "validation"), (10_001, 10_000, 1), "of the 90000 validation images"),
        (("--split", "train"), (70_000, 10_000, 1), "of the 1909999 train images"),
        (("--split", "all"), (70_000, 10_000, 10_000), "of the 2000000 test images"),
    ],
)
def test_digits_without_number(
    mlp: Mlp,
    trained: Path,
    monkeypatch: pytest.MonkeyPatch,
    options: Sequence[str],
    drawn: tuple[int, int, int],
    note: str,
) -> None:
    """However many synthetic digits weights name, only the usual number is drawn by default."""
    data = {"name": "synthetic", "train": 1_999_999, "validation": 90_000, "test": 2_000_000}
    altered(trained / "best.npz", trained / "best.npz", data)
    asked = asked_for(monkeypatch)
    result = mlp("evaluate", "--weights", trained, *options)
    assert [drawn] == asked
    assert (note in result.stderr) if note else ("note" not in result.stderr)


@pytest.mark.parametrize("split", ["test", "validation", "train", "all"])
def test_digits_of_other_weights(
    mlp: Mlp, trained: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    """Counts in weights of other data do not decide how many digits are drawn."""
    data = {"name": "mnist", "train": 2_000_000, "validation": 10**15, "test": 2_000_000}
    altered(trained / "best.npz", trained / "best.npz", data)
    asked = asked_for(monkeypatch)
    mlp("evaluate", "--weights", trained, "--data", "synthetic", "--split", split)
    ((train, validation, test),) = asked
    assert (60_000, 10_000, 10_000) >= (train, validation, test)
    assert max(validation, test) <= 10_000
