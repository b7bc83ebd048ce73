"""Arrays of images of any usual layout → (count, height, width).

They come as (count, height, width), as rows of square images, and with one channel or three, for
red, green and blue, which stand last or, as in PyTorch, before height and width.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.errors import DataError

RED, GREEN, BLUE = 299, 587, 114
"""Thousandths of a colour in its grey level: its brightness, as Pillow computes it (BT.601)."""
_CHANNELS = (1, 3)
_BLOCK = 1 << 20  # pixels converted at a time


def channels_last(images: NDArray[Any], place: Path | str) -> NDArray[Any]:
    """Return a view of images as (count, height, width, 1 or 3).

    Raises:
        DataError: they have another layout.
    """
    if images.ndim == 2 and images.size:
        side = round(images.shape[1] ** 0.5)
        if side * side == images.shape[1]:
            images = images.reshape(-1, side, side)
    if images.ndim == 3:
        images = images[..., None]
    elif images.ndim == 4 and images.shape[3] not in _CHANNELS and images.shape[1] in _CHANNELS:
        images = images.transpose(0, 2, 3, 1)
    if images.ndim != 4 or 0 in images.shape or images.shape[3] not in _CHANNELS:
        raise DataError(
            f"{place}: images must be (count, height, width), rows of square images, or one of "
            f"these with 1 or 3 channels, got {describe(images)}"
        )
    return images


def to_grey(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return (count, height, width) levels of (count, height, width, 1 or 3) ones."""
    if images.shape[3] == 1:
        return images[..., 0]
    count, height, width, _ = images.shape
    grey = np.empty((count, height, width), dtype=np.uint8)
    rows = max(1, _BLOCK // (height * width))
    for start in range(0, len(images), rows):
        colours = images[start : start + rows].astype(np.uint32)
        thousandths = colours @ np.array([RED, GREEN, BLUE], dtype=np.uint32)
        grey[start : start + rows] = (thousandths + 500) // 1000
    return grey


def describe(array: NDArray[Any]) -> str:
    """Return type and shape, as messages show them."""
    return f"{array.dtype} {list(array.shape)}"
