"""Lines of digits on a page, and the page in a picture.

A composition is in units of a digit's usual height: the first line stands on y = 0 and begins near
x = 0. `show` puts it into a picture, in pixels.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from tests.pictures.countries import Forms
from tests.pictures.paint import Order, Size, ink
from tests.pictures.papers import Sheet, View
from tests.pictures.strokes import Points, Strokes
from tests.pictures.writers import meet_writer, write_line, write_on_line

MOST_LINES, MOST_IN_LINE, MOST_DIGITS = 8, 12, 60
LONGEST = 1500  # pixels of a picture's longer side


class Box(NamedTuple):
    """Where a digit is, in pixels of the picture, from the outer edges of its ink."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Composition:
    """What is written on a page.

    Attributes:
        lines: the digits of each line.
        digits: the strokes of each digit, line by line.
        pen: its width.
        pitch: from one line to the next; 0 where it is not the same for all.
        square: side of the squares in each of which a digit stands; 0 where there are none.
    """

    lines: tuple[str, ...]
    digits: tuple[Strokes, ...]
    pen: float
    pitch: float
    square: float = 0.0


@dataclass(frozen=True)
class Projection:
    """The way from a composition to the picture.

    Attributes:
        view: of the camera.
        pixels: to a unit of the composition.
        start: where (0, 0) of the composition is before the camera turns and tilts, in pixels.
    """

    view: View
    pixels: float
    start: Points

    def __call__(self, points: Points) -> Points:
        """Return where points of the composition, (points, 2), are in the picture."""
        return self.view(points * self.pixels + self.start)


@dataclass(frozen=True)
class Shown:
    """A page in a picture.

    Attributes:
        sheet: the ink.
        boxes: of the digits, line by line.
        seen: leads from the composition to the picture.
    """

    sheet: Sheet
    boxes: tuple[Box, ...]
    seen: Projection


