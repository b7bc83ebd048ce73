"""Where everything is on a form: corner marks, code strips, boxes and the digits beside them.

All lengths are in millimetres, x to the right and y downwards from the upper left corner of the
page. Whoever changes a number here gives the code a new version, for forms that were printed before
must stay readable.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mlpcli.utils.arrays import Float64

PaperName = Literal["a4", "letter"]
PAPERS: tuple[PaperName, ...] = get_args(PaperName)
SIZES: dict[PaperName, tuple[float, float]] = {"a4": (210.0, 297.0), "letter": (215.9, 279.4)}
"""Width and height."""

MARK = 12.0  # side of a corner mark, seven modules
MARK_CENTRE = 18.0  # from either edge of the page
STRIP = 5.0  # height of a strip of code
STRIP_START = 28.0  # from the left and the right edge of the page
INSTRUCTIONS = (12.0, 27.0)  # their upper left corner
TOP, BOTTOM = 48.0, 29.0  # from the edges of the page to the first and the last row
LABEL = 20.0  # middle of the printed digit of a row
LEFT, RIGHT = 30.0, 12.0  # from the edges of the page to the first and the last box
GAP = 3.0  # between boxes
LARGEST_BOX = 15.0
MOST_ROWS = 16
USUAL_ROWS = 12
DOT, DOT_EVERY = 0.35, 1.0  # of the dotted outline of a box


@dataclass(frozen=True)
class Rectangle:
    """A rectangle on the page.

    Attributes:
        x: left edge.
        y: upper edge.
        width: to the right.
        height: downwards.
    """

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """What a form asks for, from which follows where everything is on it.

    Attributes:
        digits: whose rows take turns, in this order.
        rows: of boxes.
        columns: of boxes.
        paper: name of its size.
    """

    digits: tuple[int, ...]
    rows: int
    columns: int
    paper: PaperName

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the page."""
        return SIZES[self.paper]

    @property
    def box(self) -> float:
        """Side of a box."""
        return _box(self.rows, self.paper)

    def digit(self, row: int) -> int:
        """Return the digit to write into a row, counted from 0."""
        return self.digits[row % len(self.digits)]

    def box_at(self, row: int, column: int) -> Rectangle:
        """Return a box, counted from 0."""
        pitch = _pitch(self.rows, self.paper)
        y = TOP + row * pitch + (pitch - self.box) / 2
        return Rectangle(LEFT + column * (self.box + GAP), y, self.box, self.box)

    @property
    def places(self) -> Iterator[tuple[int, int]]:
        """Row and column of all boxes, counted from 0, row by row."""
        return ((row, column) for row in range(self.rows) for column in range(self.columns))


def make_layout(digits: Sequence[int], rows: int, paper: PaperName) -> Layout:
    """Return a form with as many columns of boxes as fit on the paper.

    Args:
        digits: 0 to 9, each at most once.
        rows: at least one for each digit, at most `MOST_ROWS`.
        paper: name of its size.
    """
    box, (width, _) = _box(rows, paper), SIZES[paper]
    columns = int((width - LEFT - RIGHT + GAP) / (box + GAP))
    return Layout(tuple(digits), rows, columns, paper)


def usual_rows(digits: int) -> int:
    """Return the usual number of rows: the same for each of so many digits, up to 12 in all."""
    return USUAL_ROWS // digits * digits


def mark_centres(paper: PaperName) -> Float64:
    """Return x and y of the middles of the corner marks, (4, 2), clockwise from the upper left."""
    width, height = SIZES[paper]
    near, right, low = MARK_CENTRE, width - MARK_CENTRE, height - MARK_CENTRE
    return np.array([(near, near), (right, near), (right, low), (near, low)])


def strip_cells(paper: PaperName, count: int) -> list[list[Rectangle]]:
    """Return the cells of both strips of code, from left to right.

    Args:
        paper: name of its size.
        count: of cells in a strip.
    """
    width, height = SIZES[paper]
    cell = (width - 2 * STRIP_START) / count
    return [
        [
            Rectangle(STRIP_START + index * cell, middle - STRIP / 2, cell, STRIP)
            for index in range(count)
        ]
        for middle in (MARK_CENTRE, height - MARK_CENTRE)
    ]


def _pitch(rows: int, paper: PaperName) -> float:
    """Return the distance from one row to the next."""
    return (SIZES[paper][1] - TOP - BOTTOM) / rows


def _box(rows: int, paper: PaperName) -> float:
    return min(LARGEST_BOX, _pitch(rows, paper) - GAP)
