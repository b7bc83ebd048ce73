"""Drawings with something in them besides the digit, or with something missing."""

import numpy as np
from PIL import Image, ImageDraw

from tests.pictures.paint import (
    BLACK,
    WHITE,
    Floats,
    Order,
    canvas,
    clouds,
    finish,
    finish_grey,
    ink,
    lay,
    settle,
    shade,
)
from tests.pictures.screens import any_size, drawn, mouse_drawing
from tests.pictures.strokes import break_strokes, lift_roof, write_digit

FRAMES = ((0.0, 0.0, 0.0), (0.35, 0.35, 0.35), (0.6, 0.6, 0.6), (0.2, 0.3, 0.8), (0.8, 0.2, 0.2))
ARROW = ((0, 0), (0, 17), (4, 13), (7, 20), (10, 19), (7, 12), (12, 12))  # pixels


def framed(order: Order) -> Image.Image:
    """A frame around the digit, at the picture's edge or a little inside."""
    cover = mouse_drawing(order)
    height, width = cover.shape
    image = finish_grey(np.zeros_like(cover))
    inside = order.pick((0, 0, 3, 8))
    box = (inside, inside, width - 1 - inside, height - 1 - inside)
    ImageDraw.Draw(image).rectangle(box, outline=255, width=order.whole(1, 6))
    frame = shade(image)
    dark = order.turn % 3
    picture = lay(canvas((height, width), WHITE if dark else BLACK), frame, order.pick(FRAMES))
    return finish(lay(picture, cover, BLACK if dark else WHITE))


def littered(order: Order) -> Image.Image:
    """The mouse's arrow, or a few specks, beside the digit."""
    cover = mouse_drawing(order)
    image = finish_grey(1 - cover).convert("RGB")
    draw = ImageDraw.Draw(image)
    room = np.argwhere(_far(cover, 24))
    for _ in range(1 if order.turn % 2 else order.whole(2, 6)):
        y, x = room[order.whole(0, len(room) - 1)].tolist()
        if order.turn % 2:
            draw.polygon(
                [(x - 6 + right, y - 10 + down) for right, down in ARROW], "white", "black"
            )
        else:
            radius = order.between(0.7, 3)
            draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill="black")
    return image


def _far(cover: Floats, pixels: int) -> Floats:
    """Return where there is no ink within a number of pixels, nor the picture's end."""
    step = np.pad(cover > 0, pixels, constant_values=True)
    sums = np.pad(step.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    side = 2 * pixels + 1
    near = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    return np.asarray(near == 0, dtype=np.float32)


def noisy(order: Order) -> Image.Image:
    """Gaussian noise, or salt and pepper."""
    cover = mouse_drawing(order)
    grey = 0.1 + 0.8 * (cover if order.turn % 3 == 0 else 1 - cover)
    if order.turn % 2:
        strength = order.between(0.08, 0.2)
        grey = grey + strength * order.generator.standard_normal(grey.shape, dtype=np.float32)
    else:
        chance = order.generator.random(grey.shape, dtype=np.float32)
        share = order.between(0.02, 0.08)
        grey = np.where(chance < share, 0, np.where(chance > 1 - share, 1, grey))
    return finish_grey(np.asarray(grey, dtype=np.float32))


def reduced(order: Order) -> Image.Image:
    """A drawing small enough for its JPEG artefacts to be as large as its strokes."""
    size = any_size(order, 90, 260)
    height = min(size) * order.between(0.5, 0.85)
    cover = drawn(order, size, height, height * order.between(0.05, 0.12))
    tint = 0.04 * clouds(size, 40, order.generator)
    return finish(lay(canvas(size, (0.93, 0.92, 0.9)) + tint[..., None], cover, (0.1, 0.1, 0.25)))


def broken(order: Order) -> Image.Image:
    """Strokes with gaps, where the pen skipped."""
    width = order.between(0.05, 0.08)
    strokes = write_digit(order.label, order.generator)
    for _ in range(order.whole(1, 2)):
        strokes = break_strokes(strokes, width + order.between(0.03, 0.06), order.generator)
    size = any_size(order, 120, 400)
    height = min(size) * order.between(0.6, 0.85)
    placed = settle(order, size, height, width * height, strokes=strokes)
    return finish_grey(1 - ink(size, placed, width * height))


def roof_apart(order: Order) -> Image.Image:
    """A five whose roof does not touch its body."""
    width = order.between(0.05, 0.09)
    strokes = write_digit(order.label, order.generator, least_strokes=2)
    strokes = lift_roof(strokes, width + order.between(0.01, 0.05), order.generator)
    size = any_size(order, 120, 400)
    height = min(size) * order.between(0.55, 0.8)
    placed = settle(order, size, height, width * height, strokes=strokes)
    cover = ink(size, placed, width * height)
    return finish_grey(cover if order.turn % 3 == 0 else 1 - cover)
