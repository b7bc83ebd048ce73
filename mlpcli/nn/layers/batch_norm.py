"""Batch normalisation: every feature of a batch gets mean 0 and variance 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np

from mlpcli.nn.layers.base import Layer
from mlpcli.utils.arrays import Array, WorkArray
from mlpcli.utils.ranks import ALONE, Ranks

if TYPE_CHECKING:
    from numpy.typing import DTypeLike

EPSILON = 1e-5  # added to a variance, which is 0 for a feature that never changes
MOMENTUM = 0.1  # share of the latest batch in the running statistics; less for a smaller one


class BatchNorm(Layer):
    """y = scale · (x − mean) / √(variance + ε) + bias, with mean and variance of each feature.

    In training these are the mean and variance of the batch. Their running averages are kept for
    predicting, when the result must not depend on the other images of a batch; see `fold` (Ioffe
    and Szegedy, arXiv:1502.03167). If several processes have parts of the batch, mean and variance
    are those of all of it.

    Args:
        features: of x and y.
        dtype: of the parameters.

    Attributes:
        scale: (features,), 1 at first; its gradient is `d_scale`, overwritten by `backward`.
        bias: (features,), 0 at first; its gradient is `d_bias`.
        mean: (features,), running average, moved by `forward`.
        variance: (features,), likewise, of the unbiased variance.
        full_batch: images in the largest batch, if that is known before it comes.
        ranks: the processes that have parts of the batch.
    """

    full_batch: int = 1
    ranks: Ranks = ALONE

    parameter_names: ClassVar = {"scale": "norm.scale", "bias": "bias"}
    statistic_names: ClassVar = {"mean": "norm.mean", "variance": "norm.variance"}

    def __init__(self, features: int, *, dtype: DTypeLike = np.float32) -> None:
        self.scale, self.variance = (np.ones(features, dtype) for _ in range(2))
        self.bias, self.mean = (np.zeros(features, dtype) for _ in range(2))
        self.d_scale, self.d_bias = (np.zeros(features, dtype) for _ in range(2))
        self._normalized, self._outputs, self._dx = WorkArray(), WorkArray(), WorkArray()
        self._per_feature = [WorkArray() for _ in range(3)]
        self._sums, self._d_sums = WorkArray(), WorkArray()

    def forward(self, x: Array) -> Array:
        """Return y, (batch, features), and move the running statistics towards the batch's."""
        features = x.shape[1]
        variance, self._inverse_deviation, self._work = (
            array.get((features,), x.dtype) for array in self._per_feature
        )
        sums = self._sums.get((features + 1,), x.dtype)  # the last one counts images
        mean, sums[features] = sums[:features], len(x)
        np.sum(x, axis=0, out=mean)
        self.ranks.add(sums)
        self._batch = batch = int(sums[features])
        mean *= 1 / batch
        self._x_hat = x_hat = np.subtract(x, mean, out=self._normalized.like(x))
        y = np.square(x_hat, out=self._outputs.like(x))
        np.sum(y, axis=0, out=variance)
        self.ranks.add(variance)
        variance *= 1 / batch
        self.full_batch = max(self.full_batch, batch)
        share = MOMENTUM * batch / self.full_batch
        self._follow(self.mean, mean, share)
        self._follow(self.variance, variance, share, batch / max(batch - 1, 1))
        variance += EPSILON
        deviation = np.sqrt(variance, out=variance)
        x_hat *= np.reciprocal(deviation, out=self._inverse_deviation)
        np.multiply(x_hat, self.scale, out=y)
        y += self.bias
        return y

    def backward(self, dy: Array) -> Array:
        """Fill the parameters' gradients, those of this process's images, and return dx.

        Mean and variance depend on x too, which removes from dy its mean and its part along x̂:
        dx = scale / √(variance + ε) · (dy − mean(dy) − x̂ mean(dy x̂)).
        """
        x_hat, work = self._x_hat, self._work
        dx = np.multiply(dy, x_hat, out=self._dx.like(dy))
        np.sum(dx, axis=0, out=self.d_scale)
        np.sum(dy, axis=0, out=self.d_bias)
        means = self._d_sums.get((2, len(work)), dy.dtype)
        means[0], means[1] = self.d_scale, self.d_bias
        self.ranks.add(means)
        means *= 1 / self._batch
        np.multiply(x_hat, means[0], out=dx)
        np.subtract(dy, dx, out=dx)
        dx -= means[1]
        dx *= np.multiply(self.scale, self._inverse_deviation, out=work)
        return dx

    def _follow(self, running: Array, latest: Array, share: float, factor: float = 1.0) -> None:
        running *= 1 - share
        running += np.multiply(latest, share * factor, out=self._work)


def fold(
    weight: Array, bias: Array, *, scale: Array, mean: Array, variance: Array
) -> tuple[Array, Array]:
    """Return weight and bias of one linear layer that equals x W and its normalisation.

    With the statistics frozen, scale · (x W − mean) / √(variance + ε) + bias is linear in x.
    """
    factor = scale / np.sqrt(variance + EPSILON)
    return weight * factor, bias - mean * factor
