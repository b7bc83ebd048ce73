"""Which parts of the ink are the digit, or the digits: no frames, table edges, cursors or specks.

A digit may have several parts: the roof of a five, strokes with gaps. They lie above each other or
close together; digits stand side by side.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.cleaning import INKED
from mlpcli.images.decoding import Floats
from mlpcli.images.shadows import TOUCHING

LEAST = 4  # pixels: nothing smaller shows a digit
MOST = 100  # parts: of more, as noise and patterns have them, only the largest count
TALL = 0.45  # of the tallest part's height: a digit of its own, or what the rest belongs to
OVERLAP = 0.1  # of the narrower of two parts: one stands above the other
GAP = 0.03  # of the largest part's size: a gap in a stroke
NEAR = 0.25  # of the largest part's size: how far away a small part may lie
SIDE = 0.85  # share of a straight side that a frame fills
FRAME = 0.15  # of a frame's size: the least that it frames
EDGE = 0.35  # share of the picture's side along which a table edge or a page's shadow lies
INNER = 0.12  # of the picture's size: the least digit for which the edges are given up


@dataclass(frozen=True)
class Part:
    """A piece of connected ink.

    Attributes:
        number: its label.
        area: in pixels.
        top: first row.
        bottom: row after the last.
        left: first column.
        right: column after the last.
    """

    number: int
    area: int
    top: int
    bottom: int
    left: int
    right: int

    @property
    def height(self) -> int:
        """In pixels."""
        return self.bottom - self.top

    @property
    def size(self) -> int:
        """The longer side, in pixels."""
        return max(self.height, self.right - self.left)

    def surrounds(self, other: "Part") -> bool:
        """Tell whether another part lies inside this one's rectangle."""
        beside = self.left < other.left and other.right < self.right
        return beside and self.top < other.top and other.bottom < self.bottom

    def distance(self, other: "Part") -> int:
        """Return how many pixels lie between the rectangles, level or upright."""
        level = max(self.left, other.left) - min(self.right, other.right)
        upright = max(self.top, other.top) - min(self.bottom, other.bottom)
        return max(level, upright, 0)


Labels = NDArray[np.int32]
Group = list[Part]


def find_digits(ink: Floats, *, speck: float) -> list[Floats]:
    """Return each digit alone, from left to right.

    Args:
        ink: of any number of digits and other things.
        speck: of the largest part's size: a part that is smaller is a speck.

    Returns:
        for each digit its ink, (height, width) as given; an empty list where there is no ink.
    """
    labels, count = ndimage.label(ink > INKED, TOUCHING)
    if not count:
        return []
    parts = _largest_parts(labels)
    parts = _without_edges(_without_frames(parts, labels), labels)
    largest = max(parts, key=lambda part: part.area * part.size)
    if largest.size < LEAST:
        return []
    parts = [
        part
        for part in parts
        if part.size > speck * largest.size and part.area >= 0.01 * largest.area
    ]
    return [_alone(ink, labels, group) for group in _group(parts, largest)]


def _largest_parts(labels: Labels) -> Group:
    """Return the parts that have the most ink, in the order of their numbers."""
    areas = np.bincount(labels.ravel())
    places = ndimage.find_objects(labels)
    numbers = np.sort(np.argsort(-areas[1:], kind="stable")[:MOST] + 1).tolist()
    return [
        Part(number, int(areas[number]), rows.start, rows.stop, columns.start, columns.stop)
        for number in numbers
        for rows, columns in [places[number - 1]]
    ]


def _alone(ink: Floats, labels: Labels, group: Group) -> Floats:
    """Return the ink of some parts, their grey edges included."""
    top, left = (max(0, min(getattr(part, end) for part in group) - 1) for end in ("top", "left"))
    bottom, right = (max(getattr(part, end) for part in group) + 1 for end in ("bottom", "right"))
    around = np.s_[top:bottom, left:right]  # to look at all of the picture each time would be slow
    mask = np.isin(labels[around], [part.number for part in group])
    result = np.zeros_like(ink)
    result[around] = np.where(ndimage.binary_dilation(mask, TOUCHING), ink[around], 0)
    return result


def _without_frames(parts: Group, labels: Labels) -> Group:
    """Leave out rectangles drawn around something."""
    return [
        part
        for part in parts
        if not any(part.surrounds(other) and other.size > FRAME * part.size for other in parts)
        or not _is_frame(labels[part.top : part.bottom, part.left : part.right] == part.number)
    ]


def _is_frame(shape: NDArray[np.bool_]) -> bool:
    """Tell whether at least three sides are straight."""
    band = max(2, round(0.08 * min(shape.shape)))
    sides = (shape[:band], shape[-band:], shape.T[:band], shape.T[-band:])
    return sum(bool(side.any(axis=0).mean() > SIDE) for side in sides) >= 3


def _without_edges(parts: Group, labels: Labels) -> Group:
    """Leave out what lies along the picture's border, if there is a digit that does not."""
    height, width = labels.shape
    inner = [
        part
        for part in parts
        if part.top and part.left and part.bottom < height and part.right < width
    ]
    largest = max((part.size for part in inner), default=0)
    if largest < INNER * max(height, width):
        return parts
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(border, minlength=int(labels.max()) + 1)
    return [
        part
        for part in parts
        if part in inner
        or (along[part.number] <= EDGE * min(height, width) and largest <= 0.5 * part.size)
    ]


def _group(parts: Group, largest: Part) -> list[Group]:
    """Put together what belongs to one digit, and leave out what belongs to none."""
    tallest = max(part.height for part in parts)
    tall = [part for part in parts if part.height >= TALL * tallest or part is largest]
    groups: list[Group] = []
    for part in sorted(tall, key=lambda part: part.left):
        above = [
            group
            for group in groups
            if any(_overlap(part, o) or part.distance(o) <= GAP * largest.size for o in group)
        ]
        groups = [group for group in groups if group not in above]
        groups.append([part, *(other for group in above for other in group)])
    for part in parts:
        if part not in tall:
            away = [min(part.distance(other) for other in group) for group in groups]
            if min(away) <= NEAR * largest.size:
                groups[int(np.argmin(away))].append(part)
    return sorted(groups, key=lambda group: min(part.left for part in group))


def _overlap(one: Part, other: Part) -> bool:
    """Tell whether two parts stand above each other rather than side by side."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > OVERLAP * min(one.right - one.left, other.right - other.left)
