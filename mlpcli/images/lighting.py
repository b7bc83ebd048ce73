"""Lightness → strength of the ink, whatever the paper, the lamp and the shadows.

A picture is (height, width) in [0, 1] throughout. After `polarity` ink is light and paper dark;
after `flatten` paper is 0 and a point's value is the share of light that the ink on it swallows.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from mlpcli.images.decoding import Floats
from mlpcli.images.normalization import resize
from mlpcli.images.shadows import Mask, drop_soft, fill

GLANCE = 96  # pixels on the longer side are enough to tell paper from ink
RING = 0.03  # of the shorter side: how wide the border is that is looked at
EVEN = 0.04  # spread of lightness at the border of a drawing or scan
BAND = 0.9  # share of a row or column along the border that is no paper
BESIDE = 3  # rows or columns from its edge to where paper or band are themselves
SHARP_STEP = 0.6  # of the contrast: how much that edge makes of it
WITHIN = np.ones((5, 5), dtype=bool)  # so far from the other class, no edge blurs a point
WINDOWS = (0.2, 0.3, 0.45)  # of the longer side, around a point: most of it should be paper
AROUND = 13  # pixels of such a window, to which the picture is averaged down
DEPTH = 8  # pixels of margin that continue the border outwards
WEIGHTS = (  # by logistic regression on pictures of known polarity, in even and in uneven light
    (1.3, 0.7, 1.4, 0.2, 0.4, 0.8, 0.7),
    (0.5, -0.1, -1.5, 1.8, 1.7, 1.3, 2.8),
)
CLEAR = 2.4  # a vote in even light that the dearer signs would not turn
SHARES = (0.3, 0.5, 0.75, 1.0)  # of the widest window, from which one that fits the ink is chosen
ENOUGH_EDGE = 0.7  # of the widest window's edges: the ink fits into a window that shows so much
LARGE = 60  # pixels: smaller pictures have neither noise nor shadows to speak of
DARKEST = 0.05  # lightness of paper below which a share of it says nothing
LEAST_RANGE = 1e-6  # of values: what differs by less does so by rounding


def polarity(light: Floats) -> Floats:
    """Turn dark ink on light paper into light ink on dark paper, and leave the other as it is."""
    return 1 - light if is_dark_on_light(light) else light


def flatten(light: Floats, *, window: float) -> Floats:
    """Measure ink against the paper around it, so that neither lamp nor shadow counts.

    What is darker than all of its surroundings is ink: closing (the least of the greatest values)
    under a window wider than the strokes gives the paper without them, shadows included.

    Args:
        light: light ink on dark paper.
        window: the widest one, of the picture's longer side. A narrower one is taken where the
            ink fits into it, for it follows shadows more closely.
    """
    dark = 1 - light  # dark ink again, so that light falls on paper
    border = ring(dark)
    low, high = np.quantile(border, (0.15, 0.85))
    if high - low < EVEN:
        paper = float(np.median(border))
        return _share(dark + max(DARKEST - paper, 0), paper)  # black paper is no ink
    longer = max(dark.shape)
    smooth = ndimage.median_filter(dark, 3) if longer > LARGE else dark
    smooth = ndimage.gaussian_filter(smooth, longer / 200)
    narrower = _fitting(shrink(smooth, 160), window)
    strength = _share(dark, _close(smooth, narrower))
    if longer <= LARGE:
        return strength
    if narrower < window:
        strength = fill(strength, _share(dark, _close(smooth, window)))
    return drop_soft(strength)


def is_dark_on_light(light: Floats) -> bool:
    """Tell by a vote on what is paper rather than ink.

    Paper is most of the border, of all, of the corners and of the surroundings of a point, and
    strokes are thinner than what is between them. The first three tell nothing in uneven light.
    """
    small = shrink(light, GLANCE)
    dark = small <= otsu(small)
    if dark.all() or not dark.any():
        return False
    inner = _without_bands(small, dark)
    inner_dark = inner <= otsu(inner)
    if inner_dark.any() and not inner_dark.all():  # else the bands are all there is
        small, dark = inner, inner_dark
    uneven = min(1.0, _unevenness(small, dark))
    ends = slice(None, 2), slice(-2, None)
    corners = [dark[rows, columns].mean() for rows in ends for columns in ends]
    signs = [1 - 2 * part for part in (ring(dark).mean(), dark.mean(), np.median(corners))]
    clear = _vote(WEIGHTS[0][:3], signs)
    if not uneven and abs(clear) > CLEAR:
        return clear > 0
    signs += [*(_skew(small, share) for share in WINDOWS), _thinness(small)]
    even_vote, uneven_vote = (_vote(weights, signs) for weights in WEIGHTS)
    return (1 - uneven) * even_vote + uneven * uneven_vote > 0


def shrink(light: Floats, most: int) -> Floats:
    """Average a picture down until its longer side is at most so many pixels."""
    share = most / max(light.shape)
    if share >= 1:
        return light
    height, width = (max(1, round(side * share)) for side in light.shape)
    return resize(light, height, width)


def otsu(values: Floats) -> float:
    """Return the threshold between the two classes that are furthest apart.

    Otsu, A threshold selection method from gray-level histograms, 1979.
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


