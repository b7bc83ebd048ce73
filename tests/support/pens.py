"""Digits and lines drawn with a round pen, every stroke of which a test knows, and uneven light."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from tests.pictures.paint import ink

Floats = NDArray[np.float64]
Stroke = Sequence[tuple[float, float]]


def _arc(x: float, y: float, rx: float, ry: float, start: float, stop: float) -> Stroke:
    """Return points of an ellipse; degrees, clockwise from the right."""
    turns = np.radians(np.linspace(start, stop, 60))
    return [(x + rx * np.cos(turn), y + ry * np.sin(turn)) for turn in turns]


DIGITS: dict[int, list[Stroke]] = {
    0: [_arc(0.4, 0.5, 0.35, 0.5, 0, 360)],
    1: [[(0.4, 0), (0.4, 1)]],
    2: [[*_arc(0.4, 0.3, 0.35, 0.3, -170, 40), (0.05, 1), (0.8, 1)]],
    4: [[(0.45, 0), (0.0, 0.65), (0.8, 0.65)], [(0.6, 0.35), (0.6, 1)]],
    5: [[(0.2, 0), (0.75, 0)], [(0.2, 0), (0.15, 0.45), *_arc(0.4, 0.68, 0.35, 0.3, -140, 150)]],
    7: [[(0.05, 0), (0.75, 0), (0.3, 1)]],
    8: [_arc(0.4, 0.25, 0.28, 0.25, 90, 450), _arc(0.4, 0.75, 0.35, 0.25, -90, 270)],
}
"""Strokes, (x, y) with y downwards, in a box 0.8 wide and 1 high."""


def draw(size: tuple[int, int], *strokes: Stroke, width: float) -> Floats:
    """Draw strokes, in pixels, as ink of (height, width) in [0, 1]."""
    drawn = ink(size, [np.array(stroke, dtype=np.float64) for stroke in strokes], width)
    return np.asarray(drawn, dtype=np.float64)


def write(
    digit: int,
    size: tuple[int, int] = (120, 120),
    *,
    width: float = 8,
    height: float | None = None,
    left: float | None = None,
) -> Floats:
    """Write a digit as ink of (height, width) in [0, 1].

    Args:
        digit: a key of DIGITS.
        size: of the picture, height and width.
        width: of the pen.
        height: of the digit, by default 0.6 of the picture's.
        left: of its box, by default so that the box is in the middle, as it is from above.
    """
    height = height or 0.6 * size[0]
    top = (size[0] - height) / 2
    left = (size[1] - 0.8 * height) / 2 if left is None else left
    strokes = [[(left + x * height, top + y * height) for x, y in s] for s in DIGITS[digit]]
    return draw(size, *strokes, width=width)


def lamp(size: tuple[int, ...], darkest: float) -> Floats:
    """Return light that falls evenly from the upper left to the lower right corner."""
    down, right = np.linspace(0, 1, size[0])[:, None], np.linspace(0, 1, size[1])
    return 1 - (1 - darkest) * (down + right) / 2
