"""Finds the corner marks of a form in a photo: a dark square in a white one in a dark one.

Light, shadow and table are taken out first: every point is compared with the paper around it, as a
morphological closing shows it, which follows even the sharp edge of a shadow. Three nested squares
are then found by area and middle, which no turn and no perspective changes by much.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Float32, Float64

INK = 0.6  # share of the paper's light; what reflects less is printed or written
_DARKEST = 8  # grey levels; darker paper counts as this light
_TOUCHING = np.ones((3, 3), dtype=bool)
_SMOOTHING = 0.7  # pixels, standard deviation


@dataclass(frozen=True)
class MarkSettings:
    """What tunes `find_marks`.

    Attributes:
        window: of the closing, as a share of the picture's longer side; it must be wider than the
            inner square of a mark and than a strip of code is high.
        least: area of an inner square, in pixels.
        areas: least and greatest ratio of the area of the dark ring to that of the inner square,
            which is 24 : 9 in print.
        spreads: the same for the mean squared distances of their points from their middles, 8.2 : 1
            in print.
        apart: distance of their middles at most, as a share of the square root of the ring's area.
        most: number of marks that are looked at.
        alike: ratio of the largest mark's area to that of the smallest one on a page at most.
    """

    window: float = 1 / 44
    least: int = 12
    areas: tuple[float, float] = (1.5, 4.5)
    spreads: tuple[float, float] = (4.0, 14.0)
    apart: float = 0.15
    most: int = 10
    alike: float = 12.0


MARKS = MarkSettings()


def flatten_page(grey: Pixels, window: int) -> Float32:
    """Return the share of the paper's light that each point reflects, whatever light falls on it.

    Args:
        grey: (height, width) uint8.
        window: side in pixels of the square in which there is always some paper.

    Returns:
        (height, width) float32 in [0, 1].
    """
    smooth = ndimage.gaussian_filter(grey, _SMOOTHING)
    paper = ndimage.minimum_filter(ndimage.maximum_filter(smooth, window), window)
    share = smooth / np.maximum(paper, _DARKEST).astype(np.float32)
    return np.asarray(np.minimum(share, np.float32(1)))


def find_marks(flat: Float32, settings: MarkSettings = MARKS) -> Float64:
    """Return the middles of what looks like a corner mark, the largest ones first.

    Args:
        flat: (height, width) in [0, 1], see `flatten_page`.
        settings: what counts as one.

    Returns:
        (marks, 3): x and y in pixels, from the upper left corner of the picture, and area.
    """
    labels, count = ndimage.label(flat < INK, _TOUCHING)
    area, middles, spread = _measure(labels, count)
    rings = np.flatnonzero(area >= settings.least)
    if not len(rings):
        return np.empty((0, 3))
    rows, columns = np.rint(middles[rings]).astype(np.intp).T
    cores = labels[rows, columns]  # what lies in the middle of each part
    areas, spreads = (each[rings] / np.maximum(each[cores], 1e-9) for each in (area, spread))
    apart = np.hypot(*(middles[rings] - middles[cores]).T) / np.sqrt(area[rings])
    nested = (cores > 0) & (cores != rings) & (area[cores] >= settings.least)
    for ratio, (low, high) in ((areas, settings.areas), (spreads, settings.spreads)):
        nested &= (low <= ratio) & (ratio <= high)
    nested &= apart <= settings.apart
    ring, core = rings[nested], cores[nested]
    y, x = ((middles[ring] + middles[core]) / 2 + 0.5).T
    largest = np.argsort(-area[ring], kind="stable")[: settings.most]
    return np.stack([x, y, area[ring]], axis=1)[largest]


def _measure(labels: NDArray[np.int32], count: int) -> tuple[Float64, Float64, Float64]:
    """Return area, row and column of the middle, and spread of all parts; 0 for the background."""
    rows, columns = np.nonzero(labels)
    numbers = labels[rows, columns]

    def total(values: NDArray[Any] | None) -> Float64:
        return np.bincount(numbers, values, minlength=count + 1).astype(np.float64)

    area = total(None)
    share = 1 / np.maximum(area, 1)
    middles = np.stack([total(rows) * share, total(columns) * share], axis=1)
    squares = total(rows * rows + columns * columns) * share
    return area, middles, squares - (middles**2).sum(axis=1)
