"""Layers in order over one flat parameter vector.

A network is made of a list of layers:

    network = Network([Linear(784, 100), Sigmoid(), Linear(100, 10)])
    logits = network.forward(images)  # (batch, 784) → (batch, 10)
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mlpcli.nn.initializers import draw_weights
from mlpcli.nn.layers import Activation, BatchNorm, Dropout, Layer, Linear, fold, make_activation
from mlpcli.nn.matmul import Inputs
from mlpcli.utils.arrays import Array, zeros
from mlpcli.utils.ranks import Ranks

if TYPE_CHECKING:  # predicting should not wait for the configuration
    from numpy.typing import DTypeLike

    from mlpcli.config.schema import ActivationName, InitName, ModelConfig

Shapes = dict[str, tuple[int, ...]]
_ORDER = ("weight", "bias", "scale", "mean", "variance")  # of arrays in the flat vectors


class Network:
    """Layers that are applied one after the other.

    All parameters are views into the flat vector `parameters`, all gradients into `gradients`:
    first the weight matrices, `weight_count` numbers in all, then the biases, then the layers'
    other parameters. Running statistics, of batch normalisation, are views into `statistics`.
    Optimizers, clipping, averaging and saving are operations on these vectors.

    Args:
        layers: in order. Their arrays become views into the network's vectors and keep their
            values.
        dtype: of every array; float64 is for gradient checks.
    """

    def __init__(self, layers: Sequence[Layer], *, dtype: DTypeLike = np.float32) -> None:
        self.layers = list(layers)
        self.linears = [layer for layer in layers if isinstance(layer, Linear)]
        self.dropouts = [layer for layer in layers if isinstance(layer, Dropout)]
        self.parameter_shapes, self.statistic_shapes = array_shapes(layers)
        self.weight_count = sum(
            prod(shape) for name, shape in self.parameter_shapes.items() if name.endswith(".weight")
        )
        self.gradients = zeros((_size(self.parameter_shapes),), dtype)
        self._attach_views(named_views(self.gradients, self.parameter_shapes), "d_")
        self.parameters = zeros(self.gradients.shape, dtype)
        self.statistics = zeros((_size(self.statistic_shapes),), dtype)
        self.named_arrays = self.arrays_of(self.parameters, self.statistics)
        for name, (layer, attribute) in _places(layers).items():
            self.named_arrays[name][:] = getattr(layer, attribute)
        self._attach_views(self.named_arrays)

    @classmethod
    def mlp(
        cls,
        sizes: Sequence[int],
        activation: ActivationName,
        *,
        batch_norm: bool = False,
        dropout: Sequence[float] = (),
        dtype: DTypeLike = np.float32,
    ) -> Network:
        """Build a multi-layer perceptron with all weights 0; see `mlp_layers`."""
        layers = mlp_layers(sizes, activation, batch_norm=batch_norm, dropout=dropout)
        return cls(layers, dtype=dtype)

    @classmethod
    def from_config(cls, model: ModelConfig, *, dtype: DTypeLike = np.float32) -> Network:
        """Build the network that a configuration describes, with all weights 0."""
        return cls.mlp(
            model.sizes,
            model.activation,
            batch_norm=model.batch_norm,
            dropout=model.dropout_rates,
            dtype=dtype,
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """Features at each stage: inputs first, then the outputs of each linear layer."""
        inputs = self.linears[0].weight.shape[0]
        return inputs, *(linear.weight.shape[1] for linear in self.linears)

    @property
    def activations(self) -> list[Activation]:
        """The functions between linear layers."""
        return [layer for layer in self.layers if isinstance(layer, Activation)]

    def initialize(self, init: InitName, generator: np.random.Generator) -> None:
        """Draw new weights; biases and means become 0, scales and variances 1."""
        for name, array in self.named_arrays.items():
            array[:] = 1 if name.endswith((".norm.scale", ".norm.variance")) else 0
        for linear in self.linears:
            draw_weights(linear.weight, init, generator)

    def set_dropout_generator(
        self, generator: np.random.Generator, others: tuple[int, int] = (0, 0)
    ) -> None:
        """Set the generator from which every dropout layer draws its next masks.

        Args:
            generator: is used up in the order of the layers.
            others: how many rows of the batch other processes have before and after its own.
        """
        for dropout in self.dropouts:
            dropout.generator, dropout.others = generator, others

    def set_batches(self, full: int, ranks: Ranks) -> None:
        """Set what normalisation has to know of batches.

        Args:
            full: images in each batch, except the last of an epoch.
            ranks: the processes that have parts of each.
        """
        for layer in self.layers:
            if isinstance(layer, BatchNorm):
                layer.full_batch, layer.ranks = full, ranks

    def forward(self, inputs: Inputs) -> Array:
        """Return the logits (batch, classes) of inputs (batch, features) in [0, 1].

        They are valid until the next `forward`. Only a linear layer takes sparse inputs. With
        dropout, call `set_dropout_generator` before each `forward`.
        """
        x: Any = inputs
        for layer in self.layers:
            x = layer.forward(x)
        logits: Array = x
        return logits

    def backward(self, d_logits: Array) -> None:
        """Fill `gradients`, given the gradient of the loss with respect to the logits.

        The logits are those of the latest `forward`.
        """
        first, *others = self.layers
        dy = d_logits
        for layer in reversed(others):
            dy = layer.backward(dy)
        if isinstance(first, Linear):
            first.backward_parameters(dy)  # the inputs need no gradient
        else:
            first.backward(dy)

    def replica(self) -> Network:
        """Return a network that shares the parameters, with its own gradients and work arrays.

        Only for a network without batch normalisation and dropout.
        """
        layers = [
            Linear(*layer.weight.shape, bias=layer.bias is not None, init=None)
            if isinstance(layer, Linear)
            else deepcopy(layer)
            for layer in self.layers
        ]
        replica = Network(layers, dtype=self.parameters.dtype)
        replica.parameters, replica.named_arrays = self.parameters, self.named_arrays
        replica._attach_views(self.named_arrays)
        return replica

    def arrays_of(self, parameters: Array, statistics: Array) -> dict[str, Array]:
        """Return named views into vectors laid out like this network's own."""
        return named_views(parameters, self.parameter_shapes) | named_views(
            statistics, self.statistic_shapes
        )

    def load_folded(self, arrays: dict[str, Array]) -> None:
        """Copy the weights of a network of the same sizes, with its batch normalisation folded in.

        Only for a network without batch normalisation and dropout.

        Args:
            arrays: of the other network, by name, with batch normalisation or without.
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

    def _attach_views(self, arrays: dict[str, Array], prefix: str = "") -> None:
        """Set the layers' attributes to these arrays."""
        for name, (layer, attribute) in _places(self.layers).items():
            if name in arrays:
                setattr(layer, prefix + attribute, arrays[name])


