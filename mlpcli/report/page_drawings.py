"""A page that was read: its lines as text for a terminal, and a picture with boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.images.cutouts import Box
from mlpcli.report.pictures import lit_blocks

if TYPE_CHECKING:
    from mlpcli.inference.reading import Prediction, Reading

WIDTH = 80  # characters of a line's drawing at most
TALLEST = 14  # pixels to which a line's digits are shrunk, though more would fit
INK = "remove_lines"  # the step after which nothing but ink is left
FULL = 0.3  # share of full ink from which on a pixel is lit
RED, BLUE = (200, 0, 0), (60, 120, 255)


def line_drawings(reading: Reading) -> Iterator[str]:
    """Yield each line's ink in half-block characters, with what was read below each digit."""
    ink = dict(reading.steps).get(INK)
    if ink is None:
        return
    for line in reading.lines:
        boxes = [_scaled(one.box, ink.shape[0] / reading.size[0]) for one in line if one.box]
        if boxes:
            yield _line_drawing(line, boxes, ink)


def _scaled(box: Box, share: float) -> Box:
    """Return a box in a picture of another size, not smaller than a pixel."""
    x, y = (int(start * share) for start in (box.x, box.y))
    right, bottom = ((box.x + box.width) * share, (box.y + box.height) * share)
    return Box(x, y, max(ceil(right) - x, 1), max(ceil(bottom) - y, 1))


def _line_drawing(line: Sequence[Prediction], boxes: Sequence[Box], ink: NDArray[Any]) -> str:
    """Return the ink inside the boxes of a line, above what was read."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    width = max(box.x + box.width for box in boxes) - left
    height = max(box.y + box.height for box in boxes) - top
    alone = np.zeros((height, width))
    for box in boxes:
        rows, columns = (slice(box.y, box.y + box.height), slice(box.x, box.x + box.width))
        inside = ink[rows, columns]
        alone[box.y - top :, box.x - left :][: inside.shape[0], : inside.shape[1]] = inside
    size = max(width / WIDTH, max(box.height for box in boxes) / TALLEST, 1.0)
    drawn = [row.rstrip() for row in lit_blocks(_shrink(alone, size) > FULL)]
    return "\n".join([*drawn, _below(line, [(b.x + b.width / 2 - left) / size for b in boxes])])


def _shrink(ink: NDArray[Any], size: float) -> NDArray[Any]:
    """Return the strongest ink in each square of a side in pixels, so that no stroke is lost."""
    starts = [np.arange(ceil(side / size)) * size for side in ink.shape]
    rows, columns = (start.astype(np.intp) for start in starts)
    return np.asarray(np.maximum.reduceat(np.maximum.reduceat(ink, rows, 0), columns, 1))


def _below(line: Sequence[Prediction], places: Sequence[float]) -> str:
    """Return the names that were read, each below the middle of its digit."""
    text = ""
    for one, place in zip(line, places, strict=True):
        text = text.ljust(max(int(place) - len(one.name) // 2, 0)) + one.name
    return text


def boxed(reading: Reading) -> NDArray[np.uint8]:
    """Return the picture with a box around each digit, and a line from one to the next.

    Above each box stands what was read; (height, width, 3).
    """
    from PIL import Image, ImageDraw, ImageFont  # noqa: PLC0415  # slow, and rarely needed

    _, picture = reading.steps[0]
    shown = Image.fromarray(np.rint(255 * picture).astype(np.uint8)).convert("RGB")
    draw, font = ImageDraw.Draw(shown), ImageFont.load_default()
    share = shown.height / reading.size[0]
    for line in reading.lines:
        boxes = [_scaled(one.box, share) for one in line if one.box]
        draw.line([(box.x + box.width / 2, box.y + box.height / 2) for box in boxes], fill=BLUE)
        for one, box in zip(line, boxes, strict=False):
            ends = (box.x - 1, box.y - 1, box.x + box.width, box.y + box.height)
            draw.rectangle(ends, outline=RED)
            draw.text((box.x, max(box.y - 12, 0)), one.name, fill=RED, font=font)
    return np.asarray(shown)
