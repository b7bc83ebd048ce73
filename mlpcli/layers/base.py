"""What every layer is: a function of a batch and its derivative, with kept work arrays.

In a formula `x` is a layer's input, `y` its output, and `dx`, `dy` are the gradients of the loss
with respect to them.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
"""float32 in use, float64 in gradient checks."""


class WorkArray:
    """An array that is kept between steps and grows along its first axis to the largest batch."""

    def __init__(self) -> None:
        self._whole: Array = np.empty(0)
        self._latest = self._whole

    def get(self, shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
        """Return an array of a shape and type, contents undefined; valid until the next `get`."""
        if self._latest.shape != shape or self._latest.dtype != dtype:
            whole = self._whole
            if len(whole) < shape[0] or whole.shape[1:] != shape[1:] or whole.dtype != dtype:
                self._whole = whole = np.empty(shape, dtype=dtype)
            self._latest = whole[: shape[0]]
        return self._latest

    def like(self, other: Array) -> Array:
        """Return an array with the shape and type of `other`, contents undefined."""
        return self.get(other.shape, other.dtype)


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
