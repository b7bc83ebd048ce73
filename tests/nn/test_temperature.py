"""The temperature, against logits whose true temperature is known."""

from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError
from mlpcli.inference.classifier import BUNDLED, Classifier
from mlpcli.inference.tta import views
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits, measure
from mlpcli.nn.temperature import HIGHEST, LOWEST, fit_temperature
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of
from tests.support.checkpoints import write as write_checkpoint


def drawn(temperature: float, count: int = 20000) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels that follow softmax(logits / temperature)."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 3, (count, 10)).astype(np.float32)
    noise = generator.gumbel(size=logits.shape)  # its largest sum with logits is a draw of softmax
    return logits, (logits / temperature + noise).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.3, 0.8, 1.0, 1.7, 6.0])
def test_true_temperature(temperature: float) -> None:
    """The temperature that labels were drawn with is found again."""
    assert temperature == pytest.approx(fit_temperature(*drawn(temperature)), rel=0.03)


def test_least_cross_entropy() -> None:
    """It is the minimum that a general search finds."""
    logits, labels = drawn(1.7, 500)
    exact = logits.astype(np.float64)

    def cross_entropy(temperature: float) -> float:
        return measure(log_softmax(exact / temperature), labels).loss

    expected = minimize_scalar(cross_entropy, bounds=(1, 3), options={"xatol": 1e-9}).x
    assert expected == pytest.approx(fit_temperature(logits, labels), rel=1e-5)


def test_shifted_logits() -> None:
    """Logits are free in a constant for each image."""
    logits, labels = drawn(1.7, 500)
    shifted = logits + 100 * np.arange(500, dtype=np.float32)[:, None]
    assert fit_temperature(logits, labels) == pytest.approx(
        fit_temperature(shifted, labels), rel=1e-2
    )


def test_every_answer_right() -> None:
    """Where no answer is wrong nothing is known of the temperature, and it stays 1."""
    logits, _ = drawn(1.0, 100)
    assert 1.0 == fit_temperature(logits, logits.argmax(axis=1))


def test_bounds() -> None:
    """Answers that are always wrong, and ones that are hardly ever sure enough, end at a bound."""
    logits, _ = drawn(1.0, 100)
    assert HIGHEST == pytest.approx(fit_temperature(logits, logits.argmin(axis=1)), rel=1e-5)
    assert HIGHEST >= fit_temperature(logits, logits.argmin(axis=1))
    unsure, labels = 0.001 * logits, logits.argmax(axis=1)
    labels[0] = logits[0].argmin()
    assert LOWEST == pytest.approx(fit_temperature(unsure, labels), rel=1e-5)


def test_huge_logits() -> None:
    """The largest logits there are bring neither a warning nor a number that is none."""
    logits = np.tile(np.array([3e38, -3e38], dtype=np.float32), (99, 1))
    assert HIGHEST == pytest.approx(fit_temperature(logits, np.arange(99) % 3 // 2), rel=1e-5)


def test_few_images() -> None:
    """Of a handful of images nothing is concluded."""
    logits, labels = drawn(3.0, 1000)
    assert 1.0 == fit_temperature(logits[:49], labels[:49])
    assert 1.0 != fit_temperature(logits[:50], labels[:50])


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
        for view in views(images)
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


def test_older_weights() -> None:
    """Weights that were saved without a temperature have 1."""
    assert "temperature" not in metadata_of(BUNDLED)
    assert 1.0 == load_checkpoint(BUNDLED).metadata.temperature


def test_used_for_probabilities(trained: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Probabilities are those of the logits divided by the temperature, answers stay the same."""
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
