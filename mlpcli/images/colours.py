"""Colours and transparency → lightness, in which ink and paper differ."""

from dataclasses import dataclass

import numpy as np
from PIL import Image

from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Float64

LUMA = (299, 587, 114)  # thousandths of red, green and blue: how light they look (ITU-R BT.601)


@dataclass(frozen=True)
class ColourSettings:
    """What tunes `lightness` and `on_paper`.

    Attributes:
        dull: ratio of the standard deviation of lightness to that of the first principal component
            of the colours, below which the component replaces lightness.
        opaque: opacity, in [0, 1], above which a point is visible.
        plain: standard deviation of lightness, in [0, 1], below which what is visible has a single
            colour.
        most: mean opacity in [0, 1] from which the visible part is taken to include the paper.
    """

    dull: float = 0.4
    opaque: float = 0.5
    plain: float = 0.12
    most: float = 0.5


COLOURS = ColourSettings()


def lightness(picture: Image.Image, settings: ColourSettings) -> Float64:
    """Return how light an RGB picture is at each point, (height, width) in [0, 1].

    Where ink and paper differ in colour but hardly in lightness, it is the principal component of
    the colours instead, stretched to the same range. Sums are of whole numbers or
    in a fixed order, because a BLAS library adds in an order that depends on the processor.
    """
    colours = np.asarray(picture)
    light = np.asarray((colours * np.array(LUMA)).sum(axis=2) / (255 * sum(LUMA)))
    covariance = _covariance(colours.reshape(-1, 3))
    direction = _principal_direction(covariance)
    spread = np.sqrt((np.outer(direction, direction) * covariance).sum())
    if light.std() >= settings.dull * spread:
        return light
    component = (colours / 255 * direction).sum(axis=2)
    component -= component.mean()
    if (component * (light - light.mean())).sum() < 0:
        component = -component  # so that lighter stays lighter; the sign is arbitrary
    return np.asarray((component - component.min()) / max(np.ptp(component), 1e-12))


def _covariance(colours: Pixels) -> Float64:
    """Return the covariance matrix of (count, 3) uint8 colours once they are scaled to [0, 1]."""
    count, levels = len(colours), colours.astype(np.float64)
    moments = (levels.T @ levels).astype(np.int64)  # exact, as they stay below 2**53
    sums = levels.sum(axis=0).astype(np.int64)
    return np.asarray((count * moments - np.outer(sums, sums)) / (255 * count) ** 2)


def _principal_direction(covariance: Float64) -> Float64:
    """Return the unit vector along which colours vary most; of several, always the same one.

    Squared again and again, the matrix converges to one whose columns are multiples of it.
    """
    if not covariance.any():
        return np.zeros(3)
    power = covariance / np.trace(covariance)
    for _ in range(40):
        power = (power[:, :, None] * power).sum(axis=1)
        power /= np.trace(power)
    column = power[np.argmax(np.diag(power))]
    return np.asarray(column / np.sqrt((column**2).sum()))


def on_paper(picture: Image.Image, settings: ColourSettings) -> Float64:
    """Return how light an RGBA picture is when it lies on paper, (height, width) in [0, 1].

    If what is visible has a single colour, or is the smaller part, it is ink, and the paper is
    white or black, whichever differs more. Otherwise the paper is visible too, and just goes on.
    """
    light = lightness(picture.convert("RGB"), settings)
    alpha = np.asarray(picture.getchannel("A"), dtype=np.float64) / 255
    visible = light[alpha > settings.opaque]
    if not visible.size:
        return np.ones_like(light)
    if visible.std() < settings.plain or alpha.mean() < settings.most:
        paper = 0.0 if np.median(visible) > 0.5 else 1.0
    else:
        paper = float(np.median(visible))
    return np.asarray(alpha * light + (1 - alpha) * paper)
