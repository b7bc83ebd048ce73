"""Pieces of a picture, each with nothing but one digit, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mlpcli.images.normalization import INKED
from mlpcli.utils.arrays import Float64


class Box(NamedTuple):
    """A rectangle around ink, in pixels from the picture's upper left corner.

    Attributes:
        x: the first column.
        y: the first row.
        width: number of columns.
        height: number of rows.
    """

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, eq=False)
class Cutout:
    """The ink of one digit.

    Attributes:
        ink: (height, width) float64 in [0, 1], grey edges included.
        top: its first row in the picture.
        left: its first column.
    """

    ink: Float64
    top: int
    left: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Its rows and columns in the picture."""
        height, width = self.ink.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)

    @property
    def height(self) -> int:
        """Number of rows between the first and the last with any ink."""
        return int(np.ptp(np.flatnonzero(self.ink.any(axis=1)))) + 1

    def whole(self, shape: tuple[int, ...]) -> Float64:
        """Return a picture of this shape with nothing else on it."""
        picture = np.zeros(shape)
        picture[self.place] = self.ink
        return picture

    def box(self, shape: tuple[int, ...], size: tuple[int, int]) -> Box:
        """Return where it is in a picture of another size.

        Args:
            shape: height and width of the picture that it was cut out of.
            size: height and width of the other picture, in whose pixels the box is.
        """
        inked = self.ink > INKED
        if not inked.any():
            inked = self.ink > 0
        ends = []
        for start, axis in ((self.top, 0), (self.left, 1)):
            lines = np.flatnonzero(inked.any(axis=1 - axis))
            share = size[axis] / shape[axis]
            first = round((start + int(lines[0])) * share)
            last = round((start + int(lines[-1]) + 1) * share)
            ends.append((first, max(1, last - first)))
        (y, height), (x, width) = ends
        return Box(x, y, width, height)


def union(cutouts: Sequence[Cutout]) -> Cutout:
    """Return the ink of several cutouts of a picture, at least one, in one."""
    top, left = min(each.top for each in cutouts), min(each.left for each in cutouts)
    bottom, right = (max(each.place[axis].stop for each in cutouts) for axis in (0, 1))
    ink = np.zeros((bottom - top, right - left))
    for each in cutouts:
        height, width = each.ink.shape
        part = ink[each.top - top :, each.left - left :][:height, :width]
        np.maximum(part, each.ink, out=part)
    return Cutout(ink, top, left)
