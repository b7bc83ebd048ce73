"""Ink or shadow: strokes have sharp edges all around, shadows on one side at most.

Both functions take the strength of the ink as `flatten` makes it, (height, width) in [0, 1]. They
are meant for pictures so large that an edge is more than a pixel wide.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.utils.arrays import Float64

TOUCHING = np.ones((3, 3), dtype=bool)  # neighbours by sides or corners

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class ShadowSettings:
    """What tunes `fill` and `drop_soft`.

    Attributes:
        full_quantile: quantile of the ink's strength that counts as full ink.
        steep: rise per pixel of a sharp edge, as a share of full ink.
        coarse: pixels on the longer side of a picture at or above which it is smoothed more before
            slopes are measured.
        fine_sigma: standard deviation in pixels of the Gaussian that smooths a smaller picture.
        coarse_sigma: standard deviation in pixels of the Gaussian that smooths a larger one.
        near: side in pixels of the square in which a sharp edge counts as near.
        touch: distance in pixels at which parts count as touching.
        all_around: share of the edge of a hole in the ink that must be sharp or touch ink.
        beside: share of that edge that must touch ink.
        sharp: a part is a shadow if its share of sharp edge is below this multiple of the highest
            share among the large parts.
        larger: a part is large if its area is at least 1 / larger of the largest area.
    """

    full_quantile: float = 0.995
    steep: float = 0.05
    coarse: int = 200
    fine_sigma: float = 1.2
    coarse_sigma: float = 2.0
    near: int = 5
    touch: int = 2
    all_around: float = 0.85
    beside: float = 0.25
    sharp: float = 0.7
    larger: int = 10


SHADOWS = ShadowSettings()


def fill(strength: Float64, wide: Float64, settings: ShadowSettings = SHADOWS) -> Float64:
    """Fill the holes that a narrow window leaves in blots, by what a wide window shows there.

    Args:
        strength: (height, width) float64 in [0, 1], under a narrow window, in which a blot wider
            than the window looks like paper.
        wide: likewise, under a wide window, in which shadows look like ink.
        settings: what tells the two apart.
    """
    full = np.quantile(strength, settings.full_quantile)
    ink = strength > full / 2
    holes, count = ndimage.label((wide > full / 2) & ~ink, TOUCHING)
    if not count:
        return strength
    rims = np.where(_rim(holes > 0), holes, 0)
    numbers = np.arange(1, count + 1)
    touching = ndimage.binary_dilation(ink, TOUCHING, iterations=settings.touch)
    bounded = ndimage.mean(_steep(wide, full, settings) | touching, rims, numbers)
    beside = ndimage.mean(touching, rims, numbers)
    hollow = np.isin(holes, numbers[(bounded > settings.all_around) & (beside > settings.beside)])
    hollow = ndimage.binary_dilation(hollow, TOUCHING, iterations=settings.touch)
    return np.where(hollow, np.maximum(strength, wide), strength)


def drop_soft(strength: Float64, settings: ShadowSettings = SHADOWS) -> Float64:
    """Erase parts with much softer edges than the sharpest of the large parts.

    Args:
        strength: (height, width) float64 in [0, 1].
        settings: what tells ink from shadows.
    """
    full = np.quantile(strength, settings.full_quantile)
    labels, count = ndimage.label(strength > full / 2, TOUCHING)
    if count < 2:
        return strength
    rims = np.where(_rim(labels > 0), labels, 0)
    numbers = np.arange(1, count + 1)
    sharp = ndimage.mean(_steep(strength, full, settings), rims, numbers)
    area = np.bincount(labels.ravel())[1:]
    sharpest = sharp[area >= area.max() / settings.larger].max()
    soft = numbers[sharp < settings.sharp * sharpest]
    return np.where(ndimage.binary_dilation(np.isin(labels, soft), TOUCHING), 0, strength)


def _steep(picture: Float64, full: float, settings: ShadowSettings) -> Mask:
    """Tell where an edge as sharp as that of ink is near."""
    is_coarse = max(picture.shape) >= settings.coarse
    sigma = settings.coarse_sigma if is_coarse else settings.fine_sigma
    rise = ndimage.gaussian_gradient_magnitude(picture, sigma)
    return np.asarray(ndimage.maximum_filter(rise, settings.near) > settings.steep * full)


def _rim(mask: Mask) -> Mask:
    """Return the outermost points of each part."""
    return np.asarray(mask & ~ndimage.binary_erosion(mask, TOUCHING))
