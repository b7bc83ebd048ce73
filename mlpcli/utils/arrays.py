"""Arrays for fast calculations: aligned to cache lines, and reused between steps."""

from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
"""float32 in normal use, float64 in gradient checks."""
Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_CACHE_LINE = 64  # bytes that the processor and memory exchange at a time


def empty(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an array, contents undefined, that begins at a cache line.

    NumPy's arrays may begin anywhere. Then every other vector that the processor loads is split
    between two lines, which makes simple operations a fifth slower.
    """
    dtype = np.dtype(dtype)
    size = prod(shape) * dtype.itemsize
    raw = np.empty(size + _CACHE_LINE, dtype=np.uint8)
    start = -raw.ctypes.data % _CACHE_LINE
    return raw[start : start + size].view(dtype).reshape(shape)


def zeros(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return an array of zeros that begins at a cache line."""
    array = empty(shape, dtype)
    array.fill(0)
    return array


def blank(shape: tuple[int, ...], dtype: DTypeLike) -> Array:
    """Return read-only zeros of a shape, which take no memory."""
    return np.broadcast_to(np.zeros((), dtype), shape)


class WorkArray:
    """An array that is reused between steps, and grows to the largest batch on its first axis."""

    def __init__(self) -> None:
        self._whole: Array = np.empty(0)
        self._latest = self._whole

    def get(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return an array of a shape and type, contents undefined; valid until the next `get`."""
        latest = self._latest
        if latest.shape != shape or latest.dtype != dtype:
            whole = self._whole
            if len(whole) < shape[0] or whole.shape[1:] != shape[1:] or whole.dtype != dtype:
                self._whole = whole = empty(shape, dtype)
            self._latest = latest = whole[: shape[0]]
        return latest

    def like(self, other: Array) -> Array:
        """Return an array with the shape and type of `other`, contents undefined."""
        return self.get(other.shape, other.dtype)