def mlp_layers(
    sizes: Sequence[int],
    activation: ActivationName,
    *,
    batch_norm: bool = False,
    dropout: Sequence[float] = (),
) -> list[Layer]:
    """Return linear layers with activations between them, for a `Network` to fill.

    Batch normalisation normalises the inputs of each activation, dropout drops some of its outputs.
    Both are for training only: the network that predicts has neither, see `Network.load_folded`.

    Args:
        sizes: features at each stage, inputs first and classes last; at least two.
        activation: the function between linear layers.
        batch_norm: whether to normalise the inputs of each activation.
        dropout: for each hidden layer the share of outputs that is dropped; empty for none.
    """
    layers: list[Layer] = []
    *hidden, last = pairwise(sizes)
    for n, (inputs, outputs) in enumerate(hidden):
        layers.append(Linear(inputs, outputs, bias=not batch_norm, init=None))
        if batch_norm:
            layers.append(BatchNorm(outputs))
        layers.append(make_activation(activation))
        if dropout and dropout[n]:
            layers.append(Dropout(dropout[n]))
    return [*layers, Linear(*last, init=None)]


def array_shapes(layers: Sequence[Layer]) -> tuple[Shapes, Shapes]:
    """Return the shapes of parameters and of statistics by name, in the flat vectors' order."""
    parameters, statistics = Shapes(), Shapes()
    for name, (layer, attribute) in _places(layers).items():
        shapes = parameters if attribute in layer.parameter_names else statistics
        shapes[name] = getattr(layer, attribute).shape
    return parameters, statistics


def _places(layers: Sequence[Layer]) -> dict[str, tuple[Layer, str]]:
    """Return layer and attribute of each array by its name, in the order of `_ORDER`.

    `layers.N` counts linear layers only, so that an activation or dropout changes no number.

    Raises:
        ValueError: two arrays have the same name.
    """
    places: dict[str, tuple[Layer, str]] = {}
    number = -1
    for layer in layers:
        number += isinstance(layer, Linear)
        names = {**layer.parameter_names, **layer.statistic_names}
        for attribute in [*layer.parameters(), *layer.statistics()]:
            name = f"layers.{max(number, 0)}.{names[attribute]}"
            if name in places:
                raise ValueError(f"{type(layer).__name__}: another layer has the array {name}")
            places[name] = layer, attribute
    return dict(sorted(places.items(), key=lambda item: _rank(item[1][1])))


def _rank(attribute: str) -> int:
    return _ORDER.index(attribute) if attribute in _ORDER else len(_ORDER)


def _size(shapes: Shapes) -> int:
    return sum(prod(shape) for shape in shapes.values())


def named_views(vector: Array, shapes: Shapes) -> dict[str, Array]:
    """Return the parts of a flat vector as arrays of these shapes, by name."""
    views, start = {}, 0
    for name, shape in shapes.items():
        end = start + prod(shape)
        views[name] = vector[start:end].reshape(shape)
        start = end
    return views
