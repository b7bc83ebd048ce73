"""Outliers in the loss, and the score that tells them from images with a class."""

import numpy as np
import pytest

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.losses import CrossEntropy
from mlpcli.nn.outliers import OutlierCrossEntropy, fit_threshold, outlier_scores
from mlpcli.utils.arrays import Array

LABELS = np.array([0, 3, -1, 2, 2, -1, 1])


def random_logits(dtype: type = np.float64) -> Array:
    """Return logits of seven images and four classes."""
    return np.random.default_rng(0).normal(0, 2, (7, 4)).astype(dtype)


def outlier_loss(smoothing: float = 0.0) -> OutlierCrossEntropy:
    """Return the loss for four classes."""
    return OutlierCrossEntropy(FastCrossEntropy(smoothing), 4)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_one_more_class(smoothing: float) -> None:
    """The loss is the cross-entropy of five classes, the last one with a logit of 0."""
    logits, reference = random_logits(), CrossEntropy(smoothing)
    extended = np.concatenate([logits, np.zeros((7, 1))], axis=1)
    expected = reference.forward(extended, np.where(LABELS < 0, 4, LABELS))
    loss = outlier_loss(smoothing)
    assert pytest.approx(expected) == loss.forward(logits, LABELS)
    np.testing.assert_allclose(reference.backward()[:, :4], loss.backward(), atol=1e-12)


def test_gradient() -> None:
    """The gradient agrees with finite differences."""
    logits, loss, step = random_logits(), outlier_loss(0.1), 1e-6
    loss.forward(logits, LABELS)
    gradient = loss.backward().copy()
    for place in np.ndindex(logits.shape):
        moved = [logits.copy(), logits.copy()]
        moved[0][place] += step
        moved[1][place] -= step
        above, below = (loss.forward(each, LABELS) for each in moved)
        assert pytest.approx((above - below) / (2 * step), abs=1e-6) == gradient[place]


def test_labels_stay() -> None:
    """The labels of a batch are not changed."""
    labels = LABELS.copy()
    outlier_loss().forward(random_logits(), labels)
    assert LABELS.tolist() == labels.tolist()


def test_replica() -> None:
    """A replica computes the same, in arrays of its own."""
    logits, loss = random_logits(), outlier_loss(0.1)
    expected = loss.forward(logits, LABELS)
    gradient = loss.backward()
    kept = gradient.copy()
    replica = loss.replica()
    assert expected == replica.forward(logits, LABELS)
    replica.forward(-logits, LABELS)
    replica.backward()
    assert kept.tolist() == gradient.tolist()


def test_class_weights() -> None:
    """An image counts the weight of its class, and an outlier that of outliers."""
    logits, weights = random_logits(), np.array([2.0, 0.0, 1.0, 3.0, 0.5])
    loss = OutlierCrossEntropy(FastCrossEntropy(0.0, weights), 4)
    each = [
        weight * outlier_loss().forward(logits[n : n + 1], LABELS[n : n + 1])
        for n, weight in enumerate(weights[np.where(LABELS < 0, 4, LABELS)])
    ]
    assert pytest.approx(sum(each) / 7) == loss.forward(logits, LABELS)
    assert [2.0, 0.0, 1.0, 3.0] == np.asarray(loss.class_weights).tolist()


def test_scores() -> None:
    """The score is the probability of the fifth class, and does not overflow."""
    logits = random_logits()
    assert pytest.approx(1 / (1 + np.exp(logits).sum(axis=1))) == outlier_scores(logits)
    extreme = np.array([[-1000.0, -900.0], [1000.0, 0.0], [0.0, -1000.0]], dtype=np.float32)
    assert [1.0, 0.0, 0.5] == outlier_scores(extreme).tolist()


def test_threshold() -> None:
    """Four in a thousand images with a class lie above the threshold."""
    scores = np.random.default_rng(0).random(10_000)
    assert 40 == np.count_nonzero(scores > fit_threshold(scores))
