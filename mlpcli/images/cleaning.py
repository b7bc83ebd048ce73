"""Strength of ink → the ink alone: no paper, no noise, no ruled lines.

Ink is (height, width) in [0, 1]: exactly 0 where there is none, 1 where it is full, grey at edges.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.decoding import Floats
from mlpcli.images.lighting import LARGE, otsu
from mlpcli.images.shadows import TOUCHING, Mask

INKED = 0.3  # of full ink: what counts as inked where only yes or no matters
NOISY = 0.01  # standard deviation of noise from which on it is smoothed away
PEPPER = 0.002  # share of points that are specks of one or two pixels: salt-and-pepper noise
SPARSE = 0.25  # share of a line that is seen beside the ink that it crosses
SEVERAL = 3  # parallel lines that need not go on to the picture's border
END = 0.08  # of the picture's width: where the end of a single line must be seen
TURN = 2.0  # pixels that a line moves from one tilt to the next, over the picture's width


def threshold(strength: Floats, *, faint: float, low: float, high: float) -> Floats:
    """Keep ink, stretched so that full ink is 1, with the grey of its edges.

    Args:
        strength: share of light that is swallowed.
        faint: what is weaker is paper, whatever the rest.
        low: of full ink: what is weaker is paper.
        high: of full ink: what has no point as strong as this is paper too (hysteresis, as in
            Canny, A computational approach to edge detection, 1986).
    """
    strength = _denoise(strength)
    floor = max(faint, 4 * noise(strength))
    seen = strength[strength > floor]
    if not seen.size:
        return np.zeros_like(strength)
    full = float(np.median(seen[seen >= min(otsu(seen), seen.max())]))
    labels, _ = ndimage.label(strength > max(floor, low * full), TOUCHING)
    strong = np.unique(labels[strength > high * full])
    mask = np.isin(labels, strong[strong > 0])
    edged = ndimage.binary_dilation(mask, TOUCHING)
    return np.where(edged, np.minimum(strength / full, 1), 0)


def remove_lines(ink: Floats, *, reach: float, thickness: float, tilt: float) -> Floats:
    """Erase ruled lines, squared paper and the like, but not the ink that crosses them.

    Args:
        ink: with or without lines.
        reach: share of the picture's width or height, where no other ink covers it, that a line
            must fill.
        thickness: of the picture's longer side, the most a line has.
        tilt: degrees away from level or upright, the most a line has.
    """
    mask = ink > INKED
    thick = round(thickness * max(mask.shape)) + 1
    lines = _level_lines(mask, reach, thick, tilt) | _level_lines(mask.T, reach, thick, tilt).T
    rest = mask & ~lines
    if not lines.any() or not rest.any():
        return ink
    return np.where(ndimage.binary_dilation(rest, TOUCHING) & ~lines, ink, 0)


def noise(picture: Floats) -> float:
    """Estimate the standard deviation of noise, by what differs from its neighbours' plane.

    After Immerkær, Fast noise variance estimation, 1996, with a median so that edges do not count.
    """
    if min(picture.shape) < 3:
        return 0.0
    across = np.diff(picture, n=2, axis=1)
    bends = np.diff(across, n=2, axis=0)
    return float(np.median(np.abs(bends)) / 0.6745 / 6)


def _denoise(strength: Floats) -> Floats:
    """Smooth away noise, as far as a picture of this size bears it."""
    longer = max(strength.shape)
    if longer <= LARGE:
        return strength
    labels, _ = ndimage.label(strength > strength.max() / 2, TOUCHING)
    if np.sum(np.bincount(labels.ravel())[1:] <= 2) > PEPPER * strength.size:
        strength = ndimage.median_filter(strength, 3)
    sigma = noise(strength)
    if sigma <= NOISY:
        return strength
    return np.asarray(ndimage.gaussian_filter(strength, min(longer / 150, 40 * sigma, 2.5)))


def _level_lines(mask: Mask, reach: float, thick: int, tilt: float) -> Mask:
    """Find the points of thin, nearly level lines that go through the whole picture.

    Points with little ink above and below vote for the lines that they lie on (Hough, Method and
    means for recognizing complex patterns, 1962). A line need not be seen where it meets other
    ink, which thereby stays.
    """
    height, width = mask.shape
    lines = np.zeros_like(mask)
    if min(height, width) < 10 * thick:
        return lines
    other = _columns_longer_than(mask, thick)
    points, crossings = np.nonzero(mask & ~other), np.nonzero(other)
    if len(points[0]) < SPARSE * width:
        return lines
    turns = max(1, round(width * np.tan(np.radians(tilt)) / TURN))
    for slope in np.arange(-turns, turns + 1) * (TURN / width):
        rows, crossed = (_left_ends(at, slope, width, height) for at in (points, crossings))
        seen = np.bincount(rows, minlength=3 * height)
        free = width - np.bincount(crossed, minlength=3 * height)
        peaks = (seen >= SPARSE * width) & (seen >= reach * free)
        if peaks.any() and _are_ruled(peaks, rows, points[1], width):
            near = ndimage.binary_dilation(peaks, iterations=2) & (seen >= width / 10)
            hit = near[rows]
            lines[points[0][hit], points[1][hit]] = True
    return lines


def _are_ruled(peaks: Mask, rows: NDArray[np.intp], columns: NDArray[np.intp], width: int) -> bool:
    """Tell lines from a straight stroke: there are several, or it goes on to both ends."""
    near = ndimage.binary_dilation(peaks, iterations=2)
    if ndimage.label(near)[1] >= SEVERAL:
        return True
    along = columns[near[rows]]
    end = END * width
    return bool(min(np.sum(along < end), np.sum(along >= width - end)) > end / 2)


def _left_ends(
    points: tuple[NDArray[np.intp], ...], slope: float, width: int, height: int
) -> NDArray[np.intp]:
    """Return for each point which of the parallel lines of a slope it lies on."""
    rows, columns = points
    return np.rint(rows - slope * (columns - width / 2)).astype(np.intp) + height


def _columns_longer_than(mask: Mask, length: int) -> Mask:
    """Keep points with more than so many inked ones in a row above and below them (opening)."""
    size = length + 1
    shrunk = ndimage.minimum_filter1d(mask.view(np.uint8), size, axis=0, mode="constant")
    origin = 0 if size % 2 else -1  # an even window lies to one side, and back
    spread = ndimage.maximum_filter1d(shrunk, size, axis=0, mode="constant", origin=origin)
    return np.asarray(spread.view(bool))
