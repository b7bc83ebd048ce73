"""What the images of each class count in the loss, so that a rare class is not passed over."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Array


def class_weights(
    choice: Literal["balanced"] | Sequence[float] | None, labels: NDArray[np.integer], classes: int
) -> Array | None:
    """Return (classes,) float32 weights; None if all images count the same.

    Args:
        choice: as in the configuration; the numbers themselves, or `balanced`.
        labels: (count,) in [0, classes), of the training images.
        classes: how many there are.

    Raises:
        ValueError: there is not one number for each class.
    """
    if choice is None:
        return None
    if choice == "balanced":
        return balanced_weights(labels, classes)
    if len(choice) != classes:
        raise ValueError(f"class_weights: needs {classes} numbers, got {len(choice)}")
    return np.array(choice, dtype=np.float32)


def balanced_weights(labels: NDArray[np.integer], classes: int) -> Array:
    """Return (classes,) float32 weights with which all classes count the same in total.

    As in scikit-learn, a class counts n_samples / (n_classes · its images), where n_classes are
    those that have images. So the mean over all images is 1. A class without any counts 0.
    """
    counts = np.bincount(labels, minlength=classes)  # (classes,)
    present = counts > 0
    weights = np.zeros(classes, dtype=np.float32)
    weights[present] = len(labels) / (np.count_nonzero(present) * counts[present])
    return weights
