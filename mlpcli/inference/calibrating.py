"""The temperature of a committee's mean, fitted to images that all of its networks held out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlpcli.datasets.dataset import Dataset, renumbered
from mlpcli.errors import CheckpointError
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import parts
from mlpcli.nn.temperature import FEWEST, fit_temperature, stride
from mlpcli.runs.checkpoint import Checkpoint


def check_held_out(checkpoints: Sequence[Checkpoint]) -> None:
    """Check that networks have held out the same images of the same data.

    Raises:
        CheckpointError: one has held out none, or others than the first.
    """
    first = checkpoints[0]
    for checkpoint in checkpoints:
        if checkpoint.config.data.validation == 0:
            raise CheckpointError(
                f"{checkpoint.place}: has held out no validation images, to which the temperature "
                "of a mean could be fitted; train with data.validation=10000"
            )
        if _held_out(checkpoint) != _held_out(first):
            raise CheckpointError(
                f"{checkpoint.place}: must have held out the same validation images as "
                f"{first.place} for the temperature of their mean"
            )


def fit_to_held_out(checkpoints: Sequence[Checkpoint], dataset: Dataset) -> float:
    """Return the temperature T at which the mean of networks has the least cross-entropy.

    Args:
        checkpoints: at least one.
        dataset: the data that they were trained on, with the same images for validation.

    Returns:
        T, see `Committee`; 1 for a few images.

    Raises:
        CheckpointError: they have not held out these images, or a prediction is not finite.
    """
    check_held_out(checkpoints)
    first = checkpoints[0]
    if not first.config.data.drawn and dataset.fingerprint != first.metadata.data.fingerprint:
        raise CheckpointError(
            f"{first.place}: must have been trained on the images that the temperature of the mean "
            f"is fitted to, but those of {dataset.name} are others"
        )
    classifier = Classifier.of([replace(each, group=None) for each in checkpoints])
    split = renumbered(dataset.validation, dataset.classes, classifier.classes)
    if len(split) < FEWEST:
        return 1.0
    split = split[:: stride(len(split), len(classifier.classes))]
    mean = [
        classifier.log_probabilities(split[rows].images)
        for rows in parts(len(split), len(classifier.classes))
    ]
    return fit_temperature(np.concatenate(mean), split.labels)


def _held_out(checkpoint: Checkpoint) -> tuple[str, object]:
    """Return what is the same for networks that have held out the same images."""
    return checkpoint.metadata.data.fingerprint, checkpoint.config.data.validation
