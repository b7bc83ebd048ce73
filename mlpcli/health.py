"""Whether the units of a network still learn: dead ones and saturated ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.evaluation import rows_at_once
from mlpcli.layers import Activation
from mlpcli.network import Network
from mlpcli.normalization import Pixels, to_inputs

FLAT = 0.02  # of an activation's steepest slope: what is below lets hardly any gradient pass
SATURATED = 0.95  # share of the images for which a saturated unit is flat


@dataclass(frozen=True)
class LayerHealth:
    """How the units of a hidden layer are.

    Attributes:
        units: how many there are.
        dead: how many let no gradient pass for any image, and so learn nothing from them.
        saturated: how many others let hardly any pass for 95 % of the images, because their output
            is at its end; None for an activation without ends, such as ReLU.
    """

    units: int
    dead: int
    saturated: int | None


def examine(network: Network, images: Pixels) -> list[LayerHealth]:
    """Look at each hidden layer while a network answers.

    Args:
        network: without dropout.
        images: (count, height, width) uint8, count ≥ 1.
    """
    activations = [layer for layer in network.layers if isinstance(layer, Activation)]
    flat = [np.zeros(size, dtype=np.int64) for size in network.sizes[1:-1]]
    rows = rows_at_once(network, len(images))
    for start in range(0, len(images), rows):
        batch = images[start : start + rows]
        network.forward(to_inputs(batch, np.empty((len(batch), network.sizes[0]), np.float32)))
        for activation, counts in zip(activations, flat, strict=True):
            np.add(counts, _is_flat(activation, len(batch), len(counts)).sum(axis=0), out=counts)
    return [
        _health(counts, len(images), saturates=activation.saturates)
        for activation, counts in zip(activations, flat, strict=True)
    ]


def _is_flat(activation: Activation, batch: int, units: int) -> NDArray[np.bool_]:
    """Return where the slope of the latest forward pass is small, (batch, units)."""
    slope = activation.backward(np.ones((batch, units), dtype=np.float32))
    return np.abs(slope) < FLAT * activation.steepest


def _health(flat: NDArray[np.int64], count: int, *, saturates: bool) -> LayerHealth:
    dead = int((flat == count).sum())
    saturated = int((flat >= SATURATED * count).sum()) - dead if saturates else None
    return LayerHealth(len(flat), dead, saturated)
