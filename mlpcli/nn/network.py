"""Layers in order over one flat parameter vector."""

from __future__ import annotations

from itertools import pairwise
from math import prod, sqrt
from typing import TYPE_CHECKING, assert_never

import numpy as np

from mlpcli.nn.layers import (
    Activation,
    BatchNorm,
    Dropout,
    Gelu,
    Layer,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Tanh,
    fold,
)
from mlpcli.utils.arrays import Array, zeros

if TYPE_CHECKING:  # predicting builds networks too, and should not wait for the configuration
    from numpy.typing import DTypeLike

    from mlpcli.config.schema import ActivationName, InitName


class Network:
    """A multi-layer perceptron: linear layers with an activation between each two.

    With batch normalisation each activation's inputs are normalised, with dropout some of its
    outputs are left out. Both are for learning only: a network without them predicts, see
    `load_folded`.

    All parameters are views into the flat vector `parameters`, all gradients into `gradients`:
    first the weight matrices, `weight_count` numbers in all, then the biases, then the scales of
    the normalisations, whose running statistics are views into `statistics`. Optimizers, clipping,
    averaging and saving are operations on these vectors.

    Args:
        sizes: features at each stage, inputs first and classes last; at least two.
        activation: the function between linear layers.
        batch_norm: whether to normalise what goes into an activation.
        dropout: for each hidden layer the share of outputs that is left out; empty for none.
        dtype: of every array; float64 is for gradient checks.
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        activation: ActivationName,
        *,
        batch_norm: bool = False,
        dropout: tuple[float, ...] = (),
        dtype: DTypeLike = np.float32,
    ) -> None:
        self.sizes, self.activation = sizes, activation
        self.parameter_shapes = parameter_shapes(sizes, batch_norm=batch_norm)
        self.statistic_shapes = statistic_shapes(sizes, batch_norm=batch_norm)
        self.weight_count = sum(prod(shape) for shape in pairwise(sizes))
        self.parameters = zeros((_size(self.parameter_shapes),), dtype)
        self.gradients = zeros(self.parameters.shape, dtype)
        self.statistics = zeros((_size(self.statistic_shapes),), dtype)
        self.named_arrays = self.arrays_of(self.parameters, self.statistics)
        self._named_gradients = named_views(self.gradients, self.parameter_shapes)
        self.linears: list[Linear] = []
        self.dropouts: list[Dropout] = []
        self.layers: list[Layer] = []
        for n in range(len(sizes) - 1):
            hidden = n < len(sizes) - 2
            self._add_linear(n, normalized=batch_norm and hidden)
            if hidden:
                self.layers.append(make_activation(activation))
                if dropout and dropout[n]:
                    self.dropouts.append(Dropout(dropout[n]))
                    self.layers.append(self.dropouts[-1])

    def _add_linear(self, n: int, *, normalized: bool) -> None:
        """Add a linear layer and, if wanted, its normalisation, which takes the bias."""
        array, gradient = self.named_arrays, self._named_gradients
        weight, bias = f"layers.{n}.weight", f"layers.{n}.bias"
        self.linears.append(
            Linear(
                array[weight],
                None if normalized else array[bias],
                gradient[weight],
                None if normalized else gradient[bias],
            )
        )
        self.layers.append(self.linears[-1])
        if normalized:
            scale = f"layers.{n}.norm.scale"
            self.layers.append(
                BatchNorm(
                    array[scale],
                    array[bias],
                    d_scale=gradient[scale],
                    d_bias=gradient[bias],
                    mean=array[f"layers.{n}.norm.mean"],
                    variance=array[f"layers.{n}.norm.variance"],
                )
            )

    def twin(self) -> Network:
        """Return a network with the same parameters, but with gradients and work arrays of its own.

        Only of a network that has neither batch normalisation nor dropout.
        """
        twin = Network(self.sizes, self.activation, dtype=self.parameters.dtype)
        twin.parameters, twin.named_arrays = self.parameters, self.named_arrays
        for theirs, ours in zip(twin.linears, self.linears, strict=True):
            theirs.weight, theirs.bias = ours.weight, ours.bias
        return twin

    def initialize(self, init: InitName, generator: np.random.Generator) -> None:
        """Draw new weights; biases become 0, scales 1, and the statistics those of no data."""
        for name, array in self.named_arrays.items():
            array[:] = 1 if name.endswith((".norm.scale", ".norm.variance")) else 0
        for linear in self.linears:
            shape = linear.weight.shape
            generator.standard_normal(shape, dtype=linear.weight.dtype.type, out=linear.weight)
            linear.weight *= _deviation(init, *shape)

    def arrays_of(self, parameters: Array, statistics: Array) -> dict[str, Array]:
        """Return named views into vectors like this network's own."""
        return named_views(parameters, self.parameter_shapes) | named_views(
            statistics, self.statistic_shapes
        )

    def load_folded(self, arrays: dict[str, Array]) -> None:
        """Copy the weights of a network of the same sizes, its batch normalisation folded in.

        Only for a network that has neither batch normalisation nor dropout itself.

        Args:
            arrays: by name, of a network with batch normalisation or without.
        """
        for n, linear in enumerate(self.linears):
            weight, bias = arrays[f"layers.{n}.weight"], arrays[f"layers.{n}.bias"]
            norm = {
                name: arrays[f"layers.{n}.norm.{name}"]
                for name in ("scale", "mean", "variance")
                if f"layers.{n}.norm.{name}" in arrays
            }
            if norm:
                weight, bias = fold(weight, bias, **norm)
            linear.weight[:] = weight
            self.named_arrays[f"layers.{n}.bias"][:] = bias

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


def parameter_shapes(
    sizes: tuple[int, ...], *, batch_norm: bool = False
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each parameter in the order of the flat vector."""
    stages = list(enumerate(pairwise(sizes)))
    shapes: dict[str, tuple[int, ...]] = {f"layers.{n}.weight": shape for n, shape in stages}
    shapes |= {f"layers.{n}.bias": (outputs,) for n, (_, outputs) in stages}
    if batch_norm:
        shapes |= {f"layers.{n}.norm.scale": (outputs,) for n, (_, outputs) in stages[:-1]}
    return shapes


def statistic_shapes(
    sizes: tuple[int, ...], *, batch_norm: bool = False
) -> dict[str, tuple[int, ...]]:
    """Return the name and shape of each running statistic; only batch normalisation has them."""
    hidden = list(enumerate(sizes[1:-1])) if batch_norm else []
    means: dict[str, tuple[int, ...]] = {f"layers.{n}.norm.mean": (size,) for n, size in hidden}
    return means | {f"layers.{n}.norm.variance": (size,) for n, size in hidden}


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


def _size(shapes: dict[str, tuple[int, ...]]) -> int:
    return sum(prod(shape) for shape in shapes.values())


def named_views(vector: Array, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
    """Return the parts of a flat vector as arrays of these shapes, by name."""
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + prod(shape)
        views[name] = vector[start:end].reshape(shape)
        start = end
    return views
