"""Whether the units of a network still learn: counts of dead and saturated units."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.images.normalization import Pixels, to_inputs
from mlpcli.nn.layers import Activation
from mlpcli.nn.metrics import rows_at_once
from mlpcli.nn.network import Network
from mlpcli.utils.threads import use_suitable_threads

OFF = 1e-3  # a unit with a smaller slope learns nothing
FLAT = 0.02  # share of the steepest slope below which a unit hardly learns
SATURATED = 0.95  # a unit that is flat for this share of the images is saturated


@dataclass(frozen=True)
class UnitCounts:
    """How many units of a hidden layer are dead or saturated.

    Attributes:
        units: how many the layer has.
        dead: how many are off for every image and so learn nothing; None for an activation that is
            never off, such as tanh.
        saturated: how many are flat for 95 % of the images, because their output is at its upper or
            lower limit; None for an activation without such limits, such as ReLU.
    """

    units: int
    dead: int | None
    saturated: int | None


def count_dead_units(network: Network, images: Pixels) -> list[UnitCounts]:
    """Count the dead and saturated units of each hidden layer.

    Args:
        network: without dropout.
        images: (count, height, width) uint8, count ≥ 1.
    """
    flat = [np.zeros(size, dtype=np.int64) for size in network.sizes[1:-1]]
    rows = rows_at_once(network, len(images))
    for start in range(0, len(images), rows):
        batch = images[start : start + rows]
        with use_suitable_threads(network.sizes, rows):
            network.forward(to_inputs(batch, np.empty((len(batch), network.sizes[0]), np.float32)))
        for activation, counts in zip(network.activations, flat, strict=True):
            np.add(counts, _is_flat(activation, len(batch), len(counts)).sum(axis=0), out=counts)
    return [
        _unit_counts(counts, len(images), saturates=activation.saturates)
        for activation, counts in zip(network.activations, flat, strict=True)
    ]


def _is_flat(activation: Activation, batch: int, units: int) -> NDArray[np.bool_]:
    """Return where the slope at the latest inputs is small, (batch, units)."""
    slope = np.abs(activation.backward(np.ones((batch, units), dtype=np.float32)))
    return np.asarray(slope < (FLAT * activation.steepest if activation.saturates else OFF))


def _unit_counts(flat: NDArray[np.int64], count: int, *, saturates: bool) -> UnitCounts:
    if saturates:
        return UnitCounts(len(flat), None, int((flat >= SATURATED * count).sum()))
    return UnitCounts(len(flat), int((flat == count).sum()), None)
