"""The temperature in weights: where it comes from, and what a classifier makes of it."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.tta import copies
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits
from mlpcli.nn.temperature import fit_temperature
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of
from tests.support.checkpoints import read as read_file
from tests.support.checkpoints import write as write_checkpoint


def test_small_turns_and_several_networks(weak: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Each network has its own temperature, for each of the shifts and rotations of an image."""
    images = glyphs.test.images[:20]
    as_digits = {"preparation": {"kind": "digit", "height": 28, "width": 28}}
    paths = []
    for name, temperature in (("cold", 0.5), ("hot", 4.0)):
        checkpoint = load_checkpoint(weak)
        paths.append(tmp_path / f"{name}.npz")
        changed = metadata_of(checkpoint.path) | as_digits | {"temperature": temperature}
        write_checkpoint(paths[-1], checkpoint.arrays, changed)
    (network,) = Classifier.load([weak]).networks
    each = [
        np.exp(log_softmax(compute_logits(network, view) / temperature))
        for view in copies(images)
        for temperature in (0.5, 4.0)
    ]
    found = Classifier.load(paths).log_probabilities(images, tta=True)
    np.testing.assert_allclose(np.mean(each, axis=0), np.exp(found), atol=1e-5)
    plain = np.exp(Classifier.load(paths).calibrated_and_uncalibrated(images)[1])
    np.testing.assert_allclose(
        np.exp(log_softmax(compute_logits(network, images))), plain, atol=1e-5
    )


def test_run_is_calibrated(mlp: Mlp, config_file: Path, glyphs: Dataset) -> None:
    """The temperature of saved weights is the one that fits the validation images."""
    few = ["--set", "training.optimizer.learning_rate=0.01", "--set", "training.epochs=2"]
    mlp("train", "--config", config_file, "--out", "run", *few)
    for name in ("best.npz", "last.npz"):
        classifier = Classifier.load([Path("run") / name])
        _, plain = classifier.calibrated_and_uncalibrated(glyphs.validation.images)
        expected = fit_temperature(plain, glyphs.validation.labels)
        (found,) = classifier.temperatures
        assert expected == pytest.approx(found, rel=1e-3)
        assert 1.0 != found


def test_without_validation(mlp: Mlp, config_file: Path) -> None:
    """Without validation images the temperature is 1."""
    mlp("train", "--config", config_file, "--out", "run", "--set", "data.validation=0")
    assert 1.0 == load_checkpoint(Path("run/best.npz")).metadata.temperature


def test_older_weights(tmp_path: Path) -> None:
    """Weights that were saved without a temperature have 1."""
    arrays, values = read_file(BUNDLED)
    del values["temperature"]
    write_checkpoint(tmp_path / "old.npz", arrays, values)
    assert 1.0 == load_checkpoint(tmp_path / "old.npz").metadata.temperature


def test_used_for_probabilities(trained: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Probabilities are those of the logits divided by the temperature, predictions stay the same."""
    checkpoint = load_checkpoint(trained / "best.npz")
    write_checkpoint(
        tmp_path / "w.npz", checkpoint.arrays, metadata_of(checkpoint.path) | {"temperature": 2.0}
    )
    classifier = Classifier.load([tmp_path / "w.npz"])
    calibrated, plain = classifier.calibrated_and_uncalibrated(glyphs.test.images)
    np.testing.assert_allclose(log_softmax(plain / 2), calibrated, atol=1e-5)
    np.testing.assert_array_equal(classifier.log_probabilities(glyphs.test.images), calibrated)
    np.testing.assert_array_equal(plain.argmax(axis=1), calibrated.argmax(axis=1))


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0.0, r"the temperature must be in \[0.05, 20\], got 0"),
        (-1.0, r"the temperature must be in \[0.05, 20\], got -1"),
        (1e9, r"the temperature must be in \[0.05, 20\], got 1e\+09"),
        ("hot", r"the metadata must hold temperature, a float, got 'hot'"),
        (True, r"the metadata must hold temperature, a float, got True"),
        (None, r"the metadata must hold temperature, a float, got None"),
    ],
)
def test_bad_temperature(trained: Path, tmp_path: Path, value: object, message: str) -> None:
    """A temperature that is none is refused."""
    checkpoint = load_checkpoint(trained / "best.npz")
    write_checkpoint(
        tmp_path / "w.npz", checkpoint.arrays, metadata_of(checkpoint.path) | {"temperature": value}
    )
    with pytest.raises(CheckpointError, match=message):
        Classifier.load([tmp_path / "w.npz"])
