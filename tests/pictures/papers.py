"""Sheets of paper with a digit on them, as a camera or a scanner sees them."""

from dataclasses import dataclass

import numpy as np

from tests.pictures.paint import (
    Colour,
    Floats,
    Order,
    Size,
    canvas,
    ink,
    lay,
    settle,
)
from tests.pictures.strokes import Points, Strokes

PENS: tuple[Colour, ...] = (
    (0.08, 0.08, 0.09),
    (0.08, 0.08, 0.09),
    (0.10, 0.16, 0.50),
    (0.12, 0.18, 0.60),
    (0.65, 0.10, 0.12),
    (0.08, 0.35, 0.18),
)
RULES: tuple[Colour, ...] = ((0.62, 0.75, 0.90), (0.70, 0.80, 0.90), (0.72, 0.72, 0.74))
MARGIN: Colour = (0.90, 0.55, 0.58)


@dataclass(frozen=True)
class View:
    """From where a camera looks: a rotation and a tilt around the middle of the picture.

    Attributes:
        size: of the picture.
        angle: degrees.
        tilt: how much smaller far things are than near ones, over the whole picture; (x, y).
    """

    size: Size
    angle: float
    tilt: tuple[float, float]

    def __call__(self, points: Points) -> Points:
        """Return where points of the paper, (points, 2), are in the picture."""
        middle = np.array([self.size[1], self.size[0]]) / 2
        turn = np.radians(self.angle)
        cosine, sine = np.cos(turn), np.sin(turn)
        turned = (points - middle) @ np.array([[cosine, sine], [-sine, cosine]])
        depth = 1 + turned @ np.array(self.tilt) / max(self.size)
        seen: Points = turned / depth[:, None] + middle
        return seen


@dataclass(frozen=True)
class Sheet:
    """A digit on a sheet as the camera sees it: ink, (height, width), and what it was drawn with.

    Attributes:
        view: of the camera.
        cover: (height, width) float32, the ink.
        height: of the digit, about, in pixels.
        width: of the pen, in pixels.
    """

    view: View
    cover: Floats
    height: float
    width: float

    @property
    def size(self) -> Size:
        """Of the picture."""
        return self.view.size


def photo_sheet(
    order: Order,
    *,
    longest: tuple[int, int] = (440, 800),
    share: tuple[float, float] = (0.3, 0.75),
    pen: tuple[float, float] = (0.025, 0.09),
) -> Sheet:
    """Write a digit on a sheet and point a camera at it.

    Args:
        order: which digit, and the chances.
        longest: bounds of the picture's longer side, in pixels.
        share: of the picture's shorter side that the digit is high.
        pen: bounds of its width, as a share of the digit's height.
    """
    long = order.whole(*longest)
    short = long if order.turn % 5 == 4 else round(long * 0.75)
    size = (long, short) if order.turn % 2 else (short, long)
    tilt = (order.between(-0.15, 0.15), order.between(-0.15, 0.15))
    return seen(order, View(size, order.between(-4, 4), tilt), share, pen)


def flat_sheet(order: Order) -> Sheet:
    """Write a digit on a sheet and put it on a scanner."""
    size = (order.whole(240, 600), order.whole(240, 600))
    return seen(order, View(size, order.between(-1, 1), (0, 0)), (0.4, 0.8), (0.03, 0.08))


def seen(order: Order, view: View, share: tuple[float, float], pen: tuple[float, float]) -> Sheet:
    """Write a digit and look at it."""
    height = min(view.size) * order.between(*share)
    width = max(1.6, height * order.between(*pen))
    strokes: Strokes = [view(stroke) for stroke in settle(order, view.size, height, width)]
    return Sheet(view, ink(view.size, strokes, width), height, width)


def paper(order: Order, size: Size) -> Floats:
    """Return blank paper, nearly white."""
    light, warm = order.between(0.86, 0.97), order.between(-0.02, 0.04)
    return canvas(size, (light, light - warm / 2, light - warm))


def written(order: Order, sheet: Sheet, below: Floats) -> Floats:
    """Return the paper with the digit on it, in the ink of some pen."""
    return lay(below, sheet.cover * np.float32(order.between(0.85, 1)), order.pick(PENS))


def rule(order: Order, sheet: Sheet, below: Floats, *, squared: bool) -> Floats:
    """Return the paper with lines printed on it."""
    apart = sheet.height / (order.between(2, 7) if squared else order.between(0.9, 3))
    reach = 1.2 * max(sheet.size)
    middle = np.array([sheet.size[1], sheet.size[0]]) / 2
    at = np.arange(-reach, reach, apart) + order.between(0, apart)
    flat = [np.array([[-reach, y], [reach, y]]) + middle for y in at]
    upright = [line[:, ::-1] - middle[::-1] + middle for line in flat]
    lines = [sheet.view(line) for line in (flat + upright if squared else flat)]
    width = max(1.0, 0.25 * sheet.width)
    ruled = lay(below, ink(sheet.size, lines, width), order.pick(RULES))
    if squared or order.turn % 3:
        return ruled
    margin = sheet.view(np.array([[0, -reach], [0, reach]]) + middle * np.array([0.2, 1]))
    return lay(ruled, ink(sheet.size, [margin], width), MARGIN)
