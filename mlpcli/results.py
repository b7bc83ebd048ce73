"""What a classifier made of a split, with the images: what every report of it is drawn from."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlpcli.arrays import Array
from mlpcli.classifier import Classifier
from mlpcli.datasets import Selection, Split
from mlpcli.evaluation import Metrics, Reliability, measure, measure_reliability


@dataclass(frozen=True)
class Evaluation:
    """Answers to the images of a split, and how good they are.

    Attributes:
        classifier: what answered.
        data: name of the data set.
        selection: which of its images.
        split: these images and their labels.
        log_probabilities: (count, classes), after the temperature.
        metrics: of the answers; the loss is that before the temperature.
        before: how the answers' probabilities compare with their accuracy before the temperature.
        after: and after it.
    """

    classifier: Classifier
    data: str
    selection: Selection
    split: Split
    log_probabilities: Array
    metrics: Metrics
    before: Reliability
    after: Reliability

    @property
    def classes(self) -> tuple[str, ...]:
        """The name of each label."""
        return self.classifier.inputs.classes

    @cached_property
    def answers(self) -> NDArray[np.int64]:
        """The likeliest class of each image, (count,)."""
        return np.asarray(self.log_probabilities.argmax(axis=1))

    @cached_property
    def confidence(self) -> NDArray[np.float64]:
        """The probability of each answer, (count,)."""
        return np.asarray(np.exp(self.log_probabilities.max(axis=1), dtype=np.float64))

    def mistakes(self, most: int | None = None) -> NDArray[np.int64]:
        """Return the indices of wrong answers, the surest ones first."""
        return self.surest(np.flatnonzero(self.answers != self.split.labels))[:most]

    def surest(self, indices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return indices in another order, those of the surest answers first."""
        return indices[np.argsort(-self.confidence[indices], kind="stable")]

    def cell(self, label: int, answer: int) -> NDArray[np.int64]:
        """Return the indices of the images in a cell of the confusion matrix, in their order."""
        return np.flatnonzero((self.split.labels == label) & (self.answers == answer))


def evaluate(classifier: Classifier, data: str, selection: Selection, split: Split) -> Evaluation:
    """Let a classifier answer images.

    Args:
        classifier: made for images and classes like these.
        data: name of the data set.
        selection: which of its images.
        split: these, at least one.

    Raises:
        CheckpointError: an answer is not finite.
    """
    calibrated, plain = classifier.calibrated_and_not(split.images)
    return Evaluation(
        classifier,
        data,
        selection,
        split,
        calibrated,
        replace(measure(calibrated, split.labels), loss=measure(plain, split.labels).loss),
        before=measure_reliability(plain, split.labels),
        after=measure_reliability(calibrated, split.labels),
    )
