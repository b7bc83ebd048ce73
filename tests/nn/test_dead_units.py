"""Dead and saturated units, in networks whose weights are set by hand."""

import numpy as np
import pytest

from mlpcli.config.schema import ActivationName
from mlpcli.nn.dead_units import UnitCounts, count_dead_units
from mlpcli.nn.network import Network

IMAGES = np.arange(400, dtype=np.uint8).reshape(100, 2, 2)


def network(activation: ActivationName, biases: list[float]) -> Network:
    """Return one whose hidden units see their bias and a little of the image."""
    net = Network.mlp((4, len(biases), 2), activation)
    net.linears[0].weight[:] = 0.1
    net.named_arrays["layers.0.bias"][:] = biases
    return net


@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_dead(activation: ActivationName) -> None:
    """A unit is dead whose input is far below zero for every image; there is no upper end."""
    assert [UnitCounts(3, 1, None)] == count_dead_units(network(activation, [-9, 0.5, 9]), IMAGES)


def test_leaky_relu_never_dies() -> None:
    """A leaky ReLU learns, if slowly, whatever its input."""
    assert [UnitCounts(3, 0, None)] == count_dead_units(
        network("leaky-relu", [-9, -0.5, 9]), IMAGES
    )


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
def test_at_both_ends(activation: ActivationName) -> None:
    """A unit that is at an end for every image is saturated, whichever the end, and not dead."""
    assert [UnitCounts(3, None, 2)] == count_dead_units(network(activation, [-9, 0.5, 9]), IMAGES)


def test_saturated() -> None:
    """A unit that is at an end for 95 % of the images is saturated, for a few less it is not."""
    net = Network.mlp((1, 2, 2), "tanh")
    net.linears[0].weight[:] = 9
    images = np.full((100, 1, 1), 255, dtype=np.uint8)
    images[:5] = 0  # slope 1
    assert [UnitCounts(2, None, 2)] == count_dead_units(net, images)
    images[:6] = 0
    assert [UnitCounts(2, None, 0)] == count_dead_units(net, images)


def test_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Images that do not fit into memory at once are looked at in turn."""
    net = Network.mlp((1, 1, 2), "relu")
    net.linears[0].weight[:] = 1
    images = np.zeros((7, 1, 1), dtype=np.uint8)
    monkeypatch.setattr("mlpcli.nn.metrics.AT_ONCE", 8)  # two images
    assert [UnitCounts(1, 1, None)] == count_dead_units(net, images)
    images[-1] = 255
    assert [UnitCounts(1, 0, None)] == count_dead_units(net, images)
