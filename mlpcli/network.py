"""Layers in order over one flat parameter vector."""

from __future__ import annotations

from itertools import pairwise
from math import prod, sqrt
from typing import TYPE_CHECKING, assert_never

import numpy as np

from mlpcli.arrays import Array, zeros
from mlpcli.layers import Activation, Gelu, Layer, LeakyRelu, Linear, Relu, Sigmoid, Tanh

if TYPE_CHECKING:  # predicting builds networks too, and should not wait for the configuration
    from numpy.typing import DTypeLike

    from mlpcli.config.schema import ActivationName, InitName


class Network:
    """A multi-layer perceptron: linear layers with an activation between each two.

    All parameters are views into the flat vector `parameters`, all gradients into `gradients`:
    first the weight matrices, `weight_count` numbers in all, then the biases. Optimizers, clipping
    and saving are operations on these vectors.

    Args:
        sizes: features at each stage, inputs first and classes last; at least two.
        activation: the function between linear layers.
        dtype: of every array; float64 is for gradient checks.
    """

    def __init__(
        self, sizes: tuple[int, ...], activation: ActivationName, dtype: DTypeLike = np.float32
    ) -> None:
        self.sizes, self.activation = sizes, activation
        shapes = parameter_shapes(sizes)
        self.weight_count = sum(prod(shape) for shape in shapes.values() if len(shape) == 2)
        size = sum(prod(shape) for shape in shapes.values())
        self.parameters = zeros((size,), dtype)
        self.gradients = zeros((size,), dtype)
        self.named_parameters = _named_views(self.parameters, shapes)
        named_gradients = _named_views(self.gradients, shapes)
        self.linears = [
            Linear(
                weight=self.named_parameters[f"layers.{n}.weight"],
                bias=self.named_parameters[f"layers.{n}.bias"],
                d_weight=named_gradients[f"layers.{n}.weight"],
                d_bias=named_gradients[f"layers.{n}.bias"],
            )
            for n in range(len(sizes) - 1)
        ]
        self.layers: list[Layer] = [self.linears[0]]
        for linear in self.linears[1:]:
            self.layers += [make_activation(activation), linear]

    def initialize(self, init: InitName, generator: np.random.Generator) -> None:
        """Draw new weights and set the biases to zero."""
        self.parameters[self.weight_count :] = 0
        for linear in self.linears:
            shape = linear.weight.shape
            generator.standard_normal(shape, dtype=linear.weight.dtype.type, out=linear.weight)
            linear.weight *= _deviation(init, *shape)

    def forward(self, inputs: Array) -> Array:
        """Return the logits (batch, classes) of inputs (batch, features) in [0, 1].

        They are valid until the next `forward`.
        """
        x = inputs
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, d_logits: Array) -> None:
        """Fill `gradients`, given the loss's gradient for the logits of the latest `forward`."""
        dy = d_logits
        for layer in reversed(self.layers[1:]):
            dy = layer.backward(dy)
        self.linears[0].backward_parameters(dy)  # nobody asks for the gradient of the pixels


def parameter_shapes(sizes: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each parameter in the order of the flat vector."""
    stages = list(enumerate(pairwise(sizes)))
    weights = {f"layers.{n}.weight": shape for n, shape in stages}
    return weights | {f"layers.{n}.bias": (outputs,) for n, (_, outputs) in stages}


def make_activation(name: ActivationName) -> Activation:
    """Build the activation layer of that name."""
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


def _deviation(init: InitName, inputs: int, outputs: int) -> float:
    """Return the standard deviation of a layer's initial weights."""
    match init:
        case "xavier":  # keeps the variance forward and backward (Glorot and Bengio 2010)
            return sqrt(2 / (inputs + outputs))
        case "he":  # doubles it, for ReLU halves it (He et al., arXiv:1502.01852)
            return sqrt(2 / inputs)
        case "normal":  # the notebook's, kept to show what the other two are good for
            return 1.0
        case _:
            assert_never(init)


def _named_views(vector: Array, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + prod(shape)
        views[name] = vector[start:end].reshape(shape)
        start = end
    return views
