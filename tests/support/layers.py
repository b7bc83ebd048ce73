"""Layers and inputs that the tests of several layers share."""

import numpy as np

from mlpcli.nn.layers import BatchNorm, Gelu, Layer, LeakyRelu, Relu, Sigmoid, Tanh
from mlpcli.utils.arrays import Array
from tests.support.gradients import numerical_gradient, relative_error

ELEMENTWISE: list[type[Layer]] = [Sigmoid, Tanh, Relu, LeakyRelu, Gelu]
SHAPES = [(1, 1), (1, 7), (5, 3), (8, 16)]


def away_from_kinks(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Random numbers whose distance from zero is at least 0.01."""
    x = np.random.default_rng(seed).standard_normal(shape)
    return x + np.copysign(0.01, x)


def input_gradient_error(layer: Layer, x: Array) -> float:
    """Compare a layer's backward pass with central differences of Σ y · dy."""
    dy = np.random.default_rng(1).standard_normal(layer.forward(x).shape)
    numerical = numerical_gradient(lambda: float(np.sum(layer.forward(x) * dy)), x)
    layer.forward(x)
    return relative_error(layer.backward(dy), numerical)


def make_batch_norm(features: int, dtype: type = np.float64, seed: int = 0) -> BatchNorm:
    """A layer with random scale and bias that has seen nothing yet."""
    generator = np.random.default_rng(seed)
    layer = BatchNorm(features, dtype=dtype)
    layer.scale[:], layer.bias[:] = generator.standard_normal((2, features))
    return layer
