"""Test-time augmentation: changed copies of an image, whose predictions are averaged.

The mean is more accurate than the prediction for the image alone if the image is not quite like
those of the training set. The copies are a fixed sequence, the same for every image: the image
itself, four shifts, two rotations, and from then on shifts, rotations, scales and shears at once,
spread evenly over small ranges. So the copies of fewer are the first of more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin

import numpy as np

from mlpcli.images.interpolation import bilinear
from mlpcli.images.normalization import Pixels
from mlpcli.inference.copy_counts import USUAL

ANGLES = (-6.0, 6.0)  # degrees, counter-clockwise
SHIFTS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # pixels, down and right


@dataclass(frozen=True)
class Move:
    """What is done to an image about its middle: first shear, scale and rotation, then the shift.

    Attributes:
        down: in pixels.
        right: in pixels.
        angle: in degrees, counter-clockwise.
        scale: of 1.1 an image becomes a tenth larger.
        shear: columns to the right per row upwards.
    """

    down: float = 0.0
    right: float = 0.0
    angle: float = 0.0
    scale: float = 1.0
    shear: float = 0.0


@dataclass(frozen=True)
class Strength:
    """How far moves go to either side.

    Attributes:
        shift: in pixels.
        angle: in degrees.
        scale: the logarithm of the largest scale.
        shear: columns per row.
    """

    shift: float
    angle: float
    scale: float
    shear: float


FURTHER = Strength(shift=1.0, angle=6.0, scale=0.06, shear=0.06)
"""Of the copies after the usual ones."""


def copies(images: Pixels, count: int = USUAL) -> Iterator[Pixels]:
    """Yield so many copies: the images as they are, then shifted, then rotated, then all at once.

    Args:
        images: (some, height, width) uint8.
        count: of the copies, at least 1.
    """
    yield images
    for move in moves(count - 1):
        yield moved(images, move)


def moves(count: int) -> Iterator[Move]:
    """Yield what is done to an image for each copy but the first, the image itself."""
    usual = [Move(down, right) for down, right in SHIFTS] + [Move(angle=each) for each in ANGLES]
    yield from usual[:count]
    yield from spread_moves(FURTHER, count - len(usual))


def spread_moves(strength: Strength, count: int) -> Iterator[Move]:
    """Yield moves that are spread evenly, however many there are.

    Each of the five numbers is a multiple of its own irrational number, taken modulo 1: that of
    Roberts' sequence R₅, whose points keep apart in five dimensions (The unreasonable effectiveness
    of quasirandom sequences, 2018).
    """
    root = 1.0
    for _ in range(60):
        root = (1 + root) ** (1 / 6)  # of x⁶ = x + 1
    for number in range(1, count + 1):
        down, right, angle, scale, shear = (
            2 * ((0.5 + number / root**power) % 1) - 1 for power in range(1, 6)
        )
        yield Move(
            strength.shift * down,
            strength.shift * right,
            strength.angle * angle,
            float(np.exp(strength.scale * scale)),
            strength.shear * shear,
        )


def moved(images: Pixels, move: Move) -> Pixels:
    """Return images that are moved; pixels from outside are 0.

    Args:
        images: (count, height, width) uint8.
        move: the same for all of them.
    """
    count, height, width = images.shape
    middle_row, middle_column = (height - 1) / 2, (width - 1) / 2
    row, column = np.divmod(np.arange(height * width), width)
    below, beside = row - middle_row - move.down, column - middle_column - move.right
    angle = radians(move.angle)
    down = (below * cos(angle) + beside * sin(angle)) / move.scale
    right = (beside * cos(angle) - below * sin(angle)) / move.scale
    rows, columns = middle_row + down, middle_column + right + move.shear * down
    places, weights = bilinear(
        rows[None].astype(np.float32), columns[None].astype(np.float32), height, width
    )
    framed = np.pad(images, ((0, 0), (1, 1), (1, 1))).reshape(count, -1)
    result = np.full((count, height * width), 0.5, dtype=np.float32)  # so that the cast rounds
    for place, weight in zip(places[0], weights[0], strict=True):
        result += framed.take(place, axis=1) * weight
    return result.astype(np.uint8).reshape(images.shape)
