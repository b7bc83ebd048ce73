"""The functions between linear layers, each with its derivative.

All are element-wise, so that shapes never change. Derivatives are written in terms of the output y
where possible, so that the input need not be kept.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, assert_never

import numpy as np

from mlpcli.nn.layers.base import Layer
from mlpcli.utils.arrays import Array, WorkArray

if TYPE_CHECKING:
    from mlpcli.config.schema import ActivationName


class Activation(Layer):
    """A layer without parameters whose outputs have the shape of its inputs.

    Attributes:
        name: as tables show it.
        saturates: whether its outputs have a limit on both sides.
        steepest: its largest slope, if it saturates.
    """

    name: ClassVar[str] = "activation"
    steepest: ClassVar[float] = 1.0
    saturates: ClassVar[bool] = False

    def __init__(self) -> None:
        self._outputs, self._dx = WorkArray(), WorkArray()


class Sigmoid(Activation):
    """y = 1 / (1 + e⁻ˣ), computed as (1 + tanh(x / 2)) / 2.

    The two are equal, but e⁻ˣ overflows for large negative x and tanh never does; in float32 the
    result is within 6e-8 of the true one.
    """

    name = "sigmoid"
    steepest = 0.25
    saturates = True

    def forward(self, x: Array) -> Array:
        """Return y in [0, 1]."""
        self._y = y = self._outputs.like(x)
        np.multiply(x, 0.5, out=y)
        np.tanh(y, out=y)
        y *= 0.5
        y += 0.5  # (1 + tanh(x / 2)) / 2
        return y

    def backward(self, dy: Array) -> Array:
        """Return dx = dy · y (1 − y)."""
        dx = self._dx.like(dy)
        np.subtract(1, self._y, out=dx)
        dx *= self._y
        dx *= dy
        return dx


class Tanh(Activation):
    """y = tanh(x)."""

    name = "tanh"
    saturates = True

    def forward(self, x: Array) -> Array:
        """Return y in [−1, 1]."""
        self._y = np.tanh(x, out=self._outputs.like(x))
        return self._y

    def backward(self, dy: Array) -> Array:
        """Return dx = dy (1 − y²)."""
        dx = np.square(self._y, out=self._dx.like(dy))
        np.subtract(1, dx, out=dx)
        dx *= dy
        return dx


class Relu(Activation):
    """y = max(x, 0) (Nair and Hinton 2010); the derivative at 0 is taken as 0."""

    name = "relu"

    def forward(self, x: Array) -> Array:
        """Return y ≥ 0."""
        self._y = np.maximum(x, _zeros(x.shape[1], x.dtype), out=self._outputs.like(x))
        return self._y

    def backward(self, dy: Array) -> Array:
        """Return dx = dy where x > 0, else 0."""
        dx = np.greater(self._y, 0, out=self._dx.like(dy))  # 1 or 0
        dx *= dy
        return dx


class LeakyRelu(Activation):
    """y = x where x > 0, else x / 100 (Maas et al. 2013)."""

    name = "leaky-relu"
    slope = 0.01

    def forward(self, x: Array) -> Array:
        """Return y, which has the sign of x."""
        y = np.multiply(x, self.slope, out=self._outputs.like(x))
        self._y = np.maximum(x, y, out=y)
        return self._y

    def backward(self, dy: Array) -> Array:
        """Return dx = dy where x > 0, else dy / 100."""
        dx = np.greater(self._y, 0, out=self._dx.like(dy))  # 1 or 0
        np.maximum(dx, self.slope, out=dx)
        dx *= dy
        return dx


@cache
def _zeros(features: int, dtype: np.dtype[Any]) -> Array:
    """Return a row of zeros; NumPy is up to twice as fast with it as with the number 0."""
    row = np.zeros(features, dtype=dtype)
    row.flags.writeable = False
    return row


class Gelu(Activation):
    """y = x (1 + tanh u) / 2 with u = √(2/π) (x + 0.044715 x³).

    This is the tanh form of the Gaussian error linear unit (Hendrycks and Gimpel,
    arXiv:1606.08415); it is within 5e-4 of x Φ(x), and the derivative is exact for this form.
    """

    name = "gelu"
    scale = math.sqrt(2 / math.pi)
    cubic = 0.044715

    def __init__(self) -> None:
        super().__init__()
        self._tanh, self._slope = WorkArray(), WorkArray()

    def forward(self, x: Array) -> Array:
        """Return y, which is never below −0.171."""
        self._x = x
        self._t = t = self._tanh.like(x)
        np.square(x, out=t)
        t *= self.scale * self.cubic
        t += self.scale
        t *= x  # u
        np.tanh(t, out=t)
        y = np.add(t, 1, out=self._outputs.like(x))
        y *= x
        y *= 0.5  # x (1 + tanh u) / 2
        return y

    def backward(self, dy: Array) -> Array:
        """Return dx = dy/2 (1 + t + x (1 − t²) u′) with t = tanh u."""
        x, t = self._x, self._t
        slope = np.square(x, out=self._slope.like(x))
        slope *= 3 * self.scale * self.cubic
        slope += self.scale  # u′
        slope *= x
        dx = np.square(t, out=self._dx.like(dy))
        np.subtract(1, dx, out=dx)
        dx *= slope  # x (1 − t²) u′
        dx += t
        dx += 1
        dx *= dy
        dx *= 0.5
        return dx


def make_activation(name: ActivationName) -> Activation:
    """Build the activation of that name.

    Raises:
        AssertionError: there is none of that name.
    """
    match name:
        case "sigmoid":
            return Sigmoid()
        case "tanh":
            return Tanh()
        case "relu":
            return Relu()
        case "leaky-relu":
            return LeakyRelu()
        case "gelu":
            return Gelu()
        case _:
            assert_never(name)
