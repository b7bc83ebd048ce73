"""Turns lightness into ink strength, correcting for paper colour, lighting and shadows.

A picture is (height, width) in [0, 1]. After `flatten` paper is 0, and the value of a point is the
share of light that the ink on it absorbs.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.normalization import resize
from mlpcli.images.shadows import SHADOWS, ShadowSettings, drop_soft, fill
from mlpcli.utils.arrays import Float64

LEAST_RANGE = 1e-6  # values that differ by less do so by rounding


@dataclass(frozen=True)
class FlattenSettings:
    """What tunes `flatten`, besides the window that the recipe gives.

    Attributes:
        border: width of the border, as a share of the shorter side.
        middle: quantiles of lightness at the border between which its spread is measured.
        even: spread of lightness, in [0, 1], below which the paper counts as evenly lit, as in a
            drawing or a scan.
        darkest: lower limit of the paper's lightness when dividing by it, in [0, 1].
        small: pixels on the longer side up to which noise and shadows do not matter.
        median: side in pixels of the median filter that removes the noise of a larger picture.
        smoothing: ratio of the longer side to the standard deviation of the Gaussian that smooths
            the paper.
        longest: pixels on the longer side to which a picture is averaged down to choose a window.
        windows: shares of the widest window, from which one that fits the ink is chosen.
        edge_quantile: quantile of the slopes that stands for the picture's sharpest edges.
        enough_edge: a window is wide enough if it shows edges at least this share as steep as the
            widest window does.
        shadows: settings for telling ink from shadows.
    """

    border: float = 0.03
    middle: tuple[float, float] = (0.15, 0.85)
    even: float = 0.04
    darkest: float = 0.05
    small: int = 60
    median: int = 3
    smoothing: int = 200
    longest: int = 160
    windows: tuple[float, ...] = (0.3, 0.5, 0.75, 1.0)
    edge_quantile: float = 0.995
    enough_edge: float = 0.7
    shadows: ShadowSettings = SHADOWS


FLATTEN = FlattenSettings()


def flatten(light: Float64, *, window: float, settings: FlattenSettings = FLATTEN) -> Float64:
    """Measure ink against the paper around it, so that neither lamp nor shadow counts.

    Ink is what is darker than everything around it: a morphological closing (the minimum of the
    maxima) under a window wider than the strokes gives the paper without them, shadows included.

    Args:
        light: (height, width) float64 in [0, 1], light ink on dark paper.
        window: the widest one, as a share of the picture's longer side. A narrower one is used
            where the ink fits into it, because it follows shadows more closely.
        settings: everything else.
    """
    dark = 1 - light  # dark ink again, so that it is the paper that reflects light
    border = ring(dark, settings.border)
    low, high = np.quantile(border, settings.middle)
    if high - low < settings.even:
        paper = float(np.median(border))
        lifted = dark + max(settings.darkest - paper, 0)  # black paper is no ink
        return _share(lifted, paper, settings)
    longer = max(dark.shape)
    smooth = ndimage.median_filter(dark, settings.median) if longer > settings.small else dark
    smooth = ndimage.gaussian_filter(smooth, longer / settings.smoothing)
    narrower = _fitting(shrink(smooth, settings.longest), window, settings)
    strength = _share(dark, _close(smooth, narrower), settings)
    if longer <= settings.small:
        return strength
    if narrower < window:
        wide = _share(dark, _close(smooth, window), settings)
        strength = fill(strength, wide, settings.shadows)
    return drop_soft(strength, settings.shadows)


def shrink(light: Float64, most: int) -> Float64:
    """Average a picture down until its longer side has at most `most` pixels.

    Args:
        light: (height, width) float64 in [0, 1].
        most: pixels.
    """
    share = most / max(light.shape)
    if share >= 1:
        return light
    height, width = (max(1, round(side * share)) for side in light.shape)
    return resize(light, height, width)


def otsu(values: Float64) -> float:
    """Return the threshold between the two classes that are furthest apart.

    Otsu, A threshold selection method from gray-level histograms, 1979.

    Args:
        values: float64 of any shape, at least one.
    """
    low = values.min()
    counts, edges = np.histogram(values, 128, (low, max(values.max(), low + LEAST_RANGE)))
    middles = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = counts.sum() - below
    sums = np.cumsum(counts * middles)
    apart = sums[:-1] / np.maximum(below, 1) - (sums[-1] - sums[:-1]) / np.maximum(above, 1)
    between = below * above * apart**2
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1:][best].mean())


def ring(picture: NDArray[Any], share: float) -> NDArray[Any]:
    """Return the points near the border as one row.

    Args:
        picture: (height, width) of any type.
        share: width of the border, as a share of the shorter side.
    """
    width = max(1, round(share * min(picture.shape)))
    outer = np.ones(picture.shape, dtype=bool)
    outer[width:-width, width:-width] = False
    return picture[outer]


def _fitting(dark: Float64, window: float, settings: FlattenSettings) -> float:
    """Return the window after the first one that shows nearly all edges of the ink."""
    windows = [window * share for share in settings.windows]
    edges = [_sharpest(_share(dark, _close(dark, each), settings), settings) for each in windows]
    enough = settings.enough_edge * edges[-1] - LEAST_RANGE
    first = next(index for index, edge in enumerate(edges) if edge >= enough)
    return windows[min(first + 1, len(windows) - 1)]


def _sharpest(strength: Float64, settings: FlattenSettings) -> float:
    """Return the slope of the sharpest edges."""
    slopes = ndimage.gaussian_gradient_magnitude(strength, 1)
    return float(np.quantile(slopes, settings.edge_quantile))


def _close(dark: Float64, window: float) -> Float64:
    """Return how light the paper would be without ink: dark spots narrower than a window close."""
    pixels = max(3, round(window * max(dark.shape)) | 1)
    lightest = ndimage.maximum_filter(dark, pixels, mode="nearest")
    return np.asarray(ndimage.minimum_filter(lightest, pixels, mode="nearest"))


def _share(dark: Float64, paper: Float64 | float, settings: FlattenSettings) -> Float64:
    """Return the share of the paper's light that is missing."""
    return np.asarray(np.clip(1 - dark / np.maximum(paper, settings.darkest), 0, 1))
