"""Initial weights: normally distributed, with a spread that suits the size of the layer."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING, assert_never

from mlpcli.utils.arrays import Array

if TYPE_CHECKING:
    import numpy as np

    from mlpcli.config.schema import InitName


def draw_weights(weight: Array, init: InitName, generator: np.random.Generator) -> None:
    """Fill the (in, out) weights of a linear layer from a normal distribution of mean 0."""
    generator.standard_normal(weight.shape, dtype=weight.dtype.type, out=weight)
    weight *= standard_deviation(init, *weight.shape)


def standard_deviation(init: InitName, inputs: int, outputs: int) -> float:
    """Return the standard deviation of a layer's initial weights."""
    match init:
        case "xavier":  # keeps the variance forward and backward (Glorot and Bengio 2010)
            return sqrt(2 / (inputs + outputs))
        case "he":  # 2 / inputs, because ReLU halves the variance (He et al., arXiv:1502.01852)
            return sqrt(2 / inputs)
        case "normal":  # as in the original notebook, kept for comparison with the other two
            return 1.0
        case _:
            assert_never(init)
