"""The layer that learns: y = x W + b."""

from mlpcli.nn.layers.base import Layer
from mlpcli.nn.matmul import matmul
from mlpcli.utils.arrays import Array, WorkArray


class Linear(Layer):
    """y = x W + b, with views into the network's flat vectors as parameters.

    Args:
        weight: (in, out), read by `forward`.
        bias: (out,), read by `forward`; None where a normalisation follows, which has its own.
        d_weight: (in, out), overwritten by `backward`.
        d_bias: (out,), overwritten by `backward`; None beside no bias.
    """

    def __init__(
        self, weight: Array, bias: Array | None, d_weight: Array, d_bias: Array | None
    ) -> None:
        self.weight, self.bias = weight, bias
        self.d_weight, self.d_bias = d_weight, d_bias
        self._y, self._dx = WorkArray(), WorkArray()

    def forward(self, x: Array) -> Array:
        """Return y = x W + b, (batch, out), for x (batch, in)."""
        self._x = x
        y = self._y.get((len(x), self.weight.shape[1]), x.dtype)
        matmul(x, self.weight, out=y)
        if self.bias is not None:
            y += self.bias
        return y

    def backward(self, dy: Array) -> Array:
        """Fill dW and db, and return dx = dy Wᵀ, (batch, in), for dy (batch, out)."""
        self.backward_parameters(dy)
        dx = self._dx.like(self._x)
        return matmul(dy, self.weight.T, out=dx)

    def backward_parameters(self, dy: Array) -> None:
        """Fill dW = xᵀ dy and db = Σ dy; all that the first layer of a network has to do."""
        matmul(self._x.T, dy, out=self.d_weight)
        if self.d_bias is not None:
            dy.sum(axis=0, out=self.d_bias)
