"""Dropout: in training, features are set to 0 at random."""

from __future__ import annotations

import numpy as np

from mlpcli.nn.layers.base import Layer
from mlpcli.utils.arrays import Array, WorkArray
from mlpcli.utils.randomness import skip


class Dropout(Layer):
    """y = x · mask / (1 − rate), where the mask is 0 with probability `rate`, else 1.

    The division keeps the mean, so that the layer is simply left out when the network predicts
    (Srivastava et al., 2014).

    Args:
        rate: share of the features that is dropped, in [0, 1).

    Attributes:
        generator: draws the next mask; set it before `forward`.
        others: how many rows of the batch other processes have before and after those of x.
    """

    generator: np.random.Generator
    others: tuple[int, int] = (0, 0)

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self._masks, self._outputs, self._dx = WorkArray(), WorkArray(), WorkArray()

    def forward(self, x: Array) -> Array:
        """Return y, of the shape of x."""
        self._mask = mask = self._masks.like(x)
        before, after = (rows * x.shape[1] for rows in self.others)
        skip(self.generator, before)
        self.generator.random(out=mask, dtype=mask.dtype.type)
        skip(self.generator, after)
        np.greater_equal(mask, self.rate, out=mask)  # 1 or 0
        mask *= 1 / (1 - self.rate)
        return np.multiply(x, mask, out=self._outputs.like(x))

    def backward(self, dy: Array) -> Array:
        """Return dx = dy · mask / (1 − rate)."""
        return np.multiply(dy, self._mask, out=self._dx.like(dy))
