"""A classifier's predictions for a split, with the images: the basis of every report."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets import Selection, Split
from mlpcli.errors import CheckpointError
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.copy_counts import copy_count
from mlpcli.nn.metrics import Metrics, Predictions, Reliability, measure_reliability, parts
from mlpcli.utils.arrays import Array


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Predictions for the images of a split, and how good they are.

    Attributes:
        classifier: whose predictions they are.
        data: name of the data set.
        selection: which of its images.
        split: these images and their labels.
        calibrated: the predictions after the temperature.
        uncalibrated: the predictions before it.
        copies: how many copies of each image are averaged over; 1 for the image alone.
    """

    classifier: Classifier
    data: str
    selection: Selection
    split: Split = field(repr=False)
    calibrated: Predictions = field(repr=False)
    uncalibrated: Predictions = field(repr=False)
    copies: int = 1

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each label."""
        return self.classifier.classes

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The likeliest class of each image, (count,)."""
        return self.calibrated.predicted

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of each prediction, (count,)."""
        return self.calibrated.confidence

    @cached_property
    def metrics(self) -> Metrics:
        """How good the predictions are; the loss is the one before the temperature."""
        return replace(self.calibrated.metrics, loss=self.uncalibrated.loss)

    @cached_property
    def uncalibrated_reliability(self) -> Reliability:
        """How confidence compares with accuracy before the temperature."""
        return measure_reliability(self.uncalibrated)

    @cached_property
    def reliability(self) -> Reliability:
        """How confidence compares with accuracy after the temperature."""
        return measure_reliability(self.calibrated)

    def probabilities(self) -> Iterator[Array]:
        """Yield (some, classes) probabilities in [0, 1], for a few images at a time.

        They are computed again, since those of many classes would fill the memory.
        """
        for rows in _parts(self.classifier, len(self.split), self.copies):
            images = self.split[rows].images
            yield np.exp(self.classifier.log_probabilities(images, tta=self.copies))

    def mistakes(self, most: int | None = None) -> NDArray[np.int64]:
        """Return the indices of wrong predictions, the most confident first.

        Returns:
            (n,) int64 indices into the split.
        """
        return self.most_confident_first(np.flatnonzero(self.predicted != self.split.labels))[:most]

    def most_confident_first(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the same indices, those of the most confident predictions first.

        Args:
            indices: (n,) int64 indices into the split.
        """
        return indices[np.argsort(-self.confidence[indices], kind="stable")]

    def cell(self, label: int, predicted: int) -> NDArray[np.int64]:
        """Return the indices of the images in a cell of the confusion matrix, in their order.

        Returns:
            (n,) int64 indices into the split.
        """
        cells, order = self._by_cell
        cell = label * len(self.classes) + predicted
        first, last = np.searchsorted(cells, [cell, cell + 1])
        return order[first:last]

    @cached_property
    def _by_cell(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The number of each image's cell, sorted, and the images in this order."""
        cells = self.split.labels * len(self.classes) + self.predicted
        order = np.argsort(cells, kind="stable")
        return cells[order], order


def evaluate_split(
    classifier: Classifier,
    data: str,
    selection: Selection,
    split: Split,
    *,
    tta: bool | int = False,
) -> Evaluation:
    """Evaluate a classifier on images.

    Args:
        classifier: trained on images and classes like these.
        data: name of the data set.
        selection: which of its images.
        split: these images and their labels, at least one.
        tta: average the predictions for so many changed copies, True for as many as usual.

    Raises:
        CheckpointError: a prediction is not finite, or there are copies of digits like MNIST's
            only.
    """
    count = copy_count(tta)
    if count > 1 and classifier.inputs.preprocessing != "digit":
        raise CheckpointError(
            f"{classifier.name}: must be trained on digits like MNIST's for test-time "
            "augmentation, which changes images without empty margins too much; leave it out"
        )
    every = _parts(classifier, len(split), count)
    both = zip(*(_predict(classifier, split[rows], count) for rows in every), strict=True)
    calibrated, uncalibrated = map(Predictions.join, both)
    return Evaluation(classifier, data, selection, split, calibrated, uncalibrated, count)


def _parts(classifier: Classifier, count: int, copies: int) -> Iterator[slice]:
    """Yield slices of `count` images that are predicted together."""
    kept = copies * len(classifier.networks) if copies > 1 else 1  # logits, all at once
    return parts(count, len(classifier.classes) * kept)


def _predict(classifier: Classifier, part: Split, copies: int) -> tuple[Predictions, Predictions]:
    """Return the predictions for a part of the images, after the temperature and before it."""
    found = classifier.calibrated_and_uncalibrated(part.images, tta=copies)
    calibrated, uncalibrated = (Predictions.of(each, part.labels) for each in found)
    return calibrated, uncalibrated
