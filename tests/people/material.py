"""Printed digits, from which the situations make their files."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from tests.support.glyphs import draw_digits

Arrays = dict[str, Any]
Change = Callable[[np.ndarray], np.ndarray]


@cache
def digits() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return 600 images with labels, and 120 more for testing, as uint8 and int64."""
    return (*draw_digits(600, seed=1), *draw_digits(120, seed=2))


def keras(**changes: Any) -> Arrays:
    """Return the arrays of an `.npz` as Keras has it, some of them changed."""
    images, labels, test_images, test_labels = digits()
    arrays = {"x_train": images, "y_train": labels, "x_test": test_images, "y_test": test_labels}
    return arrays | changes


def images_as(change: Change) -> Arrays:
    """Return Keras's arrays with all images changed by a function."""
    images, _, test_images, _ = digits()
    return keras(x_train=change(images), x_test=change(test_images))


def labels_as(change: Change) -> Arrays:
    """Return Keras's arrays with all labels changed by a function."""
    _, labels, _, test_labels = digits()
    return keras(y_train=change(labels), y_test=change(test_labels))


def save(**arrays: Any) -> None:
    """Write an archive of arrays, `data.npz`."""
    np.savez("data.npz", **arrays)
