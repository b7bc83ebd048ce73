"""Ink on a canvas: the pen, its colours, and what lies on paper besides.

A picture is (height, width, 3) float32 with colours in [0, 1]; ink, a line or a shade is
(height, width) float32 in [0, 1], how much of each pixel it covers. A size is (height, width).
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from tests.pictures.strokes import Strokes, extent, place, write_digit

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]
Size = tuple[int, int]
Choice = TypeVar("Choice")

BLACK, WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
NO_DIGIT = -1  # the label of an order for something else
FINE = 3000  # pixels on the longer side up to which a canvas is drawn finer, and averaged
FINEST = 4  # times finer at most


@dataclass(frozen=True)
class Order:
    """What a kind of picture is asked for.

    Attributes:
        label: the digit, or NO_DIGIT.
        turn: counts the pictures of a kind, for what takes turns.
        generator: where its chances come from.
        strokes: what is to be drawn, one high or wide; None where the digit is still to be written.
    """

    label: int
    turn: int
    generator: np.random.Generator
    strokes: Strokes | None = None

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return float(self.generator.uniform(low, high))

    def whole(self, low: int, high: int) -> int:
        """Draw a whole number, both ends possible."""
        return int(self.generator.integers(low, high + 1))

    def pick(self, choices: Sequence[Choice]) -> Choice:
        """Draw one of several."""
        return choices[int(self.generator.integers(len(choices)))]


def settle(
    order: Order,
    size: Size,
    height: float,
    width: float,
    *,
    spread: float = 0.5,
    strokes: Strokes | None = None,
) -> Strokes:
    """Put a digit somewhere on a canvas.

    Args:
        order: which digit, and the chances.
        size: of the canvas.
        height: of the digit in pixels; less where it would not fit.
        width: of the pen in pixels.
        spread: how far from the middle it may be, 0 to 1 for all the room there is.
        strokes: the written digit, or None for what the order says.
    """
    strokes = strokes or order.strokes or write_digit(order.label, order.generator)
    every = np.concatenate(strokes)
    middle = (every.min(axis=0) + every.max(axis=0)) / 2
    room = np.array([size[1], size[0]], dtype=np.float64)
    height = float(min(height - width, *((room - width - 1) / extent(strokes).clip(1e-3))))
    free = room - width - 1 - extent(strokes) * height
    x, y = room / 2 - middle * height + free / 2 * spread * order.generator.uniform(-1, 1, 2)
    return place(strokes, height, (float(x), float(y)))


def ink(size: Size, strokes: Strokes, width: float) -> Floats:
    """Draw strokes with a round pen of `width` pixels."""
    finer = max(1, min(FINEST, FINE // max(size)))
    fine = Image.new("L", (size[1] * finer, size[0] * finer))
    draw = ImageDraw.Draw(fine)
    radius = width * finer / 2
    for stroke in strokes:
        points = [(float(x), float(y)) for x, y in stroke * finer]
        draw.line(points, fill=255, width=max(1, round(2 * radius)))
        for x, y in points:  # round ends and joints
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return shade(fine.reduce(finer) if finer > 1 else fine)


def pixel_ink(size: Size, strokes: Strokes, width: int) -> Floats:
    """Draw strokes with a square pen of whole pixels, without grey at the edges."""
    image = Image.new("1", (size[1], size[0]))
    draw = ImageDraw.Draw(image)
    before = (width - 1) // 2
    for stroke in strokes:
        for one, other in itertools.pairwise(stroke):
            for x, y in np.linspace(one, other, 8).round().astype(int).tolist():
                left, top = x - before, y - before
                draw.rectangle((left, top, left + width - 1, top + width - 1), fill=1)
    return shade(image.convert("L"))


def shade(image: Image.Image) -> Floats:
    """Return grey levels in [0, 1]."""
    return np.asarray(image, dtype=np.float32) / np.float32(255)


def canvas(size: Size, colour: Colour) -> Floats:
    """Return a picture of one colour."""
    return np.full((*size, 3), colour, dtype=np.float32)


def lay(picture: Floats, cover: Floats, colour: Colour) -> Floats:
    """Return the picture with a colour laid on where `cover` says."""
    cover = cover[..., None]
    laid: Floats = picture + cover * (np.array(colour, dtype=np.float32) - picture)
    return laid


def blur(cover: Floats, radius: float) -> Floats:
    """Return a shade, softened by a Gaussian of this radius in pixels."""
    return shade(_grey(cover).filter(ImageFilter.GaussianBlur(radius)))


def clouds(size: Size, grain: float, generator: np.random.Generator) -> Floats:
    """Return random soft patches about `grain` pixels wide, (height, width), mostly in [-2, 2]."""
    height, width = (max(2, round(side / grain) + 1) for side in size)
    coarse = Image.fromarray(generator.standard_normal((height, width), dtype=np.float32))
    return np.asarray(coarse.resize((size[1], size[0]), Image.Resampling.BICUBIC))


def finish(picture: Floats) -> Image.Image:
    """Return the picture as an RGB image."""
    return Image.fromarray((picture.clip(0, 1) * 255 + 0.5).astype(np.uint8))


def finish_grey(cover: Floats) -> Image.Image:
    """Return a shade as a grey image."""
    return _grey(cover)


def _grey(cover: Floats) -> Image.Image:
    return Image.fromarray((cover.clip(0, 1) * 255 + 0.5).astype(np.uint8))
