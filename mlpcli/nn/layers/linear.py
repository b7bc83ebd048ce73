"""The linear layer, y = x W + b."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlpcli.nn.initializers import draw_weights
from mlpcli.nn.layers.base import Layer
from mlpcli.nn.matmul import Inputs, matmul
from mlpcli.utils.arrays import Array, WorkArray, blank
from mlpcli.utils.randomness import Purpose, stream

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

    from mlpcli.config.schema import InitName


class Linear(Layer):
    """y = x W + b.

    Args:
        inputs: features of x.
        outputs: features of y.
        bias: whether to add b; leave it out before batch normalisation, which adds a bias.
        init: how the weights are drawn, see `mlpcli.nn.initializers`; biases begin at 0. With None
            the arrays are read-only zeros until a `Network` replaces them.
        generator: to draw from; by default every layer of this shape gets the same weights.
        dtype: of the parameters.

    Attributes:
        weight: W, (inputs, outputs).
        bias: b, (outputs,), or None.
        d_weight: gradient of the loss with respect to W, overwritten by `backward`.
        d_bias: likewise for b, or None.
    """

    parameter_names: ClassVar = {"weight": "weight", "bias": "bias"}
    bias: Array | None
    d_bias: Array | None

    def __init__(  # noqa: PLR0913  # a layer's options
        self,
        inputs: int,
        outputs: int,
        *,
        bias: bool = True,
        init: InitName | None = "xavier",
        generator: np.random.Generator | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        make = blank if init is None else np.zeros
        self.weight, self.d_weight = (make((inputs, outputs), dtype) for _ in range(2))
        self.bias = self.d_bias = None
        if bias:
            self.bias, self.d_bias = (make((outputs,), dtype) for _ in range(2))
        if init is not None:
            draw_weights(self.weight, init, generator or stream(0, Purpose.INITIAL_WEIGHTS))
        self._y, self._dx = WorkArray(), WorkArray()

    def forward(self, x: Inputs) -> Array:
        """Return y = x W + b, (batch, outputs), for x (batch, inputs), which may be sparse."""
        self._x = x  # (batch, inputs)
        y = self._y.get((len(x), self.weight.shape[1]), x.dtype)
        matmul(x, self.weight, out=y)  # (batch, outputs)
        if self.bias is not None:
            y += self.bias
        return y

    def backward(self, dy: Array) -> Array:
        """Fill dW and db, and return dx = dy Wᵀ, (batch, inputs), for dy (batch, outputs)."""
        self.backward_parameters(dy)
        dx = self._dx.get(self._x.shape, dy.dtype)
        return matmul(dy, self.weight.T, out=dx)

    def backward_parameters(self, dy: Array) -> None:
        """Fill dW = xᵀ dy and db, the sum of dy over the batch: all that a first layer needs."""
        matmul(self._x.T, dy, out=self.d_weight)  # (inputs, outputs)
        if self.d_bias is not None:
            dy.sum(axis=0, out=self.d_bias)
