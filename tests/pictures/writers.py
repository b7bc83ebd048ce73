"""Lines of digits as one person writes them: alike, and yet no digit quite like another.

A line is written on the baseline y = 0 from x = 0 on; its digits are about one high.
"""

from dataclasses import dataclass

import numpy as np

from tests.pictures.countries import Forms
from tests.pictures.forms import choose_taught
from tests.pictures.paint import Order
from tests.pictures.strokes import Form, Points, Strokes, choose_form, lean, read_legible, trace

CLEAR = 0.07  # of ink that does not touch, from edge to edge
BESIDE = 0.15  # by which the boxes of neighbours may overlap, as a 4 tucks under a 7
LINKED = 0.4  # the same where they touch
CONTACT = 0.3  # height of the stretch along which two digits may touch


@dataclass(frozen=True)
class Writer:
    """A person with a pen.

    Attributes:
        forms: how each of the ten digits is written.
        squeeze: the logarithm of the width.
        slant: x per y.
        sizes: standard deviation of the logarithm of the digits' heights.
        wander: standard deviation of where a digit stands, above or below its line.
        gap: between digits, from edge to edge.
        pen: width of the pen.
    """

    forms: tuple[Form, ...]
    squeeze: float
    slant: float
    sizes: float
    wander: float
    gap: float
    pen: float


def meet_writer(
    order: Order, pen: tuple[float, float] = (0.06, 0.11), taught: Forms | None = None
) -> Writer:
    """Choose how somebody writes.

    Args:
        order: where its chances come from.
        pen: bounds of its width.
        taught: the forms the writer has learnt; None for the styles of synthetic digits.
    """
    if taught:
        forms = [choose_taught(taught, digit, order.generator) for digit in range(10)]
    else:
        alphabet = read_legible()
        fits = [alphabet.digits == digit for digit in range(10)]
        forms = [choose_form(alphabet, digit, order.generator) for digit in fits]
    return Writer(
        forms=tuple(forms),
        squeeze=float(order.generator.normal(0, 0.08)),
        slant=float(order.generator.normal(0.07, 0.08 if not taught else 0.05)),
        sizes=order.between(0.02, 0.07),
        wander=order.between(0.01, 0.04),
        gap=order.between(0.12, 0.4),
        pen=order.between(*pen),
    )


def write_on_line(writer: Writer, digit: int, order: Order, size: float = 1.0) -> Strokes:
    """Write one digit, `size` high, standing on y = 0 with its left end at x = 0."""
    strokes = lean(
        trace(writer.forms[digit], order.generator),
        order.generator,
        squeeze=(writer.squeeze, 0.03),
        slant=(writer.slant, 0.025),
        turn=1.5,
    )
    every = np.concatenate(strokes)
    height = size * np.exp(writer.sizes * order.generator.normal())
    scale = height / np.ptp(every[:, 1])
    left, bottom = every[:, 0].min(), every[:, 1].max()
    wander = size * writer.wander * order.generator.normal()
    return [(stroke - (left, bottom)) * scale + (0, wander) for stroke in strokes]


def write_line(
    writer: Writer, digits: list[int], order: Order, *, size: float = 1.0, touching: float = 0.0
) -> list[Strokes]:
    """Write digits one after the other.

    Args:
        writer: who writes.
        digits: of the line.
        order: where its chances come from.
        size: height of the digits, about.
        touching: share of the neighbours that touch.

    Returns:
        the strokes of each digit.
    """
    written: list[Strokes] = []
    grouped = order.whole(3, 8)  # a wider gap after so many, as in a telephone number
    for place, digit in enumerate(digits):
        strokes = write_on_line(writer, digit, order, size)
        if written:
            before = np.concatenate(written[-1])
            may_touch = touching if digits[place - 1] != 1 else 0  # with a 1, a 3 would be a B
            shift = _next_to(before, np.concatenate(strokes), writer, order, size, may_touch)
            shift += 0.4 * size * (place % grouped == 0)
            strokes = [stroke + np.array([shift, 0]) for stroke in strokes]
        written.append(strokes)
    return written


def _next_to(
    before: Points, after: Points, writer: Writer, order: Order, size: float, touching: float
) -> float:
    """Return how far to move a digit so that it stands to the right of the one before."""
    gap = writer.gap * np.exp(0.25 * order.generator.normal())
    clear = writer.pen + size * max(CLEAR, gap)
    touches, how_much = order.between(0, 1) < touching, order.between(0.55, 0.9)
    if touches:
        shift = shift_until(before, after, how_much * writer.pen, LINKED * size)
        near = _distances(before, after + np.array([shift, 0])) < writer.pen
        contact = after[near.any(axis=0), 1]
        if contact.size and np.ptp(contact) < CONTACT * size:
            return shift
    return shift_until(before, after, clear, BESIDE * size)


def shift_until(before: Points, after: Points, distance: float, overlap: float) -> float:
    """Return how far to move some points to the right of others until they are this far apart.

    Args:
        before: (points, 2), those that stay.
        after: (points, 2), those that move.
        distance: from the nearest of one to the nearest of the other.
        overlap: how far the boxes of both may overlap, whatever the distance.
    """
    touch = float(before[:, 0].max() - after[:, 0].min())
    near, far = touch - overlap, touch + distance
    if _distances(before, after + np.array([near, 0])).min() >= distance:
        return near
    for _ in range(16):
        middle = (near + far) / 2
        if _distances(before, after + np.array([middle, 0])).min() >= distance:
            far = middle
        else:
            near = middle
    return far


def _distances(one: Points, other: Points) -> Points:
    """Return (points of one, points of the other)."""
    distances: Points = np.linalg.norm(one[:, None] - other, axis=2)
    return distances
