"""A network with weights and activations of 8 bits.

A weight is s · q, with an integer q in [−127, 127] and a scale s for each unit, the largest weight
of the unit being 127. An activation is low + step · p, with p in [0, 255] and the same low and step
for a layer; those of the pixels are 0 and 1/255, without any loss. So a sum of a unit

    Σ s q (low + step p) + b  =  (s · step) Σ q p + (b + s · low Σ q)

is a sum of products of integers, a scale and a bias (Jacob et al., Quantization and Training of
Neural Networks for Efficient Integer-Arithmetic-Only Inference, 2018). It stays in 32 bits: 127 ·
255 · 65,536 inputs, as many as a layer may have, are less than 2³¹.

The range of a layer is from the smallest to the largest activation that training images have.
Leaving out the outermost 0.001 % or 0.01 % at each end changed as few labels of other training
images, but on drawings unlike them took a probability off by up to 0.31 and 0.51, instead of 0.12.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.export.exported import PlainNetwork
from mlpcli.images.normalization import Pixels, to_inputs
from mlpcli.nn.layers import make_activation
from mlpcli.utils.arrays import Array

LEVELS = 255  # the largest level of an activation
LARGEST_WEIGHT = 127
SMALLEST_STEP = 1e-30  # of a layer whose activations are all the same; its inverse is finite
BATCH = 256  # images at a time


@dataclass(frozen=True)
class Range:
    """What the levels of a layer's activations stand for: low + step · level."""

    low: float
    step: float


@dataclass(frozen=True, eq=False)
class QuantizedLayer:
    """A linear layer and the activation after it.

    Attributes:
        weights: (inputs, outputs) int8.
        scales: (outputs,) float32, of the sums of products of weights and levels.
        biases: (outputs,) float32.
        outputs: the range of the activations; None for the last layer, which has none.
    """

    weights: NDArray[np.int8]
    scales: Array
    biases: Array
    outputs: Range | None


def quantize(network: PlainNetwork, images: Pixels) -> tuple[QuantizedLayer, ...]:
    """Return a network with weights and activations of 8 bits.

    Args:
        network: with weights of float32.
        images: (count, height, width) uint8, training images to tell the ranges by.
    """
    with np.errstate(over="ignore"):  # of gelu, whose tanh then is 1
        ranges = _ranges(network, images)
    before, after = [Range(0.0, 1 / LEVELS), *ranges], [*ranges, None]
    return tuple(map(_quantize_layer, network.weights, network.biases, before, after))


def _quantize_layer(
    weight: Array, bias: Array, inputs: Range, outputs: Range | None
) -> QuantizedLayer:
    scale = np.abs(weight).max(axis=0).astype(np.float64) / LARGEST_WEIGHT
    scale[scale == 0] = 1
    rounded = np.rint(weight / scale)
    return QuantizedLayer(
        rounded.astype(np.int8),
        (scale * inputs.step).astype(np.float32),
        (bias + scale * inputs.low * rounded.sum(axis=0)).astype(np.float32),
        outputs,
    )


def _ranges(network: PlainNetwork, images: Pixels) -> list[Range]:
    """Return the range of each hidden layer's activations."""
    hidden = network.sizes[1:-1]
    low, high = np.full(len(hidden), np.inf), np.full(len(hidden), -np.inf)
    for start in range(0, len(images), BATCH):
        for n, values in enumerate(_activations(network, images[start : start + BATCH])):
            low[n], high[n] = min(low[n], values.min()), max(high[n], values.max())
    steps = np.maximum((high - low) / LEVELS, SMALLEST_STEP)
    return [Range(*each) for each in zip(low.tolist(), steps.tolist(), strict=True)]


def _activations(network: PlainNetwork, images: Pixels) -> Iterator[Array]:
    """Yield the activations of each hidden layer, (count, features) float32."""
    x = to_inputs(images, np.empty((len(images), network.sizes[0]), dtype=np.float32))
    function = make_activation(network.activation)
    for weight, bias in zip(network.weights[:-1], network.biases[:-1], strict=True):
        x = function.forward(x @ weight + bias)
        yield x
