"""Metrics of predictions against labels."""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.arrays import Array
from mlpcli.losses import log_softmax
from mlpcli.network import Network
from mlpcli.normalization import Pixels, to_inputs

BATCH = 1000  # images at a time; large products are the fastest
AT_ONCE = 1 << 25  # features of all layers, which a very wide network has with fewer images


def compute_logits(network: Network, images: Pixels) -> Array:
    """Run a network over any number of images.

    Args:
        network: ready to predict, without dropout.
        images: (count, height, width) uint8.

    Returns:
        (count, classes) float32.
    """
    rows = rows_at_once(network, len(images))
    inputs = np.empty((rows, network.sizes[0]), dtype=np.float32)
    batches = (images[start : start + rows] for start in range(0, len(images), rows))
    logits = [network.forward(to_inputs(batch, inputs[: len(batch)])).copy() for batch in batches]
    return np.concatenate(logits)


def rows_at_once(network: Network, count: int) -> int:
    """Return how many of so many images a network takes at a time."""
    return max(1, min(BATCH, AT_ONCE // sum(network.sizes), count))


@dataclass(frozen=True)
class Metrics:
    """How well log-probabilities agree with labels.

    Attributes:
        loss: mean negative log-probability of the right class.
        confusion: (classes, classes) counts; rows are the labels, columns the answers.
    """

    loss: float
    confusion: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many images there were."""
        return int(self.confusion.sum())

    @property
    def correct(self) -> int:
        """How many answers were right."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """The share of right answers."""
        return self.correct / self.count

    @property
    def support(self) -> NDArray[np.int64]:
        """How many images each class has, (classes,)."""
        return np.asarray(self.confusion.sum(axis=1))

    @property
    def precision(self) -> NDArray[np.float64]:
        """Of the answers that name a class, the share that is right; 0 where there are none."""
        return _ratio(np.diag(self.confusion), self.confusion.sum(axis=0))

    @property
    def recall(self) -> NDArray[np.float64]:
        """Of the images of a class, the share that was found; 0 where there are none."""
        return _ratio(np.diag(self.confusion), self.support)

    @property
    def f1(self) -> NDArray[np.float64]:
        """The harmonic mean of precision and recall, (classes,)."""
        return _ratio(2 * self.precision * self.recall, self.precision + self.recall)


def measure(log_probabilities: Array, labels: NDArray[np.int64]) -> Metrics:
    """Compare predictions with labels.

    Args:
        log_probabilities: (count, classes), count ≥ 1.
        labels: (count,) in [0, classes).
    """
    classes = log_probabilities.shape[1]
    answers = log_probabilities.argmax(axis=1)
    pairs = np.bincount(labels * classes + answers, minlength=classes * classes)
    of_label = log_probabilities[np.arange(len(labels)), labels]
    return Metrics(-float(of_label.mean(dtype=np.float64)), pairs.reshape(classes, classes))


def measure_logits(logits: Array, labels: NDArray[np.int64]) -> Metrics:
    """Compare (count, classes) logits with labels."""
    return measure(log_softmax(logits), labels)


@dataclass(frozen=True)
class Reliability:
    """How often answers are right that are equally sure, in bins of equal width over [0, 1].

    Attributes:
        counts: (bins,) answers in each bin.
        confidence: (bins,) their mean probability; 0 where there are none.
        accuracy: (bins,) the share of right ones, likewise.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def ece(self) -> float:
        """The expected calibration error: how far the two are apart for an answer, in the mean.

        See Guo et al., arXiv:1706.04599; in [0, 1], 0 being the best.
        """
        gaps = np.abs(self.accuracy - self.confidence)
        return float((self.counts * gaps).sum() / self.counts.sum())


def measure_reliability(
    log_probabilities: Array, labels: NDArray[np.int64], bins: int = 15
) -> Reliability:
    """Compare how sure answers are with how often they are right.

    Args:
        log_probabilities: (count, classes), count ≥ 1.
        labels: (count,) in [0, classes).
        bins: how many.
    """
    confidence = np.exp(log_probabilities.max(axis=1), dtype=np.float64)
    right = log_probabilities.argmax(axis=1) == labels
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sums = (np.bincount(place, weights=each, minlength=bins) for each in (confidence, right))
    return Reliability(counts, *(_ratio(each, counts) for each in sums))


def wilson_interval(correct: int, count: int) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (Wilson 1927)."""
    z = 1.959963984540054  # the normal distribution's 97.5 % quantile
    share = correct / count
    centre = (share + z * z / (2 * count)) / (1 + z * z / count)
    spread = z * sqrt(share * (1 - share) / count + z * z / (4 * count**2)) / (1 + z * z / count)
    return max(0.0, centre - spread), min(1.0, centre + spread)


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> NDArray[np.float64]:
    result = np.zeros(len(part))
    np.divide(part, whole, out=result, where=whole > 0)
    return result
