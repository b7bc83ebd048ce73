"""Dark ink on light paper, or light ink on dark paper?

A picture is (height, width) in [0, 1]. After `polarity` its ink is light and its paper dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from mlpcli.images.lighting import LEAST_RANGE, otsu, ring, shrink
from mlpcli.images.shadows import Mask
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class PolaritySettings:
    """What tunes `polarity`.

    Attributes:
        longest: pixels on the longer side; a larger picture is averaged down to it.
        border: width of the border, as a share of the shorter side.
        corner: side of each corner, in pixels.
        band: share of a row or column along a side that must belong to the rarer class for it to
            be part of a table or a scanner's lid rather than of paper.
        band_edge: distance in pixels from the edge of such a band at which lightness is compared.
        band_contrast: by how much it must differ there, as a share of the picture's contrast.
        blur: side in pixels of a square; if it holds one class only, no edge blurs its middle.
        spread: share of a class's points, around the median, whose range measures unevenness.
        least_points: number of points below which a class counts as even.
        windows: sides of the windows around a point, as shares of the longer side; most of such a
            window should be paper.
        window_pixels: side in pixels of a window once the picture is averaged down.
        surroundings: ratio of the longer side to the standard deviation of the Gaussian that
            averages the surroundings of a point, to tell how thin strokes are.
        margin: pixels by which the border is continued outwards for the same purpose.
        even_weights: of the seven features in even light, by logistic regression on pictures of
            known polarity (`benchmarks/polarity.py`).
        uneven_weights: likewise in uneven light.
        page_window: side of the window on a page of small digits, as a share of the longer side.
        page_clear: how much darker or lighter than most of such a window the rest must be, in
            [0, 1], for that to decide alone; strokes that fill the picture differ less.
        page_longest: pixels to which a page is averaged down otherwise.
        clear: log odds in even light beyond which the first three features decide alone, because
            the other four, which take longer to compute, would not change the result.
    """

    longest: int = 96
    border: float = 0.03
    corner: int = 2
    band: float = 0.9
    band_edge: int = 3
    band_contrast: float = 0.6
    blur: int = 5
    spread: float = 0.96
    least_points: int = 30
    windows: tuple[float, ...] = (0.2, 0.3, 0.45)
    window_pixels: int = 13
    surroundings: int = 10
    margin: int = 8
    even_weights: tuple[float, ...] = (1.3, 0.7, 1.4, 0.2, 0.4, 0.8, 0.7)
    uneven_weights: tuple[float, ...] = (0.5, -0.1, -1.5, 1.8, 1.7, 1.3, 2.8)
    page_window: float = 0.07
    page_clear: float = 0.84
    page_longest: int = 256
    clear: float = 2.4


POLARITY = PolaritySettings()


def polarity(light: Float64, *, settings: PolaritySettings = POLARITY) -> Float64:
    """Turn dark ink on light paper into light ink on dark paper; leave the latter as it is."""
    return 1 - light if is_dark_on_light(light, settings) else light


def page_polarity(light: Float64, *, settings: PolaritySettings = POLARITY) -> Float64:
    """Do the same for a page, whose strokes are narrow beside a small window, shadows or not."""
    skew = _skew(light, settings.page_window, settings)
    if abs(skew) > settings.page_clear:
        return 1 - light if skew > 0 else light
    return polarity(light, settings=replace(settings, longest=settings.page_longest))


@dataclass(frozen=True)
class Features:
    """What tells dark ink on light paper from its negative.

    A feature is positive if it speaks for dark ink on light paper, and negative if it speaks
    against it.

    Attributes:
        light: the picture, averaged down and without bands.
        dark: whether each of its points belongs to the darker of two classes.
        unevenness: of the light, in [0, 1].
        settings: how the features are computed.
    """

    light: Float64
    dark: Mask
    unevenness: float
    settings: PolaritySettings

    def of_areas(self) -> list[float]:
        """Return three features that are quick to compute and say nothing in uneven light.

        Paper makes up most of the border, of the whole and of the corners.
        """
        side = self.settings.corner
        ends = slice(None, side), slice(-side, None)
        corners = [self.dark[rows, columns].mean() for rows in ends for columns in ends]
        border = ring(self.dark, self.settings.border)
        return [1 - 2 * part for part in (border.mean(), self.dark.mean(), np.median(corners))]

    def of_surroundings(self) -> list[float]:
        """Return four features that hold in uneven light too.

        Paper makes up most of the surroundings of a point, and strokes are thinner than what lies
        between them.
        """
        skews = [_skew(self.light, share, self.settings) for share in self.settings.windows]
        return [*skews, _thinness(self.light, self.settings)]


def find_features(light: Float64, settings: PolaritySettings = POLARITY) -> Features | None:
    """Return the features that tell the polarity of a picture, or None if it shows nothing."""
    small = shrink(light, settings.longest)
    dark = small <= otsu(small)
    if dark.all() or not dark.any():
        return None
    inner = _without_bands(small, dark, settings)
    inner_dark = inner <= otsu(inner)
    if inner_dark.any() and not inner_dark.all():  # else there is nothing but bands
        small, dark = inner, inner_dark
    unevenness = min(1.0, _unevenness(small, dark, settings))
    return Features(small, dark, unevenness, settings)


def is_dark_on_light(light: Float64, settings: PolaritySettings = POLARITY) -> bool:
    """Tell by two logistic regressions, one for even and one for uneven light.

    The more uneven the light, the more the second one counts.
    """
    found = find_features(light, settings)
    if found is None:
        return False
    areas = found.of_areas()
    clear = _log_odds(settings.even_weights[: len(areas)], areas)
    if not found.unevenness and abs(clear) > settings.clear:
        return clear > 0
    features = areas + found.of_surroundings()
    even = _log_odds(settings.even_weights, features)
    uneven = _log_odds(settings.uneven_weights, features)
    return (1 - found.unevenness) * even + found.unevenness * uneven > 0


def _range(values: Float64, share: float) -> float:
    """Return how far apart the values are, apart from the smallest and largest."""
    low, high = np.quantile(values, (0.5 - share / 2, 0.5 + share / 2))
    return float(high - low)


def _contrast(light: Float64, dark: Mask) -> float:
    return float(np.median(light[~dark]) - np.median(light[dark]))


def _unevenness(light: Float64, dark: Mask, settings: PolaritySettings) -> float:
    """Return the spread of either class away from its edges, as a share of the contrast."""
    square = np.ones((settings.blur, settings.blur), dtype=bool)
    inner = [ndimage.binary_erosion(each, square, border_value=1) for each in (dark, ~dark)]
    spread = max(
        _range(light[each], settings.spread) if each.sum() > settings.least_points else 0.0
        for each in inner
    )
    return spread / _contrast(light, dark)


def _without_bands(light: Float64, dark: Mask, settings: PolaritySettings) -> Float64:
    """Cut off bands of the rarer class that lie along a side and end sharply: a table, a lid."""
    rare = dark if dark.mean() < 0.5 else ~dark
    sharp = settings.band_contrast * _contrast(light, dark)
    beside = settings.band_edge
    for _ in range(4):  # each side in turn becomes the top
        width = int(np.argmin(rare.mean(axis=1) > settings.band))
        if 0 < width < len(rare) / 2 - beside:
            outer, inner = light[max(width - beside, 0)], light[width + beside]
            if np.median(np.abs(inner - outer)) > sharp:
                light, rare = light[width + beside :], rare[width + beside :]
        light, rare = np.rot90(light), np.rot90(rare)
    return light


def _log_odds(weights: Sequence[float], features: Sequence[float]) -> float:
    """Return the log odds of dark ink on light paper."""
    return float(sum(weight * value for weight, value in zip(weights, features, strict=True)))


def _skew(light: Float64, share: float, settings: PolaritySettings) -> float:
    """Return in [-1, 1] whether what differs from its surroundings is darker (positive)."""
    pixels = settings.window_pixels
    light = shrink(light, round(pixels / share))
    apart = light - ndimage.median_filter(light, pixels, mode="nearest")
    cubes = apart * apart**2
    return float(-cubes.sum() / max(np.abs(cubes).sum(), 1e-12))


def _thinness(light: Float64, settings: PolaritySettings) -> float:
    """Return a positive number if what is darker than its surroundings is thinner than the rest."""
    sigma = max(light.shape) / settings.surroundings
    surroundings = ndimage.gaussian_filter(light, sigma, mode="nearest")
    dark = np.pad(light < surroundings - LEAST_RANGE, settings.margin, mode="edge")
    if dark.all() or not dark.any():
        return 0.0
    depths = [ndimage.distance_transform_edt(each)[each].mean() for each in (dark, ~dark)]
    return float(np.log(depths[1] / depths[0]))
