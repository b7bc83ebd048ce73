"""Test-time augmentation: shifted and rotated copies of an image, whose predictions are averaged.

The mean is more accurate than the prediction for the image alone if the image is not quite like
those of the training set.
"""

from collections.abc import Iterator
from math import cos, radians, sin

import numpy as np

from mlpcli.images.interpolation import bilinear
from mlpcli.images.normalization import Pixels

ANGLES = (-6.0, 6.0)  # degrees, counter-clockwise
SHIFTS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # pixels, down and right


def copies(images: Pixels) -> Iterator[Pixels]:
    """Yield the images as they are, then shifted, then rotated.

    Args:
        images: (count, height, width) uint8.
    """
    yield images
    for down, right in SHIFTS:
        yield _move(images, down, right, 0)
    for angle in ANGLES:
        yield _move(images, 0, 0, radians(angle))


def _move(images: Pixels, down: int, right: int, angle: float) -> Pixels:
    """Shift by pixels and rotate about the centre by radians; pixels from outside are 0."""
    count, height, width = images.shape
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    row, column = np.divmod(np.arange(height * width), width)
    below, beside = row - middle_row - down, column - middle_column - right
    rows = middle_row + below * cos(angle) + beside * sin(angle)
    columns = middle_column + beside * cos(angle) - below * sin(angle)
    places, weights = bilinear(
        rows[None].astype(np.float32), columns[None].astype(np.float32), height, width
    )
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(count, -1)
    moved = np.full((count, height * width), 0.5, dtype=np.float32)  # so that the cast rounds
    for place, weight in zip(places[0], weights[0], strict=True):
        moved += framed.take(place, axis=1) * weight
    return moved.astype(np.uint8).reshape(images.shape)
