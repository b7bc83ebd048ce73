"""Metrics of predictions against labels."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.images.normalization import Pixels, to_inputs
from mlpcli.nn.network import Network
from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import use_suitable_threads

BATCH = 1000  # images at a time; large products are fastest
AT_ONCE = 1 << 25  # values of all layers at a time; a very wide network takes fewer images
PART = 1 << 22  # log-probabilities at a time, usually those of all images


def compute_logits(network: Network, images: Pixels, rows: int | None = None) -> Array:
    """Run a network over any number of images.

    Args:
        network: ready to predict, without dropout.
        images: (count, height, width) uint8.
        rows: how many at a time; by default as `rows_at_once` says.

    Returns:
        (count, classes) float32.
    """
    rows = rows or rows_at_once(network, len(images))
    inputs = np.empty((rows, network.sizes[0]), dtype=np.float32)
    batches = (images[start : start + rows] for start in range(0, len(images), rows))
    with use_suitable_threads(network.sizes, rows):
        logits = [
            network.forward(to_inputs(batch, inputs[: len(batch)])).copy() for batch in batches
        ]
    return np.concatenate(logits)


def rows_at_once(network: Network, count: int) -> int:
    """Return how many of `count` images a network takes at a time."""
    return max(1, min(BATCH, AT_ONCE // sum(network.sizes), count))


def parts(count: int, classes: int) -> Iterator[slice]:
    """Yield slices of `count` images, each of as many whole batches as memory should hold."""
    rows = max(1, PART // classes)
    rows -= rows % BATCH if rows > BATCH else 0
    for start in range(0, count, rows):
        yield slice(start, min(start + rows, count))


@dataclass(frozen=True)
class Predictions:
    """The few numbers that are kept of each image's log-probabilities, however many the classes.

    Attributes:
        classes: how many there are.
        labels: (count,) in [0, classes).
        predicted: (count,) the likeliest class.
        confidence: (count,) the probability of the prediction.
        of_label: (count,) the log-probability of the label.
    """

    classes: int
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]
    confidence: NDArray[np.float64]
    of_label: Array

    @classmethod
    def of(cls, log_probabilities: Array, labels: NDArray[np.int64]) -> "Predictions":
        """Reduce (count, classes) log-probabilities for (count,) labels in [0, classes)."""
        predicted = log_probabilities.argmax(axis=1)
        rows = np.arange(len(labels))
        confidence = np.exp(log_probabilities[rows, predicted], dtype=np.float64)
        of_label = log_probabilities[rows, labels]
        return cls(log_probabilities.shape[1], labels, predicted, confidence, of_label)

    @classmethod
    def join(cls, of_parts: Sequence["Predictions"]) -> "Predictions":
        """Join the predictions for parts of the images, at least one."""
        names = ("labels", "predicted", "confidence", "of_label")
        columns = ([getattr(part, name) for part in of_parts] for name in names)
        return cls(of_parts[0].classes, *map(np.concatenate, columns))

    @property
    def loss(self) -> float:
        """The mean negative log-probability of the right class."""
        return -float(self.of_label.mean(dtype=np.float64))

    @property
    def metrics(self) -> "Metrics":
        """How well they agree with the labels."""
        return Metrics(self.loss, self.classes, self.labels, self.predicted)


@dataclass(frozen=True)
class Metrics:
    """How well predictions agree with labels; arrays are computed when they are first used.

    Attributes:
        loss: mean negative log-probability of the right class.
        classes: how many there are.
        labels: (count,) in [0, classes).
        predicted: (count,) likewise.
    """

    loss: float
    classes: int
    labels: NDArray[np.int64]
    predicted: NDArray[np.int64]

    @property
    def count(self) -> int:
        """How many images there were."""
        return len(self.labels)

    @property
    def correct(self) -> int:
        """How many predictions were right."""
        return int(np.count_nonzero(self.labels == self.predicted))

    @property
    def accuracy(self) -> float:
        """The share of right predictions."""
        return self.correct / self.count

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the accuracy."""
        return wilson_interval(self.correct, self.count)

    @cached_property
    def confusion(self) -> NDArray[np.int64]:
        """How many images of each label got each prediction, (classes, classes).

        Rows are labels. Use it only for few classes: 65,536 of them would take 32 GiB.
        """
        pairs = self.labels * self.classes + self.predicted
        return np.bincount(pairs, minlength=self.classes**2).reshape(self.classes, -1)

    @cached_property
    def support(self) -> NDArray[np.int64]:
        """How many images each class has, (classes,)."""
        return np.bincount(self.labels, minlength=self.classes)

    @cached_property
    def right(self) -> NDArray[np.int64]:
        """How many images of each class were predicted correctly, (classes,)."""
        return np.bincount(self.labels[self.labels == self.predicted], minlength=self.classes)

    @property
    def wrong(self) -> NDArray[np.int64]:
        """How many images of each class were predicted incorrectly, (classes,)."""
        return self.support - self.right

    @property
    def confused(self) -> NDArray[np.int64]:
        """`confusion` without the correct predictions, (classes, classes)."""
        return self.confusion - np.diag(self.right)

    @cached_property
    def precision(self) -> NDArray[np.float64]:
        """The share of the predictions of each class that are right; 0 where there are none."""
        return _ratio(self.right, np.bincount(self.predicted, minlength=self.classes))

    @cached_property
    def recall(self) -> NDArray[np.float64]:
        """The share of the images of each class that are found; 0 where there are none."""
        return _ratio(self.right, self.support)

    @cached_property
    def f1(self) -> NDArray[np.float64]:
        """The harmonic mean of precision and recall, (classes,)."""
        return _ratio(2 * self.precision * self.recall, self.precision + self.recall)


def measure(log_probabilities: Array, labels: NDArray[np.int64]) -> Metrics:
    """Compare predictions with labels.

    Args:
        log_probabilities: (count, classes), count ≥ 1.
        labels: (count,) in [0, classes).
    """
    return Predictions.of(log_probabilities, labels).metrics


@dataclass(frozen=True)
class Reliability:
    """How often predictions of equal confidence are right, in bins of equal width over [0, 1].

    Attributes:
        counts: (bins,) predictions in each bin.
        confidence: (bins,) their mean probability; 0 where there are none.
        accuracy: (bins,) the share that is right; 0 where there are none.
    """

    counts: NDArray[np.int64]
    confidence: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @property
    def ece(self) -> float:
        """The expected calibration error: the mean gap between confidence and accuracy.

        See Guo et al., arXiv:1706.04599; in [0, 1], where 0 is best.
        """
        gaps = np.abs(self.accuracy - self.confidence)
        return float((self.counts * gaps).sum() / self.counts.sum())


def measure_reliability(predictions: Predictions, bins: int = 15) -> Reliability:
    """Compare the confidence of predictions with how often they are right.

    Args:
        predictions: at least one.
        bins: how many.
    """
    confidence, right = predictions.confidence, predictions.predicted == predictions.labels
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
