"""What light, lens and sensor make of a sheet of paper.

Light is (height, width) float32, what it multiplies the picture by.
"""

import numpy as np
from PIL import Image, ImageFilter

from tests.pictures.paint import Floats, Order, Size, blur, clouds, finish, shade


def lamp(order: Order, size: Size, darkest: float) -> Floats:
    """Return the light of a lamp on one side, down to about `darkest` on the other."""
    x, y = _axes(size)
    angle, reach = order.between(0, 2 * np.pi), order.between(0.4, 1.1)
    apart = (x - reach * np.cos(angle)) ** 2 + (y - reach * np.sin(angle)) ** 2
    fall = np.exp(-apart / 2)
    fall = (fall - fall.min()) / (fall.max() - fall.min())
    return np.asarray(darkest + (1 - darkest) * fall, dtype=np.float32)


def vignette(order: Order, size: Size) -> Floats:
    """Return the darker corners of a small lens."""
    x, y = _axes(size)
    return np.asarray(1 - order.between(0.05, 0.2) * (x**2 + y**2), dtype=np.float32)


def shadow(order: Order, size: Size, depth: float, soft: float) -> Floats:
    """Return the shadow of a hand, a head or a phone that falls across the picture.

    Args:
        order: where its chances come from.
        size: of the picture.
        depth: how much of the light it takes.
        soft: how wide its edge is, as a share of half the picture.
    """
    x, y = _axes(size)
    angle, bow = order.between(0, 2 * np.pi), order.between(-0.5, 0.5)
    along = x * np.cos(angle) + y * np.sin(angle)
    across = y * np.cos(angle) - x * np.sin(angle)
    edge = along - order.between(-0.5, 0.5) + bow * across**2
    return np.asarray(1 - depth / (1 + np.exp(-edge / soft * 4)), dtype=np.float32)


def shot(
    order: Order, picture: Floats, *, exposure: float = 0.95, soft: float = 0.8, noise: float = 0.02
) -> Image.Image:
    """Take the photo.

    Args:
        order: where the noise comes from.
        picture: (height, width, 3) float32, lit.
        exposure: how light the lightest parts come out.
        soft: radius of the lens's blur, in pixels.
        noise: of the sensor, standard deviation.
    """
    size = (picture.shape[0], picture.shape[1])
    lightest = float(np.percentile(picture[::8, ::8].max(axis=2), 95))
    blurred = finish(picture * (exposure / lightest)).filter(ImageFilter.GaussianBlur(soft))
    grain = noise * order.generator.standard_normal(size, dtype=np.float32)
    colour = noise * clouds((size[0], size[1] * 3), 3, order.generator).reshape(*size, 3)
    return finish(shade(blurred) + grain[..., None] + colour / np.float32(2))


def smear(order: Order, size: Size) -> Floats:
    """Return what a sponge leaves on a board, (height, width) float32 in about [0, 1]."""
    patches = clouds(size, max(size) / 3, order.generator)
    streaks = clouds((size[1], size[0]), max(size) / 20, order.generator).T
    return blur(np.asarray(0.4 + 0.2 * patches + 0.1 * streaks, dtype=np.float32), 3)


def _axes(size: Size) -> tuple[Floats, Floats]:
    """Return x and y of all pixels, from -1 to 1 on the longer side."""
    height, width = size
    y, x = np.ogrid[-height / 2 : height / 2 : height * 1j, -width / 2 : width / 2 : width * 1j]
    half = max(size) / 2
    return np.asarray(x / half, dtype=np.float32), np.asarray(y / half, dtype=np.float32)
