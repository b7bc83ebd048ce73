"""Which boxes stand in a line, and in which order they are read.

Writing runs from left to right, and lines from top to bottom. A page may lie askew, and its lines
may run apart a little, as they do in a photo.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class LineSettings:
    """What tunes `find_lines`.

    Attributes:
        slant: of the lines at most, in degrees.
        step: between the slants that are tried, in degrees.
        upright: share of its score that a slant loses for each degree, so that of two that fit
            alike the smaller one is taken.
        bins: number of rows, in which boxes are counted, to the height of a box.
        inset: share of a box's height that is left out above and below, for that count.
        shared: share of the lower of two boxes' heights that they share in a line.
        lately: weight of the last box in the mean height at which a line runs on.
    """

    slant: float = 18.0
    step: float = 0.5
    upright: float = 0.003
    bins: int = 8
    inset: float = 0.25
    shared: float = 0.4
    lately: float = 0.4


LINES = LineSettings()


def find_lines(boxes: NDArray[np.int64], settings: LineSettings = LINES) -> list[list[int]]:
    """Return the lines, from top to bottom, as the numbers of their boxes from left to right.

    Args:
        boxes: (count, 4), the top, bottom, left and right of each.
        settings: how much lines may slant, and so on.
    """
    if not len(boxes):
        return []
    top, bottom, left, right = boxes.T.astype(np.float64)
    middle = (left + right) / 2
    rise = np.tan(np.radians(find_slant(boxes, settings))) * middle
    return _chain(top - rise, bottom - rise, middle, settings)


def find_slant(boxes: NDArray[np.int64], settings: LineSettings = LINES) -> float:
    """Return by how many degrees lines fall to the right, as far as boxes show it.

    At the right slant the boxes of a line lie at one height: counted row by row, they fill few
    rows, and the sum of the squares is largest.

    Args:
        boxes: (count, 4), the top, bottom, left and right of each.
        settings: which slants are tried.
    """
    top, bottom, left, right = boxes.T.astype(np.float64)
    row = max(float(np.median(bottom - top)) / settings.bins, 1e-9)
    inset = (bottom - top) * settings.inset  # lines are further apart without it
    angles = np.arange(-settings.slant, settings.slant + settings.step / 2, settings.step)
    scores = [
        _peaks(top + inset - tilt, bottom - inset - tilt, row) * (1 - settings.upright * abs(angle))
        for angle in angles
        for tilt in [np.tan(np.radians(angle)) * (left + right) / 2]
    ]
    return float(angles[int(np.argmax(scores))])


def _peaks(top: Float64, bottom: Float64, row: float) -> float:
    """Return the sum of the squares of how many boxes cover each row."""
    start = float(top.min())
    first = ((top - start) / row).astype(np.int64)
    last = ((bottom - start) / row).astype(np.int64)
    ends = np.zeros(int(last.max()) + 2)
    np.add.at(ends, first, 1)
    np.add.at(ends, last + 1, -1)
    return float((ends.cumsum() ** 2).sum())


def _chain(
    top: Float64, bottom: Float64, middle: Float64, settings: LineSettings
) -> list[list[int]]:
    """Go from left to right, and append each box to the line that runs on at its height."""
    lines: list[list[int]] = []
    tops, bottoms = np.empty(len(top)), np.empty(len(top))  # where each line runs on
    for box in np.argsort(middle, kind="stable").tolist():
        count = len(lines)
        shared = np.minimum(bottoms[:count], bottom[box]) - np.maximum(tops[:count], top[box])
        heights = np.minimum(bottoms[:count] - tops[:count], bottom[box] - top[box])
        shares = shared / heights
        best = int(shares.argmax()) if count else 0
        if not count or shares[best] < settings.shared:
            tops[count], bottoms[count] = top[box], bottom[box]
            lines.append([box])
            continue
        lines[best].append(box)
        tops[best] += settings.lately * (top[box] - tops[best])
        bottoms[best] += settings.lately * (bottom[box] - bottoms[best])
    heights_of_lines = [float(np.mean((top + bottom)[line])) for line in lines]
    return [lines[number] for number in np.argsort(heights_of_lines, kind="stable")]
