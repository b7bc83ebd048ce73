"""The temperature of the mean of several networks."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import mlpcli
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError
from mlpcli.inference.calibrating import check_held_out, fit_to_held_out
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import measure
from mlpcli.nn.temperature import fit_temperature
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.runs.committee import COMMITTEE, write_list
from mlpcli.runs.finding import load_weights
from tests.conftest import Mlp
from tests.support.checkpoints import rewrite

MEMBERS = ("other", "weak")


@pytest.fixture
def folder(finished_runs: Path, tmp_path: Path) -> Path:
    """A folder with two runs, one of which is the other with noise on its weights."""
    folder = tmp_path / "many"
    for name in MEMBERS:
        shutil.copytree(finished_runs / "weak", folder / name)
    weight = load_checkpoint(folder / "other" / "best.npz").arrays["layers.0.weight"]
    noise = np.random.default_rng(0).normal(0, weight.std(), weight.shape).astype(np.float32)
    rewrite(folder / "other" / "best.npz", {"layers.0.weight": weight + noise})
    return folder


def test_by_hand(folder: Path, glyphs: Dataset) -> None:
    """The mean p becomes p^(1/T), divided by its sum, wherever probabilities are asked for."""
    images = glyphs.test.images
    each = [Classifier.load([folder / name / "best.npz"]).predict_proba(images) for name in MEMBERS]
    power = np.mean(each, axis=0, dtype=np.float64) ** (1 / 0.5)
    expected = power / power.sum(axis=1, keepdims=True)
    write_list(folder, [folder / name / "best.npz" for name in MEMBERS], 0.5)
    classifier = mlpcli.load(folder)
    np.testing.assert_allclose(expected, classifier.predict_proba(images), atol=1e-5)
    judged = np.stack([each.probabilities for each in classifier.judge(images)])
    np.testing.assert_allclose(expected, judged, atol=1e-5)
    calibrated, plain = map(np.exp, classifier.calibrated_and_uncalibrated(images))
    np.testing.assert_allclose(expected, calibrated, atol=1e-5)
    without = Classifier.load([folder / name / "best.npz" for name in MEMBERS])
    np.testing.assert_array_equal(np.exp(without.calibrated_and_uncalibrated(images)[1]), plain)


def test_command(mlp: Mlp, folder: Path, glyph_file: Path, glyphs: Dataset) -> None:
    """`--calibrate` fits it to the validation images, keeps it, and lowers their loss."""
    data = ("--data", glyph_file, "--split", "validation", "--json")
    result = mlp("evaluate", "--weights", folder, *data, "--calibrate")
    assert 0 == result.exit_code, result.stderr
    split = glyphs.validation
    files = [folder / name / "best.npz" for name in MEMBERS]
    logits = Classifier.load(files).log_probabilities(split.images)
    expected = fit_temperature(logits, split.labels)
    written = json.loads((folder / COMMITTEE).read_text())
    assert ["other/best.npz", "weak/best.npz"] == written["weights"]
    assert pytest.approx(expected) == written["temperature"] != 1
    assert written["temperature"] == json.loads(result.stdout)["mean_temperature"]
    assert f"{COMMITTEE}: temperature of the mean {expected:.3g}, by" in result.stderr
    found = mlpcli.load(folder).log_probabilities(split.images)
    assert measure(found, split.labels).loss < measure(logits, split.labels).loss
    assert (
        f" and {expected:.3g} of the mean:"
        in mlp("evaluate", "--weights", folder, "--data", glyph_file).stdout
    )
    again = mlp("evaluate", "--weights", folder, *data, "--calibrate")
    assert json.loads(result.stdout) == json.loads(again.stdout)


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--weights", "many"], "held out: give --split validation"),
        (["--weights", "many", "--split", "test"], "held out: give --split validation"),
        (["--weights", "many/weak", "--split", "validation"], "give one folder of them"),
        (["--weights", "many", "--weights", "many", "--split", "validation"], "one folder of them"),
    ],
)
def test_refused(mlp: Mlp, folder: Path, glyph_file: Path, options: list[str], reason: str) -> None:
    """It is never fitted to test images, and only for a folder of several networks."""
    assert folder == Path.cwd() / "many"
    result = mlp("evaluate", *options, "--data", glyph_file, "--calibrate")
    assert 2 == result.exit_code
    assert reason in result.stderr
    assert not (folder / COMMITTEE).exists()


def test_held_out(folder: Path, glyphs: Dataset) -> None:
    """Networks that have held out other images, or none, have no common temperature."""
    rewrite(folder / "weak" / "best.npz", {}, data={"name": "x", "fingerprint": "0"})
    with pytest.raises(CheckpointError, match=r"weak/best.npz: must have held out the same"):
        check_held_out(load_weights(folder))
    rewrite(folder / "other" / "best.npz", {}, data={"name": "x", "fingerprint": "0"})
    with pytest.raises(CheckpointError, match=r"other/best.npz: must have been trained on the"):
        fit_to_held_out(load_weights(folder), glyphs)


def test_without_validation(mlp: Mlp, config_file: Path, glyphs: Dataset) -> None:
    """Networks without validation images cannot be calibrated together."""
    few = ("--set", "data.validation=0", "--set", "training.epochs=1")
    for name in "ab":
        mlp("train", "--config", config_file, "--out", f"many/{name}", *few)
    with pytest.raises(CheckpointError, match=r"a/best.npz: has held out no validation images"):
        fit_to_held_out(load_weights(Path("many")), glyphs)


def test_with_others(mlp: Mlp, folder: Path, glyph_file: Path) -> None:
    """Beside other networks, the temperature of a folder is left out with a note."""
    write_list(folder, [folder / name / "best.npz" for name in MEMBERS], 0.5)
    both = ("--weights", folder, "--weights", folder / "weak")
    result = mlp("evaluate", *both, "--data", glyph_file, "--json")
    assert 1 == json.loads(result.stdout)["mean_temperature"]
    assert f"note: {folder}: the temperature of its mean, 0.5, is left out" in result.stderr


def test_name_that_cannot_be_listed(mlp: Mlp, folder: Path, glyph_file: Path) -> None:
    """A member whose name a list cannot hold is to be renamed."""
    (folder / "weak").rename(folder / "rather weak")
    data = ("--data", glyph_file, "--split", "validation")
    result = mlp("evaluate", "--weights", folder, *data, "--calibrate")
    assert 1 == result.exit_code
    assert "rather weak/best.npz: must have a name of letters, digits" in result.stderr
