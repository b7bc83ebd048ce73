"""Digits drawn on a screen: with the mouse in a drawing program, or on a web page's canvas."""

import numpy as np
from PIL import Image

from tests.pictures.paint import (
    BLACK,
    WHITE,
    Colour,
    Floats,
    Order,
    Size,
    canvas,
    finish,
    finish_grey,
    ink,
    lay,
    pixel_ink,
    settle,
)

COLOURED = (  # ink, paper; of the first four pairs both are as light as each other
    ((0.80, 0.12, 0.12), (0.08, 0.46, 0.16)),
    ((0.10, 0.22, 0.92), (0.27, 0.27, 0.27)),
    ((0.90, 0.20, 0.75), (0.20, 0.58, 0.65)),
    ((0.10, 0.62, 0.20), (0.58, 0.35, 0.33)),
    ((0.95, 0.85, 0.10), (0.15, 0.25, 0.70)),
    ((0.10, 0.20, 0.70), (0.98, 0.93, 0.55)),
    ((0.95, 0.95, 0.95), (0.75, 0.10, 0.15)),
    ((0.45, 0.10, 0.55), (1.00, 0.75, 0.80)),
    ((1.00, 0.55, 0.10), (0.20, 0.15, 0.30)),
    ((0.85, 0.10, 0.10), (0.75, 0.90, 0.95)),
)


def drawn(order: Order, shape: Size, height: float, width: float, spread: float = 0.5) -> Floats:
    """Return the ink of a digit somewhere on a canvas."""
    return ink(shape, settle(order, shape, height, width, spread=spread), width)


def any_size(order: Order, low: int, high: int) -> Size:
    """Return the size of a canvas, square as often as not."""
    side = order.whole(low, high)
    return (side, side) if order.turn % 2 else (order.whole(low, high), side)


def mouse_drawing(order: Order) -> Floats:
    """Return the ink of a digit as people draw it with the mouse on a large canvas."""
    size = any_size(order, 280, 500)
    height = min(size) * order.between(0.45, 0.9)
    return drawn(order, size, height, order.between(10, min(40, 0.14 * height)))


def black_on_white(order: Order) -> Image.Image:
    """The usual drawing program."""
    return finish_grey(1 - mouse_drawing(order)).convert("RGB")


def white_on_black(order: Order) -> Image.Image:
    """The canvas of many a web page that recognises digits."""
    return finish_grey(mouse_drawing(order)).convert("RGB")


def small_dark(order: Order) -> Image.Image:
    """28×28, dark on light, in a brush with soft edges."""
    return finish_grey(1 - small(order, 28))


def small_light(order: Order) -> Image.Image:
    """28×28, light on dark, anywhere and of any size."""
    return finish_grey(small(order, 28))


def small(order: Order, side: int) -> Floats:
    """Return the ink of a digit on as few pixels as can show it."""
    height = side * order.between(0.62, 0.98)
    return drawn(order, (side, side), height, height * order.between(0.09, 0.14), spread=1)


def pixel_pen(order: Order) -> Image.Image:
    """28×28, black or white, drawn with the pencil of a drawing program."""
    width = order.whole(1, 3)
    strokes = settle(order, (28, 28), order.between(17 + width, 27), width, spread=0.8)
    cover = pixel_ink((28, 28), strokes, width)
    return finish_grey(cover if order.turn % 3 == 0 else 1 - cover)


def icon(order: Order) -> Image.Image:
    """12×12 to 20×20 pixels."""
    side = order.whole(12, 20)
    cover = drawn(order, (side, side), side, max(1.2, side * order.between(0.07, 0.1)))
    return finish_grey(cover if order.turn % 2 else 1 - cover)


def corner(order: Order) -> Image.Image:
    """A tiny digit in a corner of a large canvas."""
    size, height = any_size(order, 300, 800), order.between(24, 60)
    width = height * order.between(0.06, 0.12)
    room = round(height * 1.5)
    part = drawn(order, (room, room), height, width)
    top, left = (order.pick((6, side - room - 6)) for side in size)
    picture = np.zeros(size, dtype=np.float32)
    picture[top : top + room, left : left + room] = part
    return finish_grey(picture if order.turn % 3 == 0 else 1 - picture)


def thin_pen(order: Order) -> Image.Image:
    """A line of one or two pixels on a large canvas."""
    size = any_size(order, 200, 600)
    cover = drawn(order, size, min(size) * order.between(0.4, 0.9), order.between(1, 2))
    return finish_grey(cover if order.turn % 3 == 0 else 1 - cover)


def thick_marker(order: Order) -> Image.Image:
    """A brush so thick that it nearly fills the loops."""
    size = any_size(order, 140, 280)
    height = min(size) * order.between(0.75, 0.95)
    thickest = 0.17 if order.label in (4, 6, 8, 9) else 0.24  # their loops are small
    width = min(40, height * order.between(0.14, thickest))
    cover = drawn(order, size, height, width)
    return finish_grey(cover if order.turn % 3 == 0 else 1 - cover)


def tight(order: Order) -> Image.Image:
    """Cut off where the ink ends, or a pixel further in."""
    height = order.between(40, 300)
    size = (round(height * 1.4), round(height * 1.4))
    cover = drawn(order, size, height, height * order.between(0.06, 0.15))
    rows, columns = np.flatnonzero(cover.max(axis=1)), np.flatnonzero(cover.max(axis=0))
    inside = order.whole(0, 1)
    cover = cover[
        rows[0] + inside : rows[-1] + 1 - inside, columns[0] + inside : columns[-1] + 1 - inside
    ]
    return finish_grey(cover if order.turn % 2 else 1 - cover)


def coloured(order: Order) -> Image.Image:
    """Coloured ink on coloured paper, where ink may be as light as paper."""
    writing, paper = COLOURED[order.turn % len(COLOURED)]
    cover = mouse_drawing(order)
    return finish(lay(canvas((cover.shape[0], cover.shape[1]), paper), cover, writing))


def gradient(order: Order) -> Image.Image:
    """On a background that runs from one grey or colour to another."""
    cover = mouse_drawing(order)
    height, width = cover.shape
    angle = order.between(0, 2 * np.pi)
    y, x = np.ogrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    along = 0.5 + (x * np.cos(angle) + y * np.sin(angle)) / 2 / 1.42
    light = order.turn % 2
    tint = [order.between(-0.06, 0.06) for _ in range(3)]
    first, last = (0.98, 0.45) if light else (0.02, 0.55)
    paper = (first + (last - first) * along)[..., None] + np.array(tint)
    return finish(lay(np.asarray(paper, dtype=np.float32), cover, BLACK if light else WHITE))


def transparent(order: Order, writing: Colour, hidden: Colour) -> Image.Image:
    """Return ink on nothing, with a colour hidden where nothing is."""
    cover = mouse_drawing(order)
    size = (cover.shape[0], cover.shape[1])
    # an eraser and a new canvas leave other colours below what is not there at all
    picture = np.where(cover[..., None] > 0, canvas(size, writing), canvas(size, hidden))
    image = finish(picture)
    image.putalpha(finish_grey(cover))
    return image


def transparent_black(order: Order) -> Image.Image:
    """Black ink on transparent paper, white below."""
    return transparent(order, BLACK, WHITE)


def transparent_white(order: Order) -> Image.Image:
    """White ink on transparent paper, black or white below."""
    return transparent(order, WHITE, order.pick((BLACK, WHITE)))


def transparent_hidden(order: Order) -> Image.Image:
    """Black ink on transparent paper, black below too: all but the transparency is black."""
    return transparent(order, BLACK, BLACK)
