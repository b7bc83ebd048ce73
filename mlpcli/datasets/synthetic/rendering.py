"""Renders strokes as images in MNIST's format.

A pen stroke is the union of discs along its curve. For a disc with centre q and radius r, the power
of a pixel p is r² - |p - q|², positive inside. This is the product of (2q, -1, r² - |q|²) and
(p, |p|², 1), so one matrix product gives the powers of all pixels for all discs. The largest power
tells how deep inside the stroke a pixel lies.
"""

import numpy as np

from mlpcli.datasets.synthetic.handwriting import MNIST_PENS, Pens
from mlpcli.images.normalization import BOX, Pixels, centre_by_mass
from mlpcli.utils.arrays import Float32

FRINGE = 0.1  # share of the edge by which the box extends beyond the discs
GAMMA = 1.25  # grey = ink ** GAMMA: MNIST's edges begin faintly and end sharply
CHUNK = 8  # images at a time, so that the powers stay in the processor's cache

_ROWS, _COLUMNS = np.divmod(np.arange(BOX * BOX), BOX)
_PIXELS = np.stack(
    [
        _COLUMNS + 0.5,
        _ROWS + 0.5,
        (_COLUMNS + 0.5) ** 2 + (_ROWS + 0.5) ** 2,
        np.ones(BOX * BOX),
    ]
).astype(np.float32)


def render(
    curves: Float32, radii: Float32, generator: np.random.Generator, pens: Pens = MNIST_PENS
) -> Pixels:
    """Draw digits like MNIST's: boxed, smooth-edged, centred by mass.

    Args:
        curves: (count, samples, 2) float32 points x, y in any unit.
        radii: (count, samples) float32, of the pen, in pixels.
        generator: decides how soft each digit's edges are, and how ragged.
        pens: what is written with.

    Returns:
        (count, 28, 28) uint8.
    """
    soft = generator.uniform(*pens.edge, (len(curves), 1)).astype(np.float32)
    curves, radii = fit_box(curves, radii, FRINGE * soft)
    depth = stroke_depth(curves, radii)
    if pens.rough:
        rough = generator.uniform(0, pens.rough, (len(curves), 1)).astype(np.float32)
        depth += rough * generator.standard_normal(depth.shape, dtype=np.float32)
    ink = np.clip(depth / soft + 0.5, 0, 1) ** np.float32(GAMMA)
    return centre_by_mass(np.rint(255 * ink).astype(np.uint8).reshape(-1, BOX, BOX))


def fit_box(curves: Float32, radii: Float32, fringe: Float32) -> tuple[Float32, Float32]:
    """Scale digits until their longer side fills the box.

    The pen's radius changes as little as possible. On the shorter side the ink is centred, a whole
    number of pixels from the border of the box.
    """
    reach = radii + fringe
    thickness = 2 * reach.mean(axis=1)[:, None, None]
    extent = np.ptp(curves, axis=1, keepdims=True).max(axis=2, keepdims=True)
    curves = curves * ((BOX - thickness) / extent)
    low = (curves - reach[..., None]).min(axis=1, keepdims=True)
    size = (curves + reach[..., None]).max(axis=1, keepdims=True) - low
    shrink = BOX / size.max(axis=2, keepdims=True)  # near 1: the ends may be thinner than the mean
    # 0 on the longer side, despite rounding errors
    margin = np.floor(np.maximum(BOX - size * shrink, 0) / 2)
    return (curves - low) * shrink + margin, radii * shrink[..., 0]


def stroke_depth(curves: Float32, radii: Float32) -> Float32:
    """Return how deep inside the stroke each pixel is, (count, pixels), negative outside.

    Args:
        curves: (count, samples, 2) in pixels from the upper left corner of the box.
        radii: (count, samples) in pixels.
    """
    x, y = curves[..., 0], curves[..., 1]
    discs = np.stack([2 * x, 2 * y, np.full_like(x, -1), radii**2 - x**2 - y**2], axis=2)
    power = np.empty((len(curves), BOX * BOX), dtype=np.float32)
    for start in range(0, len(curves), CHUNK):
        part = slice(start, start + CHUNK)
        np.max(discs[part] @ _PIXELS, axis=1, out=power[part])
    radius = radii.mean(axis=1, keepdims=True)
    depth: Float32 = radius - np.sqrt(np.maximum(radius**2 - power, 0))
    return depth
