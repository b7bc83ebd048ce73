"""Turns the ink of one digit into an image like MNIST's.

Ink is (height, width) in [0, 1], without paper, lines or specks.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.images.normalization import BOX, INKED, centre_by_mass, resize
from mlpcli.utils.arrays import Float64


@dataclass(frozen=True)
class StrokeSettings:
    """What tunes `fit_strokes`, besides the widths that the recipe gives.

    Attributes:
        inked: share of full ink above which a point is inked.
        fine: pixels on the digit's longer side; a smaller digit is enlarged to it before the width
            of its strokes is measured.
        thinnest: share of the strokes that may become thinner than the least width.
    """

    inked: float = INKED
    fine: int = 80
    thinnest: float = 0.15


@dataclass(frozen=True)
class BoxSettings:
    """What tunes `fit_box`, besides the side that the recipe gives.

    Attributes:
        edge: share of full ink above which a point must lie inside the box.
        enlargement: multiple of the box's side to which a smaller digit is enlarged first.
    """

    edge: float = 0.1
    enlargement: int = 4


STROKES = StrokeSettings()
BOXES = BoxSettings()


def fit_strokes(
    ink: Float64, *, least: float, most: float, settings: StrokeSettings = STROKES
) -> Float64:
    """Thicken thin strokes and thin thick ones, until their width is one that is found in MNIST.

    The edge of the ink moves by the same distance everywhere; strokes within the limits are left
    as they are, grey edges and all.

    Args:
        ink: of any size.
        least: smallest width of a stroke, in pixels of the finished image.
        most: largest width, likewise.
        settings: everything else.
    """
    fine = _crop(ink, settings.inked)
    if not fine.size:
        return ink
    fine = np.pad(enlarge(fine, settings.fine), 2)
    mask = fine > 0.5
    if not mask.any():
        return ink
    depth = ndimage.distance_transform_edt(mask)
    ridge = depth[mask & (depth == ndimage.maximum_filter(depth, 3))]
    size = max(_crop(mask, 0.5).shape)
    width = 2 * float(np.median(ridge)) - 0.5
    wanted = min(max(width * BOX / size, least), most)
    if wanted == width * BOX / size:
        return ink
    grow = (wanted * size / BOX - width) / (2 * (1 - wanted / BOX))  # the digit grows with it
    if grow < 0:  # as far as the thinnest strokes allow
        spare = float(np.quantile(ridge, settings.thinnest)) - least * size / BOX / 2
        grow = -min(-grow, max(spare, 0.0))
    margin = int(np.ceil(max(grow, 0))) + 2
    if grow < 0:
        return np.pad(np.clip(depth + grow, 0, 1), margin)
    outside = ndimage.distance_transform_edt(~np.pad(mask, margin))
    return np.asarray(np.clip(1 - outside + grow, 0, 1))


def fit_box(ink: Float64, *, side: int, settings: BoxSettings = BOXES) -> Float64:
    """Scale the digit into a square box, keeping its proportions, by averaging areas.

    Args:
        ink: of any size.
        side: of the box, in pixels.
        settings: everything else.

    Returns:
        (height, width), the longer of which is the side of the box.
    """
    cropped = _crop(ink, settings.edge)
    if not cropped.size:
        return np.zeros((1, 1))
    if max(cropped.shape) != side:
        cropped = enlarge(cropped, settings.enlargement * side)
    scale = side / max(cropped.shape)
    height, width = (max(1, round(length * scale)) for length in cropped.shape)
    return resize(cropped, height, width)


def full_ink(ink: Float64, *, share: float) -> Float64:
    """Stretch grey levels so that the strongest strokes reach full ink, as nearly all in MNIST do.

    Args:
        ink: in the box.
        share: of the inked pixels that stay below full ink.
    """
    inked = ink[ink > INKED]
    return np.asarray(np.minimum(ink / np.quantile(inked, share), 1)) if inked.size else ink


def centre(ink: Float64) -> Float64:
    """Place the box so that the centre of mass lies in the middle of (28, 28)."""
    image: Float64 = centre_by_mass(np.rint(255 * ink).astype(np.uint8)[None])[0] / 255
    return image


def scale(light: Float64, *, height: int, width: int) -> Float64:
    """Resize a whole picture, for data sets whose images are not boxed and centred."""
    return light if light.shape == (height, width) else resize(light, height, width)


def enlarge(ink: Float64, pixels: int) -> Float64:
    """Enlarge a digit smoothly, by a whole factor, to a longer side of at least `pixels`.

    A new pixel is interpolated between the four old ones around its centre. The ink gets a frame
    of one old pixel without ink, so that its edge fades. The result is that of scipy.ndimage's
    `zoom` with `order=1` and `grid_mode`, to the last bit, in a third of its time.

    Args:
        ink: of any size but 0.
        pixels: wanted at least; a digit that has them is returned as it is.

    Returns:
        ((height + 2) * factor, (width + 2) * factor).
    """
    factor = -(-pixels // max(ink.shape))
    if factor <= 1:
        return ink
    height, width = ink.shape
    framed = np.zeros((height + 4, width + 4))
    framed[2:-2, 2:-2] = ink
    upper, lower_share = _between(height + 2, factor)
    left, right_share = _between(width + 2, factor)
    large = np.zeros((len(upper), len(left)))
    for row, share in (upper, 1 - lower_share), (upper + 1, lower_share):
        weighted = framed[row] * share[:, None]
        large += weighted[:, left] * (1 - right_share)
        large += weighted[:, left + 1] * right_share
    return large


def _crop(ink: NDArray[np.generic], least: float) -> Float64:
    """Cut off the outer rows and columns without ink; the result may be empty."""
    mask = ink > least  # type: ignore[operator]
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return np.zeros((0, 0))
    return np.asarray(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _between(pixels: int, factor: int) -> tuple[NDArray[np.intp], Float64]:
    """Return between which pixels of a framed row the centres of its enlargement lie.

    Args:
        pixels: in the row, besides a frame of one on either side.
        factor: of the enlargement.

    Returns:
        index: (pixels * factor,), of the pixel before each centre, the frame's included.
        share: (pixels * factor,) in [0, 1), of the pixel after it.
    """
    at = (np.arange(pixels * factor) + 0.5) * (1 / factor) - 0.5
    before = np.floor(at)
    return before.astype(np.intp) + 1, at - before
