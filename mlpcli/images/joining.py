"""Put the pieces of broken digits together: a roof that floats above, a stroke with gaps.

Pieces of one digit are close to each other, and no larger together than a digit is. At first only
that of a page is known; once its lines are, that of each line.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.parts import Group, Labels


@dataclass(frozen=True)
class JoinSettings:
    """What tunes `join` and `join_in_line`.

    A share is of the usual height of the digits, of the page or of the line.

    Attributes:
        gap: share up to which pieces of a digit lie apart.
        own_gap: the same as a share of the larger piece's size, whichever is smaller.
        whole: share of the height and width that several pieces have together at most.
        alike: ratio of the heights of two parts side by side above which they are two digits.
        beside: share of the lower one's height that both share, if they stand side by side.
        tall: share of a line's height from which on a part is a digit of its own.
        near: share of it, up to which a smaller part lies away from its digit.
        high: quantile of the heights in a line that stands for that of its digits.
        small: share of it, below which what is left over is no digit.
    """

    gap: float = 0.15
    own_gap: float = 0.2
    whole: float = 1.3
    alike: float = 0.6
    beside: float = 0.5
    tall: float = 0.6
    near: float = 0.25
    high: float = 0.8
    small: float = 0.45


JOINING = JoinSettings()


def boxes_of(groups: list[Group]) -> NDArray[np.int64]:
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


def height_of(group: Group) -> int:
    """Return the height of some parts together, in pixels."""
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


def _distance(one: Group, other: Group, labels: Labels) -> float:
    """Return how far apart two groups of parts are at the nearest, in pixels."""
    top, _, left, _ = boxes_of([one, other]).min(axis=0)
    _, bottom, _, right = boxes_of([one, other]).max(axis=0)
    around = labels[top:bottom, left:right]
    first, second = (np.isin(around, [part.number for part in group]) for group in (one, other))
    return float(ndimage.distance_transform_edt(~first)[second].min())


def join(
    parts: Group, labels: Labels, usual: float, settings: JoinSettings = JOINING
) -> list[Group]:
    """Put pieces of a digit together that are so close that it needs no line to tell."""
    groups = {number: [part] for number, part in enumerate(parts)}
    owner = list(range(len(parts)))
    boxes = boxes_of([[part] for part in parts])
    most = settings.whole * usual
    pairs = []
    for one, other in _near_pairs(boxes, settings.gap * usual):
        gap = min(settings.gap * usual, settings.own_gap * max(parts[one].size, parts[other].size))
        if _are_two(boxes[one], boxes[other], settings):
            continue
        apart = _distance([parts[one]], [parts[other]], labels)
        if apart <= gap:
            pairs.append((apart, one, other))
    for _, one, other in sorted(pairs):
        first, second = owner[one], owner[other]
        if first == second:
            continue
        together = groups[first] + groups[second]
        top, bottom, left, right = boxes_of([together])[0]
        if max(bottom - top, right - left) > most:
            continue
        groups[first] = together
        for number, of in enumerate(owner):
            if of == second:
                owner[number] = first
        del groups[second]
    return list(groups.values())


def _are_two(one: NDArray[np.int64], other: NDArray[np.int64], settings: JoinSettings) -> bool:
    """Tell whether two parts of about the same height stand side by side."""
    heights = (one[1] - one[0], other[1] - other[0])
    shared = min(one[1], other[1]) - max(one[0], other[0])
    return bool(
        min(heights) >= settings.alike * max(heights) and shared >= settings.beside * min(heights)
    )


def join_in_line(
    line: list[Group], labels: Labels, settings: JoinSettings = JOINING
) -> list[Group]:
    """Put the rest of the pieces together, now that the height of the line's digits is known."""
    heights = np.array([height_of(group) for group in line])
    high = float(np.quantile(heights, settings.high))
    digits = [group for group in line if height_of(group) >= settings.tall * high]
    for group in sorted(line, key=height_of, reverse=True):
        if any(group is digit for digit in digits):
            continue
        best, nearest = None, settings.near * high
        for number, digit in enumerate(digits):
            top, bottom, left, right = boxes_of([digit, group]).T
            across = left.max() - right.min()
            if max(across, top.max() - bottom.min()) > nearest:
                continue
            apart = _distance(digit, group, labels)
            if apart < nearest:
                best, nearest = number, apart
        if best is not None:
            digits[best] = digits[best] + group
        elif height_of(group) >= settings.small * high:
            digits.append(group)
    return sorted(digits, key=lambda group: min(part.left for part in group))
