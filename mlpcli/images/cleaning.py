"""Strength of the ink → the ink alone: no paper, no noise, no ruled lines.

Ink is (height, width) in [0, 1]: exactly 0 where there is none, 1 where it is full, grey at edges.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.lighting import otsu
from mlpcli.images.normalization import INKED
from mlpcli.images.shadows import TOUCHING, Mask
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class ThresholdSettings:
    """What tunes `threshold`, besides the three thresholds that the recipe gives.

    Attributes:
        noise_margin: standard deviations of the noise below which nothing is ink.
        small: pixels on the longer side up to which a picture is not smoothed.
        dot: pixels up to which a speck counts as salt-and-pepper noise.
        pepper: number of such specks, as a share of all points, above which a median filter removes
            them.
        median: side of that filter, in pixels.
        noisy: standard deviation of noise, in [0, 1], above which it is smoothed away.
        smoothing: ratio of the longer side to the Gaussian's largest standard deviation.
        smoothing_per_noise: ratio of its largest standard deviation, in pixels, to that of the
            noise.
        most_smoothing: its largest standard deviation in any case, in pixels.
    """

    noise_margin: int = 4
    small: int = 60
    dot: int = 2
    pepper: float = 0.002
    median: int = 3
    noisy: float = 0.01
    smoothing: int = 150
    smoothing_per_noise: float = 40
    most_smoothing: float = 2.5


@dataclass(frozen=True)
class RuledLineSettings:
    """What tunes `remove_lines`, besides the measures of a line that the recipe gives.

    Attributes:
        inked: share of full ink above which a point is inked.
        room: the shorter side must be at least this many times as long as a line is thick.
        sparse: share of the picture's width in which a line must be seen beside the ink that it
            crosses.
        turn: pixels by which the ends of a line move from one tilt to the next.
        near: distance in pixels from a line at which parallel ones may be part of it.
        near_seen: ratio of the picture's width to the number of points of such a parallel that must
            be seen.
        several: number of parallel lines that need not reach the picture's border.
        end: share of the picture's width, at either side, in which a single line must be seen.
        end_seen: share of these ends that it must fill.
    """

    inked: float = INKED
    room: int = 10
    sparse: float = 0.25
    turn: float = 2.0
    near: int = 2
    near_seen: int = 10
    several: int = 3
    end: float = 0.08
    end_seen: float = 0.5


THRESHOLD = ThresholdSettings()
RULED_LINES = RuledLineSettings()


def threshold(
    strength: Float64,
    *,
    faint: float,
    low: float,
    high: float,
    settings: ThresholdSettings = THRESHOLD,
) -> Float64:
    """Keep ink, stretched so that full ink is 1, with the grey of its edges.

    Args:
        strength: (height, width) float64 in [0, 1], share of light that is absorbed.
        faint: weaker points are paper in any case.
        low: share of full ink; weaker points are paper.
        high: share of full ink; a connected part without a point as strong as this is paper too
            (hysteresis, as in Canny, A computational approach to edge detection, 1986).
        settings: everything else.
    """
    strength = _denoise(strength, settings)
    floor = max(faint, settings.noise_margin * noise(strength))
    seen = strength[strength > floor]
    if not seen.size:
        return np.zeros_like(strength)
    full = float(np.median(seen[seen >= min(otsu(seen), seen.max())]))
    labels, _ = ndimage.label(strength > max(floor, low * full), TOUCHING)
    strong = np.unique(labels[strength > high * full])
    mask = np.isin(labels, strong[strong > 0])
    edged = ndimage.binary_dilation(mask, TOUCHING)
    return np.where(edged, np.minimum(strength / full, 1), 0)


def remove_lines(
    ink: Float64,
    *,
    reach: float,
    thickness: float,
    tilt: float,
    settings: RuledLineSettings = RULED_LINES,
) -> Float64:
    """Erase ruled lines, squared paper and the like, but not the ink that crosses them.

    Args:
        ink: (height, width) float64 in [0, 1], with or without lines.
        reach: share of the picture's width or height that a line must fill, where no other ink
            covers it.
        thickness: of a line at most, as a share of the picture's longer side.
        tilt: of a line at most, in degrees from the horizontal or the vertical.
        settings: everything else.
    """
    mask = ink > settings.inked
    thick = round(thickness * max(mask.shape)) + 1
    horizontal = _horizontal_lines(mask, reach, thick, tilt, settings)
    lines = horizontal | _horizontal_lines(mask.T, reach, thick, tilt, settings).T
    rest = mask & ~lines
    if not lines.any() or not rest.any():
        return ink
    return np.where(ndimage.binary_dilation(rest, TOUCHING) & ~lines, ink, 0)


def noise(picture: Float64) -> float:
    """Estimate the standard deviation of the noise from how points differ from their neighbours.

    After Immerkær, Fast noise variance estimation, 1996, with a median so that edges do not count.

    Args:
        picture: (height, width) float64 in [0, 1].
    """
    if min(picture.shape) < 3:
        return 0.0
    across = np.diff(picture, n=2, axis=1)
    bends = np.diff(across, n=2, axis=0)
    return float(np.median(np.abs(bends)) / 0.6745 / 6)


def _denoise(strength: Float64, settings: ThresholdSettings) -> Float64:
    """Smooth away noise, as far as the size of the picture allows."""
    longer = max(strength.shape)
    if longer <= settings.small:
        return strength
    labels, _ = ndimage.label(strength > strength.max() / 2, TOUCHING)
    if np.sum(np.bincount(labels.ravel())[1:] <= settings.dot) > settings.pepper * strength.size:
        strength = ndimage.median_filter(strength, settings.median)
    level = noise(strength)
    if level <= settings.noisy:
        return strength
    sigma = min(
        longer / settings.smoothing, settings.smoothing_per_noise * level, settings.most_smoothing
    )
    return np.asarray(ndimage.gaussian_filter(strength, sigma))


def _horizontal_lines(
    mask: Mask, reach: float, thick: int, tilt: float, settings: RuledLineSettings
) -> Mask:
    """Find the points of thin, nearly horizontal lines that cross the whole picture.

    Points with little ink above and below vote for the lines that they lie on (Hough, Method and
    means for recognizing complex patterns, 1962). A line need not be seen where it meets other
    ink, so that this ink stays.
    """
    height, width = mask.shape
    lines = np.zeros_like(mask)
    if min(height, width) < settings.room * thick:
        return lines
    other = _columns_longer_than(mask, thick)
    points, crossings = np.nonzero(mask & ~other), np.nonzero(other)
    least = settings.sparse * width
    if len(points[0]) < least:
        return lines
    turns = max(1, round(width * np.tan(np.radians(tilt)) / settings.turn))
    for slope in np.arange(-turns, turns + 1) * (settings.turn / width):
        rows, crossed = (_line_numbers(at, slope, width, height) for at in (points, crossings))
        seen = np.bincount(rows, minlength=3 * height)
        free = width - np.bincount(crossed, minlength=3 * height)
        peaks = (seen >= least) & (seen >= reach * free)
        if not peaks.any():
            continue
        near = ndimage.binary_dilation(peaks, iterations=settings.near)
        if _are_ruled(near, rows, points[1], width, settings):
            hit = (near & (seen >= width / settings.near_seen))[rows]
            lines[points[0][hit], points[1][hit]] = True
    return lines


def _are_ruled(
    near: Mask,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    width: int,
    settings: RuledLineSettings,
) -> bool:
    """Tell ruled lines from a straight stroke: there are several, or one reaches both ends."""
    if ndimage.label(near)[1] >= settings.several:
        return True
    along = columns[near[rows]]
    end = settings.end * width
    least = min(np.sum(along < end), np.sum(along >= width - end))
    return bool(least > end * settings.end_seen)


def _line_numbers(
    points: tuple[NDArray[np.intp], ...], slope: float, width: int, height: int
) -> NDArray[np.intp]:
    """Return for each point the number of the parallel line that it lies on."""
    rows, columns = points
    return np.rint(rows - slope * (columns - width / 2)).astype(np.intp) + height


def _columns_longer_than(mask: Mask, length: int) -> Mask:
    """Keep points that lie in a vertical run of more than `length` inked ones (opening)."""
    size = length + 1
    shrunk = ndimage.minimum_filter1d(mask.view(np.uint8), size, axis=0, mode="constant")
    origin = 0 if size % 2 else -1  # an even window lies to one side, then to the other
    spread = ndimage.maximum_filter1d(shrunk, size, axis=0, mode="constant", origin=origin)
    return np.asarray(spread.view(bool))
