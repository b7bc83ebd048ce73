"""From logits to probabilities, as a layer of its own.

Training does not need it: cross-entropy works on logits (see `mlpcli.nn.losses`). It is here for
networks built by hand, and because its Jacobian is where most first attempts go wrong.
"""

import numpy as np

from mlpcli.nn.layers.base import Layer
from mlpcli.utils.arrays import Array, WorkArray


class Softmax(Layer):
    """yᵢ = exp(xᵢ) / Σⱼ exp(xⱼ) along each row, shifted by the row's maximum against overflow."""

    def __init__(self) -> None:
        self._outputs, self._dx = WorkArray(), WorkArray()

    def forward(self, x: Array) -> Array:
        """Return (batch, classes) in [0, 1]; each row sums to 1."""
        self._y = y = self._outputs.like(x)
        np.subtract(x, x.max(axis=1, keepdims=True), out=y)
        np.exp(y, out=y)
        y /= y.sum(axis=1, keepdims=True)
        return y

    def backward(self, dy: Array) -> Array:
        """Return dx = y (dy − Σⱼ dyⱼ yⱼ).

        This is dy times the Jacobian ∂yᵢ/∂xⱼ = yᵢ (δᵢⱼ − yⱼ), without building that matrix.
        """
        y = self._y
        dx = np.multiply(dy, y, out=self._dx.like(dy))
        total = dx.sum(axis=1, keepdims=True)
        np.subtract(dy, total, out=dx)
        dx *= y
        return dx
