"""Find the digits of a page: any number of them, in lines, of different sizes.

Here it does not help that parts lie above each other, as it does for digits side by side: they may
belong to two lines. Parts are pieces of one digit if there is hardly a gap between them and they
are no larger together than a digit is; the lines, found in between, tell how large that is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.cutouts import Cutout
from mlpcli.images.lines import find_lines
from mlpcli.images.normalization import INKED
from mlpcli.images.parts import Group, Labels, Part, cut_out, largest_parts
from mlpcli.images.shadows import TOUCHING
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class PageSettings:
    """What tunes `find_writing`, besides the size of a speck that the recipe gives.

    The usual height is that of the parts that hold most of the ink's height; a share is of it, if
    nothing else is said.

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
        gap: share up to which pieces of a digit lie apart.
        own_gap: the same as a share of the larger piece's size, whichever is smaller.
        whole: share of the height and width that several pieces have together at most.
        alike: ratio of the heights of two parts side by side above which they are two digits.
        beside: share of the lower one's height that both share, if they stand side by side.
        clear: share from which on a part surely is no piece of a larger digit, so that it tells
            where a line is.
        tall: share of a line's height from which on a part is a digit of its own.
        near: share of it, up to which a smaller part lies away from its digit.
        stacked: share of the narrower of two parts' widths that both share, if one stands above
            the other.
        small: share of it, below which what is left over is no digit.
        line: share of the usual height below which a line is not one of digits.
    """

    inked: float = INKED
    least: int = 4
    most: int = 4000
    inside: float = 0.05
    outer: float = 0.5
    edge: float = 0.35
    edge_size: float = 1.5
    blot: float = 2.0
    rule: float = 1.5
    rule_width: float = 0.2
    gap: float = 0.15
    own_gap: float = 0.2
    whole: float = 1.3
    alike: float = 0.6
    beside: float = 0.5
    clear: float = 0.4
    tall: float = 0.6
    near: float = 0.25
    stacked: float = 0.5
    small: float = 0.45
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
    parts = [part for part in parts if part.size > speck * usual_height(parts)]
    if max((part.size for part in parts), default=0) < settings.least:
        return []
    usual = usual_height(parts)
    groups = _join(parts, labels, usual, settings)
    lines = [
        _join_in_line(line, labels, settings) for line in _lines(groups, labels, usual, settings)
    ]
    return [
        [cut_out(ink, labels, group) for group in line]
        for line in lines
        if max(map(_height, line)) >= settings.line * usual
    ]


def find_usual_height(ink: Float64, settings: PageSettings = PAGES) -> float:
    """Return about how high the digits are, in pixels; 0 where there is no ink."""
    labels, count = ndimage.label(ink > settings.inked, TOUCHING)
    if not count:
        return 0.0
    return usual_height(_writing(largest_parts(labels, settings.most), labels, settings))


def _lines(
    groups: list[Group], labels: Labels, usual: float, settings: PageSettings
) -> list[list[Group]]:
    """Put digits into lines, and what is much smaller into the line of the nearest digit."""
    tall = [group for group in groups if _height(group) >= settings.clear * usual]
    low = [group for group in groups if _height(group) < settings.clear * usual]
    lines = [[tall[number] for number in line] for line in find_lines(_boxes(tall))]
    boxes, owner = _boxes([group for line in lines for group in line]), np.repeat(
        np.arange(len(lines)), [len(line) for line in lines]
    )
    far = []
    for group in low:
        top, bottom, left, right = _boxes([group])[0]
        across = np.maximum(boxes[:, 2] - right, left - boxes[:, 3])
        down = np.maximum(boxes[:, 0] - bottom, top - boxes[:, 1])
        apart = np.maximum(np.maximum(across, down), 0)
        nearest = int(apart.argmin())
        if apart[nearest] <= settings.near * usual:
            lines[owner[nearest]].append(group)
        else:
            far.append(group)
    return lines


def usual_height(parts: Group) -> float:
    """Return the height of the digits: half of all height is in parts that are lower."""
    heights = np.sort([part.height for part in parts])
    if not len(heights):
        return 0.0
    total = heights.cumsum()
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

    strokes = [_depth(part, labels) for part in inner if part.height >= settings.tall * usual]
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
    top, bottom, left, right = _boxes([[part] for part in parts]).T
    size = np.maximum(bottom - top, right - left)
    found = set()
    for part, enough in zip(parts, least, strict=True):
        below, beside = (top > part.top) & (bottom < part.bottom), (left > part.left)
        if np.any(below & beside & (right < part.right) & (size >= enough)):
            found.add(part.number)
    return found


def _boxes(groups: list[Group]) -> NDArray[np.int64]:
    """Return (groups, 4), the top, bottom, left and right of each."""
    ends = [
        (
            min(part.top for part in group),
            max(part.bottom for part in group),
            min(part.left for part in group),
            max(part.right for part in group),
        )
        for group in groups
    ]
    return np.array(ends, dtype=np.int64).reshape(-1, 4)


def _height(group: Group) -> int:
    return max(part.bottom for part in group) - min(part.top for part in group)


def _near_pairs(boxes: NDArray[np.int64], gap: float) -> Iterator[tuple[int, int]]:
    """Yield the pairs of boxes with a gap of at most so many pixels, each pair once."""
    order = np.argsort(boxes[:, 2], kind="stable")
    top, bottom, left, right = boxes[order].T
    ends = np.searchsorted(left, right + gap, side="right")
    for first, end in enumerate(ends.tolist()):
        others = np.s_[first + 1 : end]
        apart = np.maximum(top[others] - bottom[first], top[first] - bottom[others])
        for second in np.flatnonzero(apart <= gap) + first + 1:
            yield int(order[first]), int(order[second])


def distance(one: Group, other: Group, labels: Labels) -> float:
    """Return how far apart two groups of parts are at the nearest, in pixels."""
    top, _, left, _ = _boxes([one, other]).min(axis=0)
    _, bottom, _, right = _boxes([one, other]).max(axis=0)
    around = labels[top:bottom, left:right]
    first, second = (np.isin(around, [part.number for part in group]) for group in (one, other))
    return float(ndimage.distance_transform_edt(~first)[second].min())


def _join(parts: Group, labels: Labels, usual: float, settings: PageSettings) -> list[Group]:
    """Put pieces of a digit together that are so close that it needs no line to tell."""
    groups = {number: [part] for number, part in enumerate(parts)}
    owner = list(range(len(parts)))
    boxes = _boxes([[part] for part in parts])
    most = settings.whole * usual
    pairs = []
    for one, other in _near_pairs(boxes, settings.gap * usual):
        gap = min(settings.gap * usual, settings.own_gap * max(parts[one].size, parts[other].size))
        if _are_two(boxes[one], boxes[other], settings):
            continue
        apart = distance([parts[one]], [parts[other]], labels)
        if apart <= gap:
            pairs.append((apart, one, other))
    for _, one, other in sorted(pairs):
        first, second = owner[one], owner[other]
        if first == second:
            continue
        together = groups[first] + groups[second]
        top, bottom, left, right = _boxes([together])[0]
        if max(bottom - top, right - left) > most:
            continue
        groups[first] = together
        for number, of in enumerate(owner):
            if of == second:
                owner[number] = first
        del groups[second]
    return list(groups.values())


def _are_two(one: NDArray[np.int64], other: NDArray[np.int64], settings: PageSettings) -> bool:
    """Tell whether two parts of about the same height stand side by side."""
    heights = (one[1] - one[0], other[1] - other[0])
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return bool(
        min(heights) >= settings.alike * max(heights) and shared >= settings.beside * min(heights)
    )


def _join_in_line(line: list[Group], labels: Labels, settings: PageSettings) -> list[Group]:
    """Put the rest of the pieces together, now that the height of the line's digits is known."""
    heights = np.array([_height(group) for group in line])
    high = float(np.quantile(heights, 0.8))
    digits = [group for group in line if _height(group) >= settings.tall * high]
    for group in sorted(line, key=_height, reverse=True):
        if any(group is digit for digit in digits):
            continue
        boxes = _boxes(digits)
        best, nearest = None, settings.near * high
        for number, digit in enumerate(digits):
            top, bottom, left, right = _boxes([digit, group]).T
            across = left.max() - right.min()
            if max(across, top.max() - bottom.min()) > nearest:
                continue
            apart = distance(digit, group, labels)
            if apart < nearest:
                best, nearest = number, apart
        if best is not None:
            digits[best] = digits[best] + group
        elif _height(group) >= settings.small * high:
            digits.append(group)
    return sorted(digits, key=lambda group: min(part.left for part in group))
