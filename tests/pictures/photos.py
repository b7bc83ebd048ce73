"""What is written by hand, on paper and boards, photographed or scanned.

A photo is of a digit on a sheet of its own, or of a sheet that is given.
"""

import numpy as np
from PIL import Image

from tests.pictures.light import lamp, shadow, shot, smear, vignette
from tests.pictures.paint import Colour, Floats, Order, Size, blur, canvas, clouds, finish, lay
from tests.pictures.papers import (
    Sheet,
    View,
    flat_sheet,
    paper,
    photo_sheet,
    rule,
    seen,
    written,
)

BOARDS: tuple[Colour, ...] = ((0.12, 0.22, 0.17), (0.14, 0.15, 0.16), (0.10, 0.18, 0.16))
TABLES: tuple[Colour, ...] = ((0.10, 0.09, 0.09), (0.30, 0.20, 0.13), (0.04, 0.04, 0.04))
LARGE: tuple[Size, ...] = (
    (2000, 3000),
    (3000, 2000),
    (3000, 4000),
    (4032, 3024),
    (4000, 6000),
)


def lit(picture: Floats, *lights: Floats, warmth: float = 0.0) -> Floats:
    """Return the picture in this light, which is yellow where it is warm."""
    shine = np.multiply.reduce(lights)[..., None]
    tint = np.array([1, 1 - 0.35 * warmth, 1 - warmth], dtype=np.float32)
    shining: Floats = picture * shine * tint
    return shining


def lamp_photo(order: Order, sheet: Sheet | None = None) -> Image.Image:
    """Paper under a lamp, with a soft shadow across."""
    sheet = sheet or photo_sheet(order)
    picture = written(order, sheet, paper(order, sheet.size))
    soft = shadow(order, sheet.size, order.between(0.25, 0.5), order.between(0.25, 0.8))
    lights = (lamp(order, sheet.size, order.between(0.45, 0.8)), vignette(order, sheet.size), soft)
    picture = lit(picture, *lights, warmth=order.between(0, 0.25))
    return shot(order, picture, exposure=order.between(0.75, 0.98))


def hard_shadow_photo(order: Order, sheet: Sheet | None = None) -> Image.Image:
    """Paper in the sun, with the sharp edge of a shadow across."""
    sheet = sheet or photo_sheet(order)
    picture = written(order, sheet, paper(order, sheet.size))
    hard = shadow(order, sheet.size, order.between(0.35, 0.6), order.between(0.01, 0.04))
    return shot(order, lit(picture, vignette(order, sheet.size), hard), noise=0.012)


def dusk_photo(order: Order) -> Image.Image:
    """A dark, blurred, noisy photo with little contrast."""
    sheet = photo_sheet(order, pen=(0.04, 0.09))
    picture = written(order, sheet, paper(order, sheet.size))
    grey = 0.5 + (picture - 0.5) * np.float32(order.between(0.35, 0.7))
    lights = (lamp(order, sheet.size, order.between(0.5, 0.8)), vignette(order, sheet.size))
    return shot(
        order,
        lit(grey, *lights, warmth=order.between(-0.1, 0.3)),
        exposure=order.between(0.25, 0.5),
        soft=min(0.3 * sheet.width, order.between(1.5, 4)),
        noise=order.between(0.02, 0.04),
    )


def turned_photo(order: Order, sheet: Sheet | None = None) -> Image.Image:
    """A plain photo, to be stored on its side."""
    sheet = sheet or photo_sheet(order)
    picture = written(order, sheet, paper(order, sheet.size))
    lights = (lamp(order, sheet.size, order.between(0.6, 0.9)), vignette(order, sheet.size))
    return shot(order, lit(picture, *lights, warmth=order.between(0, 0.15)))


def squared_scan(order: Order) -> Image.Image:
    """Squared paper, flat and evenly lit."""
    sheet = flat_sheet(order)
    picture = rule(order, sheet, paper(order, sheet.size), squared=True)
    return finish(written(order, sheet, picture))


def ruled_scan(order: Order) -> Image.Image:
    """Ruled paper, the digit across its lines."""
    sheet = flat_sheet(order)
    picture = rule(order, sheet, paper(order, sheet.size), squared=False)
    return finish(written(order, sheet, picture))


def ruled_photo(order: Order) -> Image.Image:
    """Squared or ruled paper, photographed a little askew in uneven light."""
    sheet = photo_sheet(order)
    angle = order.between(1, 4) * order.pick((-1, 1))
    sheet = seen(order, View(sheet.size, angle, sheet.view.tilt), (0.3, 0.75), (0.03, 0.09))
    picture = rule(order, sheet, paper(order, sheet.size), squared=order.turn % 3 > 0)
    lights = (lamp(order, sheet.size, order.between(0.45, 0.8)), vignette(order, sheet.size))
    return shot(order, lit(written(order, sheet, picture), *lights, warmth=order.between(0, 0.2)))


