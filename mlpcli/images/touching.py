"""Where digits that touch may be cut apart. Which cuts are right, a network has to say.

A cut is a path from the top to the bottom of a piece of ink that goes through as little ink as
possible, and around strokes that hang over (as in seam carving, Avidan and Shamir, 2007).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.cutouts import Cutout
from mlpcli.images.normalization import INKED
from mlpcli.images.shadows import TOUCHING
from mlpcli.utils.arrays import Float64

Columns = NDArray[np.intp]


@dataclass(frozen=True)
class CutSettings:
    """What tunes `find_cuts`.

    Attributes:
        aside: cost of each step to the side, where a pixel of full ink costs 1.
        deep: distance from the rim, in widths of a stroke, from which on ink lies where two strokes
            have run into one.
        within: cost of a pixel there.
        most_ink: cost of a cut at most, as a multiple of the width of the strokes.
        most: number of cuts, the cheapest.
        least: share of the ink that must lie to either side of a cut.
        differ: share of the ink that must lie between two cuts.
        apart: distance between cuts, as a share of the ink's height.
    """

    aside: float = 0.3
    deep: float = 0.6
    within: float = 0.1
    most_ink: float = 4.0
    most: int = 12
    least: float = 0.06
    differ: float = 0.03
    apart: float = 0.06


CUTS = CutSettings()


@dataclass(frozen=True, eq=False)
class Cut:
    """A path from top to bottom.

    Attributes:
        columns: the first column to the right of it in each row.
        strokes: how much ink it goes through, in widths of a stroke.
    """

    columns: Columns
    strokes: float


def find_cuts(ink: Float64, settings: CutSettings = CUTS) -> list[Cut]:
    """Return where a piece of ink may be cut, from left to right.

    Args:
        ink: (height, width) float64 in [0, 1].
        settings: how many cuts there are at most, and so on.
    """
    width = _stroke_width(ink)
    depth = ndimage.distance_transform_edt(ink > 0.5)
    cost = np.where(depth > settings.deep * width, settings.within, ink)
    down, up = _least_costs(cost, settings), _least_costs(cost[::-1], settings)[::-1]
    through = down + up - cost
    found = []
    for row in (len(ink) // 4, len(ink) // 2, 3 * len(ink) // 4):
        for column in _lowest(through[row], round(settings.apart * len(ink))):
            columns = _trace(down, up, row, column)
            strokes = float(through[row, column]) / width
            left = ink[np.arange(ink.shape[1]) < columns[:, None]].sum() / ink.sum()
            if strokes <= settings.most_ink and settings.least <= left <= 1 - settings.least:
                found.append((left, Cut(columns, strokes)))
    found.sort(key=lambda one: one[1].strokes)
    kept: list[tuple[float, Cut]] = []
    for left, cut in found:
        if len(kept) < settings.most and all(abs(left - o) > settings.differ for o, _ in kept):
            kept.append((left, cut))
    return [cut for _, cut in sorted(kept, key=lambda one: one[0])]


def between(cutout: Cutout, left: Cut | None, right: Cut | None) -> Cutout:
    """Return the ink between two cuts, or between one and the end."""
    columns = np.arange(cutout.ink.shape[1])
    kept = np.ones(cutout.ink.shape, dtype=np.bool_)
    if left:
        kept &= columns >= left.columns[:, None]
    if right:
        kept &= columns < right.columns[:, None]
    ink = np.where(kept, cutout.ink, 0)
    rows, across = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not rows.size:
        return Cutout(ink[:1, :1], cutout.top, cutout.left)
    top, first = int(rows[0]), int(across[0])
    inside = ink[top : rows[-1] + 1, first : across[-1] + 1]
    return Cutout(inside, cutout.top + top, cutout.left + first)


def loose_ink(ink: Float64) -> float:
    """Return the share of the ink that is not in its largest connected part, in [0, 1]."""
    labels, count = ndimage.label(ink > INKED, TOUCHING)
    if count < 2:
        return 0.0
    areas = np.bincount(labels.ravel())[1:]
    return float(1 - areas.max() / areas.sum())


def _stroke_width(ink: Float64) -> float:
    """Return about how wide the strokes are, in pixels: twice their area for the length of rim."""
    mask = ink > 0.5
    rim = mask & ~ndimage.binary_erosion(mask)
    return 2 * float(mask.sum()) / max(float(rim.sum()), 1.0)


def _least_costs(ink: Float64, settings: CutSettings) -> Float64:
    """Return for each point the cost of the cheapest path to it from the first row."""
    costs = ink.copy()
    for row in range(1, len(ink)):
        before = np.pad(costs[row - 1], 1, constant_values=np.inf)
        aside = np.minimum(before[:-2], before[2:]) + settings.aside
        costs[row] += np.minimum(before[1:-1], aside)
    return costs


def _lowest(costs: Float64, apart: int) -> list[int]:
    """Return the columns with the least cost within so many on either side."""
    low = ndimage.minimum_filter1d(costs, 2 * max(apart, 1) + 1)
    labels, count = ndimage.label(costs == low)
    return [int(np.flatnonzero(labels == number).mean().round()) for number in range(1, count + 1)]


def _trace(down: Float64, up: Float64, middle: int, column: int) -> Columns:
    """Return the cheapest path through a point of the middle row."""
    columns = np.full(len(down), column, dtype=np.intp)
    for costs, rows in ((down, range(middle - 1, -1, -1)), (up, range(middle + 1, len(down)))):
        at = column
        for row in rows:
            first = max(at - 1, 0)
            near = costs[row, first : at + 2]
            at = first + int(near.argmin()) if near.min() < costs[row, at] else at
            columns[row] = at
    return columns
