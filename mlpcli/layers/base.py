"""What every layer is: a function of a batch and its derivative, with kept work arrays.

In a formula `x` is a layer's input, `y` its output, and `dx`, `dy` are the gradients of the loss
with respect to them.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Array = NDArray[Any]
"""float32 in use, float64 in gradient checks."""


class WorkArray:
    """A two-dimensional array that is kept between steps and grows to the largest batch seen."""

    def __init__(self) -> None:
        self._array: Array = np.empty((0, 0))

    def get(self, rows: int, columns: int, dtype: DTypeLike) -> Array:
        """Return (rows, columns) of `dtype`, contents undefined; valid until the next `get`."""
        array = self._array
        if len(array) < rows or array.shape[1] != columns or array.dtype != dtype:
            self._array = array = np.empty((rows, columns), dtype=dtype)
        return array[:rows]

    def like(self, other: Array) -> Array:
        """Return an array with the shape and type of `other`, contents undefined."""
        return self.get(other.shape[0], other.shape[1], other.dtype)


class Layer(ABC):
    """One step of a network.

    What `forward` returns belongs to the layer and is valid until its next `forward`; the same
    holds for `backward`. `backward` speaks of the batch of the latest `forward`.
    """

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the outputs (batch, out) for the inputs (batch, in)."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Return the loss's gradient for the inputs (batch, in), given that for the outputs."""