def scan_with_edge(order: Order) -> Image.Image:
    """A scan or photo that shows what lies beside the paper, on one side or two."""
    sheet = flat_sheet(order)
    height, width = sheet.size
    picture = written(order, sheet, paper(order, sheet.size))
    for side in order.generator.permutation(4)[: 1 + order.turn % 2]:
        free = _free(sheet.cover, int(side))
        until = order.between(0.3, 0.8) * free
        slope = order.between(-0.03, 0.03)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        depth, along = ((y, x), (height - y, x), (x, y), (width - x, y))[side]
        inside = until + slope * along - depth
        beside = np.clip(inside + 0.5, 0, 1)
        near = 1 / (1 + np.exp(-np.clip(inside / max(2, 0.05 * free), -30, 30)))
        picture = lay(picture, (0.35 * near).astype(np.float32), (0.2, 0.2, 0.2))
        picture = lay(picture, blur(beside, 1), order.pick(TABLES))
    return shot(order, picture, soft=0.5, noise=0.008)


def _free(cover: Floats, side: int) -> int:
    """Return how many pixels there are between the ink and the top, bottom, left or right."""
    lines = np.flatnonzero(cover.max(axis=1 if side < 2 else 0))
    length = cover.shape[0 if side < 2 else 1]
    return int(lines[0]) if side in (0, 2) else length - 1 - int(lines[-1])


def pencil(order: Order, sheet: Sheet | None = None) -> Image.Image:
    """A thin pencil that catches only the paper's grain."""
    sheet = sheet or photo_sheet(order, pen=(0.015, 0.035))
    grain = clouds(sheet.size, 2, order.generator)
    cover = sheet.cover * np.clip(order.between(0.45, 0.75) + 0.2 * grain, 0, 1)
    picture = lay(paper(order, sheet.size), cover.astype(np.float32), (0.28, 0.28, 0.3))
    lights = (lamp(order, sheet.size, order.between(0.6, 0.9)), vignette(order, sheet.size))
    return shot(order, lit(picture, *lights), noise=0.012)


def blackboard(order: Order, sheet: Sheet | None = None) -> Image.Image:
    """Chalk on a board that was wiped many times."""
    sheet = sheet or photo_sheet(order, pen=(0.05, 0.1))
    board = lay(
        canvas(sheet.size, order.pick(BOARDS)), 0.12 * smear(order, sheet.size), (0.8, 0.8, 0.8)
    )
    grain = clouds(sheet.size, max(1.5, sheet.width / order.between(4, 10)), order.generator)
    cover = blur(sheet.cover, 1) * np.clip(0.8 + 0.3 * grain, 0, 1)
    picture = lay(board, cover.astype(np.float32), (0.93, 0.92, 0.86))
    lights = (lamp(order, sheet.size, order.between(0.5, 0.8)), vignette(order, sheet.size))
    return shot(order, lit(picture, *lights), exposure=order.between(0.2, 0.4))


def whiteboard(order: Order) -> Image.Image:
    """A felt pen on a board that mirrors a window or a lamp."""
    sheet = photo_sheet(order, pen=(0.04, 0.09))
    board = lay(canvas(sheet.size, (0.8, 0.82, 0.84)), 0.12 * smear(order, sheet.size), (0.3,) * 3)
    picture = written(order, sheet, board)
    picture = lit(picture, lamp(order, sheet.size, order.between(0.5, 0.8)))
    mirrored = lamp(order, sheet.size, 0.0) ** np.float32(order.between(8, 20))
    picture = lay(picture, np.float32(order.between(0.2, 0.5)) * mirrored, (1.0, 1.0, 1.0))
    return shot(order, picture, exposure=order.between(0.8, 1.0))


def large_photo(order: Order) -> Image.Image:
    """A photo of 3000×2000 to 6000×4000 pixels, as today's phones take them."""
    size = LARGE[order.turn % len(LARGE)]
    view = View((size[0] // 4, size[1] // 4), order.between(-4, 4), (0.1, order.between(-0.1, 0.1)))
    sheet = seen(order, view, (0.25, 0.6), (0.03, 0.08))
    picture = written(order, sheet, paper(order, sheet.size))
    lights = (lamp(order, sheet.size, order.between(0.5, 0.8)), vignette(order, sheet.size))
    image = shot(order, lit(picture, *lights, warmth=order.between(0, 0.2)), noise=0.0)
    pixels = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BICUBIC))
    tile = order.generator.integers(0, 12, (500, 500, 1), dtype=np.uint8)
    grain = np.tile(tile, (-(-size[0] // 500), -(-size[1] // 500), 1))[: size[0], : size[1]]
    return Image.fromarray(np.minimum(pixels, 255 - 12) + grain)