def think_of_lines(order: Order) -> list[list[int]]:
    """Choose the digits of 1 to 8 lines; of every other page all lines are about as long."""
    count = 1 + order.turn % MOST_LINES
    most = min(MOST_IN_LINE, MOST_DIGITS // count)
    usual = order.whole(1, most)
    even = order.turn // MOST_LINES % 2
    lengths = [
        min(most, usual + order.whole(0, 1)) if even else order.whole(1, most) for _ in range(count)
    ]
    return [order.generator.integers(0, 10, length).tolist() for length in lengths]


def compose(
    order: Order,
    *,
    pen: tuple[float, float] = (0.06, 0.11),
    sizes: tuple[float, float] = (1.0, 1.0),
    touching: float = 0.0,
    slope: float = 0.4,
    taught: Forms | None = None,
) -> Composition:
    """Write lines below each other.

    Args:
        order: where its chances come from.
        pen: bounds of its width.
        sizes: bounds of the height of a line's digits.
        touching: share of the neighbours that touch.
        slope: of a line against the others, degrees, standard deviation.
        taught: the forms the writer has learnt, see `meet_writer`.
    """
    writer, lines = meet_writer(order, pen, taught), think_of_lines(order)
    pitch, indent = order.between(1.4, 2.2), order.between(0, 0.6)
    digits: list[Strokes] = []
    y, above = 0.0, 0.0
    for line in lines:
        size = order.between(*sizes)
        if above:
            y += size + (pitch - 1) * (above + size) / 2
        above = size
        written = write_line(writer, line, order, size=size, touching=touching)
        start = np.array([order.between(0, indent), y])
        bound = np.degrees(0.2 / _length(written))  # never across the next line
        turned = _rotation(float(np.clip(slope * order.generator.normal(), -bound, bound)))
        digits += [[stroke @ turned + start for stroke in strokes] for strokes in written]
    same = sizes[0] == sizes[1]
    return Composition(_texts(lines), tuple(digits), writer.pen, pitch if same else 0.0)


def compose_columns(order: Order) -> Composition:
    """Write a table of numbers, with wide gaps between its columns."""
    writer = meet_writer(order)
    rows, columns = order.whole(2, MOST_LINES), order.whole(2, 4)
    most = min(3, MOST_DIGITS // (rows * columns))
    lengths = order.generator.integers(1, most + 1, (rows, columns))
    pitch, gap, right = order.between(1.5, 2.4), order.between(1.3, 3), order.turn % 2
    cells = [[order.generator.integers(0, 10, count).tolist() for count in row] for row in lengths]
    written = [[write_line(writer, cell, order) for cell in row] for row in cells]
    widths = [max(_length(row[column]) for row in written) for column in range(columns)]
    digits: list[Strokes] = []
    for row, line in enumerate(written):
        for column, cell in enumerate(line):
            x = sum(widths[:column]) + gap * column + order.between(0, 0.15)
            x += right * (widths[column] - _length(cell))
            digits += [
                [stroke + np.array([x, row * pitch]) for stroke in strokes] for strokes in cell
            ]
    lines = [[digit for cell in row for digit in cell] for row in cells]
    return Composition(_texts(lines), tuple(digits), writer.pen, pitch)


def compose_squares(order: Order, pen: tuple[float, float] = (0.06, 0.1)) -> Composition:
    """Write one digit into each square of squared paper."""
    writer, lines = meet_writer(order, pen), think_of_lines(order)
    square, apart = order.between(1.2, 1.45), order.whole(1, 2)
    room = square - writer.pen - 0.1
    digits: list[Strokes] = []
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            strokes = write_on_line(writer, digit, order)
            every = np.concatenate(strokes)
            middle = (every.min(axis=0) + every.max(axis=0)) / 2
            scale = min(1.0, room / np.ptp(every, axis=0).max())
            where = np.array([column + 0.5, row * apart]) * square - (0, 0.5)
            where += 0.03 * order.generator.standard_normal(2)
            digits.append([(stroke - middle) * scale + where for stroke in strokes])
    return Composition(_texts(lines), tuple(digits), writer.pen, apart * square, square)


def show(
    order: Order,
    composition: Composition,
    *,
    height: tuple[float, float] = (32, 80),
    angle: float = 0.0,
    tilt: tuple[float, float] = (0.0, 0.0),
) -> Shown:
    """Put a page into a picture that is as large as the page needs.

    Args:
        order: where its chances come from.
        composition: the page.
        height: bounds of the digits' usual height, in pixels.
        angle: by which all is turned, degrees.
        tilt: of the camera, see View.
    """
    every = np.concatenate([stroke for strokes in composition.digits for stroke in strokes])
    low, high = every.min(axis=0), every.max(axis=0)
    pixels = min(order.between(*height), LONGEST / (float((high - low).max()) + 2))
    width = max(1.6, composition.pen * pixels)
    border = width / 2 + 2
    before, after = (pixels * order.generator.uniform(0.3, 1.5, 2) + border for _ in range(2))
    lacking = np.ones((2, 2))
    while lacking.any():  # turned and tilted, a page needs more room
        room = np.ceil((high - low) * pixels + before + after)
        view = View((int(room[1]), int(room[0])), angle, tilt)
        seen = Projection(view, pixels, before - low * pixels)
        ends = seen(every)
        lacking = np.array([border - ends.min(axis=0), border + ends.max(axis=0) - room]).clip(0)
        before, after = before + lacking[0] * 1.1, after + lacking[1] * 1.1
    digits = [[seen(stroke) for stroke in strokes] for strokes in composition.digits]
    cover = ink(view.size, [stroke for strokes in digits for stroke in strokes], width)
    boxes = tuple(box_of(strokes, width, view.size) for strokes in digits)
    return Shown(Sheet(view, cover, pixels, width), boxes, seen)


def box_of(strokes: Strokes, width: float, size: Size) -> Box:
    """Return the box of a digit's ink in a picture."""
    every = np.concatenate(strokes)
    low = np.maximum(every.min(axis=0) - width / 2, 0)
    high = np.minimum(every.max(axis=0) + width / 2, (size[1], size[0]))
    return Box(*low.round(1).tolist(), *(high - low).round(1).tolist())


def _texts(lines: list[list[int]]) -> tuple[str, ...]:
    return tuple("".join(map(str, line)) for line in lines)


def _length(written: list[Strokes]) -> float:
    """Return where a line ends."""
    return max(float(stroke[:, 0].max()) for strokes in written for stroke in strokes)


def _rotation(degrees: float) -> Points:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, sine], [-sine, cosine]])
