"""Metrics against values worked out by hand."""

import numpy as np
import pytest

from mlpcli.datasets import Dataset
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import (
    Predictions,
    compute_logits,
    measure,
    measure_reliability,
    wilson_interval,
)
from mlpcli.nn.network import Network
from mlpcli.utils.randomness import Purpose, stream

# labels 0 0 0 1 1 2, predictions 0 0 1 1 1 0; 2 is never predicted
PROBABILITIES = np.array(
    [
        [0.7, 0.2, 0.1],
        [0.5, 0.3, 0.2],
        [0.1, 0.8, 0.1],
        [0.2, 0.6, 0.2],
        [0.3, 0.4, 0.3],
        [0.6, 0.2, 0.2],
    ]
)
LABELS = np.array([0, 0, 0, 1, 1, 2])


def test_confusion() -> None:
    """Rows of the confusion matrix are labels, columns predictions."""
    metrics = measure(np.log(PROBABILITIES), LABELS)
    np.testing.assert_array_equal([[2, 1, 0], [0, 2, 0], [1, 0, 0]], metrics.confusion)
    assert (6, 4, 4 / 6) == (metrics.count, metrics.correct, metrics.accuracy)


def test_per_class() -> None:
    """Precision, recall and F1 follow from the counts; a class never predicted has zeros."""
    metrics = measure(np.log(PROBABILITIES), LABELS)
    np.testing.assert_allclose(metrics.precision, [2 / 3, 2 / 3, 0])
    np.testing.assert_allclose(metrics.recall, [2 / 3, 1, 0])
    np.testing.assert_allclose(metrics.f1, [2 / 3, 0.8, 0])
    np.testing.assert_array_equal([3, 2, 1], metrics.support)


def test_loss() -> None:
    """The loss is the mean of −log p of the right class."""
    expected = -np.log([0.7, 0.5, 0.1, 0.6, 0.4, 0.2]).mean()
    assert expected == pytest.approx(measure(np.log(PROBABILITIES), LABELS).loss)
    shifted = np.log(PROBABILITIES) + 5  # logits are free in a constant
    assert expected == pytest.approx(measure(log_softmax(shifted), LABELS).loss)


@pytest.mark.parametrize(
    ("correct", "count", "expected"),
    [
        (9812, 10000, (0.97834, 0.98368)),
        (0, 10, (0.0, 0.27753)),
        (10, 10, (0.72247, 1.0)),
        (5, 10, (0.23659, 0.76341)),
    ],
)
def test_wilson(correct: int, count: int, expected: tuple[float, float]) -> None:
    """The Wilson interval has its known values and stays within [0, 1]."""
    assert expected == pytest.approx(wilson_interval(correct, count), abs=1e-5)


def test_logits_in_batches(glyphs: Dataset) -> None:
    """Any number of images gives the logits of each, whatever the batches."""
    network = Network.mlp((784, 10), "relu")
    network.initialize("xavier", stream(0, Purpose.INITIAL_WEIGHTS))
    images = np.tile(glyphs.train.images, (5, 1, 1))[:2100]  # two batches and a rest
    logits = compute_logits(network, images)
    expected = images.reshape(2100, 784) / 255 @ network.linears[0].weight
    np.testing.assert_allclose(logits, expected, rtol=1e-4, atol=1e-4)


def test_a_very_wide_network(glyphs: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network of very many features takes fewer images at a time, and predicts the same."""
    network = Network.mlp((784, 10), "relu")
    network.initialize("xavier", stream(0, Purpose.INITIAL_WEIGHTS))
    expected = compute_logits(network, glyphs.test.images)
    monkeypatch.setattr("mlpcli.nn.metrics.AT_ONCE", 3 * 794)  # three images
    np.testing.assert_allclose(
        compute_logits(network, glyphs.test.images), expected, rtol=1e-4, atol=1e-4
    )


def test_reliability() -> None:
    """Predictions are put in bins by their confidence; ECE is the mean gap between that and accuracy."""
    reliability = measure_reliability(Predictions.of(np.log(PROBABILITIES), LABELS), bins=4)
    # sure of right ones: 0.7, 0.5, 0.6, 0.4; of wrong ones: 0.8, 0.6
    np.testing.assert_array_equal([0, 1, 4, 1], reliability.counts)
    np.testing.assert_allclose(reliability.confidence, [0, 0.4, 0.6, 0.8])
    np.testing.assert_allclose(reliability.accuracy, [0, 1, 0.75, 0])
    assert (1 * 0.6 + 4 * 0.15 + 1 * 0.8) / 6 == pytest.approx(reliability.ece)


def test_certain_predictions() -> None:
    """A probability of 1 is in the last bin, and right predictions that are certain have no gap."""
    reliability = measure_reliability(
        Predictions.of(np.log([[1.0, 1e-30]] * 5), np.zeros(5, dtype=np.int64))
    )
    assert 5 == reliability.counts[-1]
    assert 0 == reliability.ece
