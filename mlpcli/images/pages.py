"""Find the digits of a page: any number of them, in lines, of different sizes.

Here it does not help that parts lie above each other, as it does for digits side by side: they may
belong to two lines. Parts are pieces of one digit if there is hardly a gap between them and they
are no larger together than a digit is; the lines, found in between, tell how large that is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from mlpcli.images.cutouts import Cutout
from mlpcli.images.joining import boxes_of, height_of, join, join_in_line
from mlpcli.images.lines import find_lines
from mlpcli.images.normalization import INKED
from mlpcli.images.parts import Group, Labels, Part, cut_out, largest_parts
from mlpcli.images.shadows import TOUCHING
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class PageSettings:
    """What tunes `find_writing`, besides the size of a speck that the recipe gives.

    The usual height is the median of all parts, weighted by their squared heights; a share is of
    it, if nothing else is said.

    Attributes:
        inked: share of full ink above which a point is inked.
        least: size in pixels of the largest part below which there is no digit.
        most: number of parts that are looked at, the largest ones.
        inside: size of what a part surrounds, as a share of its own, from which on it does not
            tell how large digits are.
        outer: share of what a frame or a ring surrounds at least; no digit surrounds as much.
        edge: share of the picture's shorter side along which a part at the border may lie, if it
            is larger than `edge_size`.
        edge_size: share up to which a part at the border may be a digit all the same.
        blot: how many times as thick as strokes usually are a part at the border may be; with more
            it is a shadow or a table.
        rule: share of the length of a ruled line at least.
        rule_width: and of its thickness at most.
        clear: share from which on a part surely is no piece of a larger digit, so that it tells
            where a line is.
        near: share up to which what is lower lies away from its digit.
        line: share of the usual height below which a line is not one of digits.
    """

    inked: float = INKED
    least: int = 4
    most: int = 2000
    inside: float = 0.05
    outer: float = 0.5
    edge: float = 0.35
    edge_size: float = 1.5
    blot: float = 2.0
    rule: float = 1.5
    rule_width: float = 0.2
    clear: float = 0.4
    near: float = 0.25
    line: float = 0.3


PAGES = PageSettings()


def find_writing(
    ink: Float64, *, speck: float, settings: PageSettings = PAGES
) -> list[list[Cutout]]:
    """Return each digit alone, in lines from top to bottom, from left to right.

    Args:
        ink: (height, width) float64 in [0, 1], of any number of digits and other things.
        speck: share of the usual height up to which a part is a speck.
        settings: everything else.

    Returns:
        the ink of each digit; an empty list where there is none.
    """
    labels, count = ndimage.label(ink > settings.inked, TOUCHING)
    if not count:
        return []
    parts = _writing(largest_parts(labels, settings.most), labels, settings)
    least = speck * usual_height(parts)
    parts = [part for part in parts if part.size > least]
    if max((part.size for part in parts), default=0) < settings.least:
        return []
    usual = usual_height(parts)
    groups = join(parts, labels, usual)
    lines = [join_in_line(line, labels) for line in _lines(groups, usual, settings)]
    return [
        [cut_out(ink, labels, group) for group in line]
        for line in lines
        if max(map(height_of, line)) >= settings.line * usual
    ]


def find_usual_height(ink: Float64, settings: PageSettings = PAGES) -> float:
    """Return about how high the digits are, in pixels; 0 where there is no ink."""
    labels, count = ndimage.label(ink > settings.inked, TOUCHING)
    if not count:
        return 0.0
    return usual_height(_writing(largest_parts(labels, settings.most), labels, settings))


def _lines(groups: list[Group], usual: float, settings: PageSettings) -> list[list[Group]]:
    """Put digits into lines, and what is much smaller into the line of the nearest digit."""
    tall = [group for group in groups if height_of(group) >= settings.clear * usual]
    low = [group for group in groups if height_of(group) < settings.clear * usual]
    lines = [[tall[number] for number in line] for line in find_lines(boxes_of(tall))]
    boxes, owner = (
        boxes_of([group for line in lines for group in line]),
        np.repeat(np.arange(len(lines)), [len(line) for line in lines]),
    )
    for group in low:
        top, bottom, left, right = boxes_of([group])[0]
        across = np.maximum(boxes[:, 2] - right, left - boxes[:, 3])
        down = np.maximum(boxes[:, 0] - bottom, top - boxes[:, 1])
        apart = np.maximum(np.maximum(across, down), 0)
        nearest = int(apart.argmin())
        if apart[nearest] <= settings.near * usual:
            lines[owner[nearest]].append(group)
    return lines


def usual_height(parts: Group) -> float:
    """Return the height of the digits: half of the sum of all squared is that of lower parts."""
    heights = np.sort([part.height for part in parts])
    if not len(heights):
        return 0.0
    total = (heights.astype(np.float64) ** 2).cumsum()  # so that specks hardly count
    return float(heights[np.searchsorted(total, total[-1] / 2)])


def _writing(parts: Group, labels: Labels, settings: PageSettings) -> Group:
    """Leave out frames, the lines of tables, and what lies along the picture's border."""
    height, width = labels.shape
    holders = _holders(parts, [settings.inside * part.size for part in parts])
    inner = [
        part
        for part in parts
        if part.top and part.left and part.bottom < height and part.right < width
        if part.number not in holders
    ]
    usual = usual_height(inner or parts)
    holders = _holders(parts, [settings.outer * usual] * len(parts))
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    along = np.bincount(border, minlength=int(labels.max()) + 1)
    most_along = settings.edge * min(height, width)

    strokes = [_depth(part, labels) for part in inner if part.height >= settings.outer * usual]
    deepest = settings.blot * float(np.median(strokes)) if strokes else np.inf

    def is_writing(part: Part) -> bool:
        if part.number in holders:
            return False
        if along[part.number] > most_along and part.size > settings.edge_size * usual:
            return not inner
        if along[part.number] and _depth(part, labels) > deepest:
            return False
        across, down = part.right - part.left, part.height
        thin, long = settings.rule_width * usual, settings.rule * usual
        return not ((down <= thin and across >= long) or (across <= thin and down >= 2 * long))

    return [part for part in parts if is_writing(part)]


def _depth(part: Part, labels: Labels) -> float:
    """Return the largest distance of its ink from its rim, in pixels."""
    shape = labels[part.top : part.bottom, part.left : part.right] == part.number
    return float(ndimage.distance_transform_edt(np.pad(shape, 1)).max())


def _holders(parts: Group, least: Sequence[float]) -> set[int]:
    """Return the numbers of the parts that surround another one of at least some size."""
    top, bottom, left, right = boxes_of([[part] for part in parts]).T
    size = np.maximum(bottom - top, right - left)
    found = set()
    for part, enough in zip(parts, least, strict=True):
        below, beside = (top > part.top) & (bottom < part.bottom), (left > part.left)
        if np.any(below & beside & (right < part.right) & (size >= enough)):
            found.add(part.number)
    return found
