"""What makes an image MNIST-like, and how pixels become numbers for a network.

MNIST's makers scaled each digit into a 20×20 box, keeping its proportions, and placed the box in a
28×28 image so that the centre of mass of the ink lies in the middle (LeCun et al., Gradient-based
learning applied to document recognition, 1998). A network trained on such images reads others
well only if they are preprocessed in the same way (see `recipe`).
"""

from math import ceil
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Float64

SIDE = 28  # pixels of an MNIST image
BOX = 20  # pixels of the longer side of its digit
CENTRE = 14.0  # mean pixel index of the ink in MNIST, rows and columns alike
INKED = 0.3  # of full ink: where only yes or no matters, a stronger point is inked
ROUNDING = 0.55  # pixels by which it is off at most in an image
_INDICES = np.arange(SIDE, dtype=np.float64)

Pixels = NDArray[np.uint8]
Preprocessing = Literal["digit", "scale"]
"""How a picture becomes an input image. digit: boxed and centred; scale: only resized."""


def to_inputs(images: Pixels, out: NDArray[Any]) -> NDArray[Any]:
    """Scale images into rows of network inputs.

    Args:
        images: (count, ...) uint8 in [0, 255].
        out: (count, features) float, filled with values in [0, 1] and returned.
    """
    np.copyto(out, images.reshape(out.shape))
    out *= out.dtype.type(1 / 255)
    return out


def resize(image: Float64, height: int, width: int) -> Float64:
    """Resample (rows, columns) to (height, width): each new pixel averages the area it covers.

    The old pixels that it covers are added one after another. In a matrix product their
    order, and so the last bit, would depend on the processor, and a grey level may lie right on a
    threshold.
    """
    return np.ascontiguousarray(_average(_average(image, height).T, width).T)


def _average(image: Float64, new: int) -> Float64:
    """Return (new, columns) averages over the rows."""
    old = len(image)
    edges = np.arange(new + 1) * (old / new)  # of the new rows, measured in old ones
    starts, ends = edges[:-1], edges[1:]
    first = starts.astype(np.intp)
    result = np.zeros((new, image.shape[1]))
    for covered in range(ceil(old / new) + 1):
        row = first + covered
        shared = np.maximum(np.minimum(ends, row + 1) - np.maximum(starts, row), 0)
        result += (shared * (new / old))[:, None] * image[np.minimum(row, old - 1)]
    return result


def centre_by_mass(boxed: Pixels) -> Pixels:
    """Place digits in 28×28 images, the centre of mass of each in the middle.

    A digit whose mass lies so far to one side that its box would leave the image is kept inside.

    Args:
        boxed: (count, height, width) uint8, neither side above 28.

    Returns:
        (count, 28, 28) uint8, all zero for a digit without ink.
    """
    count, height, width = boxed.shape
    mass = np.maximum(boxed.sum(axis=(1, 2), dtype=np.float64), 1)
    top = CENTRE - boxed.sum(axis=2, dtype=np.float64) @ np.arange(height) / mass
    left = CENTRE - boxed.sum(axis=1, dtype=np.float64) @ np.arange(width) / mass
    rows = np.clip(np.rint(top), 0, SIDE - height).astype(np.intp)[:, None] + np.arange(height)
    columns = np.clip(np.rint(left), 0, SIDE - width).astype(np.intp)[:, None] + np.arange(width)
    canvas = np.zeros((count, SIDE, SIDE), dtype=np.uint8)
    canvas[np.arange(count)[:, None, None], rows[:, :, None], columns[:, None, :]] = boxed
    return canvas


def is_normalized(image: Pixels) -> bool:
    """Tell whether a uint8 image is as MNIST's makers left theirs: 28×28, boxed and centred."""
    return bool(are_normalized(image[None])[0])


def are_normalized(images: Pixels) -> NDArray[np.bool_]:
    """Tell which images are as MNIST's makers left theirs: 28×28, boxed and centred.

    In the 70,000 images of MNIST the longer side is 20 pixels, or 19 where a row of the box came
    out black, and the centre of mass is off the middle by no more than rounding. It may be off by
    more where the box is kept inside the image, as happens to some drawn digits: then the box lies
    at the border and holds all of the ink.

    Args:
        images: (count, height, width) uint8.

    Returns:
        (count,) bool.
    """
    if images.shape[1:] != (SIDE, SIDE):
        return np.zeros(len(images), dtype=np.bool_)
    ink = np.array([images.sum(axis=axis, dtype=np.float64) for axis in (1, 2)])  # (2, count, 28)
    inked = ink > 0
    first, last = inked.argmax(axis=2), SIDE - 1 - inked[:, :, ::-1].argmax(axis=2)
    off = ink @ _INDICES / np.maximum(ink.sum(axis=2), 1) - CENTRE
    fit = np.where(off < 0, first >= SIDE - BOX, last < BOX) | (np.abs(off) <= ROUNDING)
    longer_side = (last - first).max(axis=0) + 1
    found: NDArray[np.bool_] = fit.all(axis=0) & (longer_side >= BOX - 1) & (longer_side <= BOX)
    return found
