"""Ink or shadow: strokes have sharp edges all around, shadows at one side at most.

Both functions take the strength of ink as `flatten` makes it, (height, width) in [0, 1], and are
for pictures large enough to have edges that are more than a pixel.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.decoding import Floats

STEEP = 0.05  # rise per pixel of a sharp edge, as a share of the ink's strength
SHARP = 0.7  # of the best one's share of sharp edge: what has less is a shadow
ALL_AROUND = 0.85  # share of the edge of a hole in the ink that is sharp or touches ink
BESIDE = 0.25  # share of it that touches ink
TOUCHING = np.ones((3, 3), dtype=bool)  # by sides or corners

Mask = NDArray[np.bool_]


def fill(strength: Floats, wide: Floats) -> Floats:
    """Fill what a narrow window has hollowed out of blots, as a wide one shows them.

    Args:
        strength: under a narrow window, in which a blot wider than it looks like paper.
        wide: under a wide window, in which shadows look like ink.
    """
    full = np.quantile(strength, 0.995)
    ink = strength > full / 2
    holes, count = ndimage.label((wide > full / 2) & ~ink, TOUCHING)
    if not count:
        return strength
    rims = np.where(_rim(holes > 0), holes, 0)
    numbers = np.arange(1, count + 1)
    touching = ndimage.binary_dilation(ink, TOUCHING, iterations=2)
    bounded = ndimage.mean(_steep(wide, full) | touching, rims, numbers)
    beside = ndimage.mean(touching, rims, numbers)
    hollow = np.isin(holes, numbers[(bounded > ALL_AROUND) & (beside > BESIDE)])
    hollow = ndimage.binary_dilation(hollow, TOUCHING, iterations=2)
    return np.where(hollow, np.maximum(strength, wide), strength)


def drop_soft(strength: Floats) -> Floats:
    """Erase what has less sharp an edge than the sharpest of the larger parts."""
    full = np.quantile(strength, 0.995)
    labels, count = ndimage.label(strength > full / 2, TOUCHING)
    if count < 2:
        return strength
    rims = np.where(_rim(labels > 0), labels, 0)
    numbers = np.arange(1, count + 1)
    sharp = ndimage.mean(_steep(strength, full), rims, numbers)
    area = np.bincount(labels.ravel())[1:]
    soft = numbers[sharp < SHARP * sharp[area >= area.max() / 10].max()]
    return np.where(ndimage.binary_dilation(np.isin(labels, soft), TOUCHING), 0, strength)


def _steep(picture: Floats, full: float) -> Mask:
    """Tell where an edge as sharp as that of ink is near."""
    sigma = 1.2 if max(picture.shape) < 200 else 2.0
    rise = ndimage.gaussian_gradient_magnitude(picture, sigma)
    return np.asarray(ndimage.maximum_filter(rise, 5) > STEEP * full)


def _rim(mask: Mask) -> Mask:
    """Return the outermost points of each part."""
    return np.asarray(mask & ~ndimage.binary_erosion(mask, TOUCHING))
