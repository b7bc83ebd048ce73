"""Test-time augmentation: the same image seen a little differently, several times.

The mean of the answers errs less than the answer to the image alone, where the image is not quite
like those of the training set.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mlpcli.normalization import Pixels

ANGLES = (-6.0, 6.0)  # degrees, counter-clockwise
SHIFTS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # pixels, down and right


def views(images: Pixels) -> Iterator[Pixels]:
    """Yield the images themselves, shifted and turned.

    Args:
        images: (count, height, width) uint8.
    """
    yield images
    for shift in SHIFTS:
        yield _move(images, np.eye(2), np.array(shift))
    for angle in np.radians(ANGLES):
        cosine, sine = np.cos(angle), np.sin(angle)
        yield _move(images, np.array([[cosine, sine], [-sine, cosine]]), np.zeros(2))


def _move(images: Pixels, turn: NDArray[np.float64], shift: NDArray[np.float64]) -> Pixels:
    """Turn around the middle and shift; what comes in from outside is 0."""
    from scipy import ndimage  # noqa: PLC0415  # slow to load, and seldom needed

    middle = (np.array(images.shape[1:]) - 1) / 2
    matrix = np.eye(3)
    matrix[1:, 1:] = turn
    offset = np.concatenate([[0.0], middle - turn @ (middle + shift)])
    return np.asarray(ndimage.affine_transform(images, matrix, offset, order=1))
