"""The temperature, against logits whose true temperature is known."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import measure
from mlpcli.nn.temperature import HIGHEST, LOWEST, fit_temperature


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


def test_every_prediction_right() -> None:
    """Where no prediction is wrong nothing is known of the temperature, and it stays 1."""
    logits, _ = drawn(1.0, 100)
    assert 1.0 == fit_temperature(logits, logits.argmax(axis=1))


def test_bounds() -> None:
    """Predictions that are always wrong, and ones that are hardly ever sure enough, end at a bound."""
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
