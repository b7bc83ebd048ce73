"""Grey values between the pixels of an image."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Float32

Indices = NDArray[np.intp]


def bilinear(rows: Float32, columns: Float32, height: int, width: int) -> tuple[Indices, Float32]:
    """Find the four pixels around each point, and how much each of them counts.

    Args:
        rows: (count, points) float32, in pixels; may lie outside of the image.
        columns: (count, points) float32, likewise.
        height: of the image without its frame.
        width: of the image without its frame.

    Returns:
        places: (count, 4, points) indices into the flat image with a frame of one pixel.
        weights: (count, 4, points) float32 in [0, 1], summing to 1 over the four.
    """
    rows = np.clip(rows + 1, 0, np.float32(height + 1))
    columns = np.clip(columns + 1, 0, np.float32(width + 1))
    top = np.minimum(rows.astype(np.intp), height)  # so that the row below is at most the frame's
    left = np.minimum(columns.astype(np.intp), width)
    below, beside = rows - top.astype(np.float32), columns - left.astype(np.float32)
    stride = width + 2
    place = top * stride + left
    places = np.stack([place, place + 1, place + stride, place + stride + 1], axis=1)
    above, before = 1 - below, 1 - beside
    weights = np.stack([above * before, above * beside, below * before, below * beside], axis=1)
    return places, weights
