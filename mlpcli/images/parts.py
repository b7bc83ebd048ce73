"""Find digits side by side among the parts of the ink, without frames, table edges and specks.

A digit may have several parts: the roof of a five, strokes with gaps. They lie above each other or
close together; digits stand side by side. `pages` finds those that stand in lines.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.cutouts import Cutout
from mlpcli.images.normalization import INKED
from mlpcli.images.shadows import TOUCHING
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class PartSettings:
    """What tunes `find_digits`, besides the size of a speck that the recipe gives.

    Attributes:
        inked: share of full ink above which a point is inked.
        least: size in pixels of the largest part below which there is no digit.
        most: number of parts that are looked at, the largest ones; noise and patterns have more.
        speck_area: share of the largest part's area below which a part is a speck.
        tall: share of the tallest part's height that makes a part a digit of its own, or the main
            part of one.
        overlap: share of the width of the narrower of two parts; where they share more columns,
            one stands above the other, and both belong to one digit.
        gap: distance between the parts of a broken stroke, as a share of the largest part's size.
        near: distance of a small part from its digit at most, as a share of the largest part's
            size.
        frame: size of what a frame surrounds at least, as a share of the frame's size.
        frame_band: width of the band in which a frame's side lies, as a share of its shorter side.
        frame_side: share of a side that a frame must fill.
        frame_sides: number of sides that it must fill at least.
        edge: share of the picture's shorter side along which a part at the border may lie; with
            more, it is the edge of a table or the shadow of a page.
        edge_size: share of the size of a part at the border that the largest other part may have;
            with more, that one is the digit.
        inner: share of the picture's longer side below which that other part is too small for the
            parts at the border to be left out.
    """

    inked: float = INKED
    least: int = 4
    most: int = 100
    speck_area: float = 0.01
    tall: float = 0.45
    overlap: float = 0.1
    gap: float = 0.03
    near: float = 0.25
    frame: float = 0.15
    frame_band: float = 0.08
    frame_side: float = 0.85
    frame_sides: int = 3
    edge: float = 0.35
    edge_size: float = 0.5
    inner: float = 0.12


PARTS = PartSettings()


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
        """Return the horizontal or vertical gap between the rectangles, in pixels.

        It is the larger of the two, and 0 where they overlap.
        """
        horizontal = max(self.left, other.left) - min(self.right, other.right)
        vertical = max(self.top, other.top) - min(self.bottom, other.bottom)
        return max(horizontal, vertical, 0)


Labels = NDArray[np.int32]
Group = list[Part]


def find_digits(ink: Float64, *, speck: float, settings: PartSettings = PARTS) -> list[Cutout]:
    """Return each digit alone, from left to right.

    Args:
        ink: (height, width) float64 in [0, 1], of any number of digits and other things.
        speck: share of the largest part's size up to which a part is a speck.
        settings: everything else.

    Returns:
        the ink of each digit; an empty list where there is no ink.
    """
    labels, count = ndimage.label(ink > settings.inked, TOUCHING)
    if not count:
        return []
    parts = largest_parts(labels, settings.most)
    parts = _without_edges(_without_frames(parts, labels, settings), labels, settings)
    largest = max(parts, key=lambda part: part.area * part.size)
    if largest.size < settings.least:
        return []
    least_size, least_area = speck * largest.size, settings.speck_area * largest.area
    parts = [part for part in parts if part.size > least_size and part.area >= least_area]
    return [cut_out(ink, labels, group) for group in _group(parts, largest, settings)]


def largest_parts(labels: Labels, most: int) -> Group:
    """Return the `most` parts with the most ink, in the order of their numbers."""
    areas = np.bincount(labels.ravel())
    places = ndimage.find_objects(labels)
    numbers = np.sort(np.argsort(-areas[1:], kind="stable")[:most] + 1).tolist()
    return [
        Part(number, int(areas[number]), rows.start, rows.stop, columns.start, columns.stop)
        for number in numbers
        for rows, columns in [places[number - 1]]
    ]


def cut_out(ink: Float64, labels: Labels, group: Group) -> Cutout:
    """Return the ink of some parts, their grey edges included."""
    top, left = (max(0, min(getattr(part, end) for part in group) - 1) for end in ("top", "left"))
    bottom, right = (max(getattr(part, end) for part in group) + 1 for end in ("bottom", "right"))
    around = np.s_[top:bottom, left:right]
    mask = np.isin(labels[around], [part.number for part in group])
    return Cutout(np.where(ndimage.binary_dilation(mask, TOUCHING), ink[around], 0), top, left)


def _without_frames(parts: Group, labels: Labels, settings: PartSettings) -> Group:
    """Leave out rectangles drawn around something."""
    return [
        part
        for part in parts
        if not any(
            part.surrounds(other) and other.size > settings.frame * part.size for other in parts
        )
        or not _is_frame(
            labels[part.top : part.bottom, part.left : part.right] == part.number, settings
        )
    ]


def _is_frame(shape: NDArray[np.bool_], settings: PartSettings) -> bool:
    """Tell whether enough of the sides are straight."""
    band = max(2, round(settings.frame_band * min(shape.shape)))
    sides = (shape[:band], shape[-band:], shape.T[:band], shape.T[-band:])
    filled = [bool(side.any(axis=0).mean() > settings.frame_side) for side in sides]
    return sum(filled) >= settings.frame_sides


def _without_edges(parts: Group, labels: Labels, settings: PartSettings) -> Group:
    """Leave out what lies along the picture's border, if there is a digit elsewhere."""
    height, width = labels.shape
    inner = [
        part
        for part in parts
        if part.top and part.left and part.bottom < height and part.right < width
    ]
    largest = max((part.size for part in inner), default=0)
    if largest < settings.inner * max(height, width):
        return parts
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(border, minlength=int(labels.max()) + 1)
    return [
        part
        for part in parts
        if part in inner
        or (
            along[part.number] <= settings.edge * min(height, width)
            and largest <= settings.edge_size * part.size
        )
    ]


def _group(parts: Group, largest: Part, settings: PartSettings) -> list[Group]:
    """Put the parts of each digit together, and leave out those that belong to none."""
    least = settings.tall * max(part.height for part in parts)
    tall = [part for part in parts if part.height >= least or part is largest]
    gap, near = settings.gap * largest.size, settings.near * largest.size
    groups: list[Group] = []
    for part in sorted(tall, key=lambda part: part.left):
        above = [
            group
            for group in groups
            if any(_overlap(part, o, settings) or part.distance(o) <= gap for o in group)
        ]
        groups = [group for group in groups if group not in above]
        groups.append([part, *(other for group in above for other in group)])
    for part in parts:
        if part not in tall:
            away = [min(part.distance(other) for other in group) for group in groups]
            if min(away) <= near:
                groups[int(np.argmin(away))].append(part)
    return sorted(groups, key=lambda group: min(part.left for part in group))


def _overlap(one: Part, other: Part, settings: PartSettings) -> bool:
    """Tell whether two parts stand above each other rather than side by side."""
    shared = min(one.right, other.right) - max(one.left, other.left)
    return shared > settings.overlap * min(one.right - one.left, other.right - other.left)