def ring(picture: np.ndarray) -> np.ndarray:
    """Return the points near the border, in one row."""
    width = max(1, round(RING * min(picture.shape)))
    outer = np.ones(picture.shape, dtype=bool)
    outer[width:-width, width:-width] = False
    return picture[outer]


def _range(values: Floats, share: float) -> float:
    """Return how far apart the values are, but for the smallest and largest."""
    low, high = np.quantile(values, (0.5 - share / 2, 0.5 + share / 2))
    return float(high - low)


def _contrast(light: Floats, dark: Mask) -> float:
    return float(np.median(light[~dark]) - np.median(light[dark]))


def _unevenness(light: Floats, dark: Mask) -> float:
    """Return how far either class is spread, away from its edges, as a share of the contrast."""
    inner = [ndimage.binary_erosion(each, WITHIN, border_value=1) for each in (dark, ~dark)]
    spread = max(_range(light[each], 0.96) if each.sum() > 30 else 0.0 for each in inner)
    return spread / _contrast(light, dark)


def _without_bands(light: Floats, dark: Mask) -> Floats:
    """Cut off what lies along a side, is of the rarer class and ends sharply: table, or lid."""
    rare = dark if dark.mean() < 0.5 else ~dark
    sharp = SHARP_STEP * _contrast(light, dark)
    for _ in range(4):  # each side comes to be the first rows
        width = int(np.argmin(rare.mean(axis=1) > BAND))
        if 0 < width < len(rare) / 2 - BESIDE:
            outer, inner = light[max(width - BESIDE, 0)], light[width + BESIDE]
            if np.median(np.abs(inner - outer)) > sharp:
                light, rare = light[width + BESIDE :], rare[width + BESIDE :]
        light, rare = np.rot90(light), np.rot90(rare)
    return light


def _vote(weights: Sequence[float], signs: Sequence[float]) -> float:
    return float(sum(weight * sign for weight, sign in zip(weights, signs, strict=True)))


def _skew(light: Floats, share: float) -> float:
    """Return in [-1, 1] whether what differs from its surroundings is darker (above 0)."""
    light = shrink(light, round(AROUND / share))
    apart = light - ndimage.median_filter(light, AROUND, mode="nearest")
    cubes = apart * apart**2
    return float(-cubes.sum() / max(np.abs(cubes).sum(), 1e-12))


def _thinness(light: Floats) -> float:
    """Return above 0 if what is darker than its surroundings is thinner than what is lighter."""
    surroundings = ndimage.gaussian_filter(light, max(light.shape) / 10, mode="nearest")
    dark = np.pad(light < surroundings - LEAST_RANGE, DEPTH, mode="edge")
    if dark.all() or not dark.any():
        return 0.0
    depths = [ndimage.distance_transform_edt(each)[each].mean() for each in (dark, ~dark)]
    return float(np.log(depths[1] / depths[0]))


def _fitting(dark: Floats, window: float) -> float:
    """Return the next window after the first that shows nearly all edges of the ink."""
    windows = [window * share for share in SHARES]
    edges = [
        np.quantile(ndimage.gaussian_gradient_magnitude(_share(dark, _close(dark, each)), 1), 0.995)
        for each in windows
    ]
    enough = ENOUGH_EDGE * edges[-1] - LEAST_RANGE
    first = next(index for index, edge in enumerate(edges) if edge >= enough)
    return windows[min(first + 1, len(windows) - 1)]


def _close(dark: Floats, window: float) -> Floats:
    """Return how light the paper would be without ink: dark spots narrower than a window close."""
    pixels = max(3, round(window * max(dark.shape)) | 1)
    lightest = ndimage.maximum_filter(dark, pixels, mode="nearest")
    return np.asarray(ndimage.minimum_filter(lightest, pixels, mode="nearest"))


def _share(dark: Floats, paper: Floats | float) -> Floats:
    """Return which share of the paper's light is missing."""
    return np.asarray(np.clip(1 - dark / np.maximum(paper, DARKEST), 0, 1))
