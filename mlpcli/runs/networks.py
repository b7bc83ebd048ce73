"""Checkpoints → networks that predict."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.nn.network import Network, array_shapes, mlp_layers
from mlpcli.runs.checkpoint import WEIGHTS, Checkpoint

if TYPE_CHECKING:
    from mlpcli.config.schema import ActivationName


def build_network(checkpoint: Checkpoint) -> Network:
    """Build the network that a checkpoint describes, its batch normalisation folded in.

    Raises:
        CheckpointError: its arrays do not fit such a network.
    """
    sizes, model = checkpoint.metadata.sizes, checkpoint.metadata.config.model
    activation = cast("ActivationName", model.activation)
    try:
        layers = mlp_layers(sizes, activation, batch_norm=model.batch_norm)
    except AssertionError as error:  # the one `match` over activations has no such case
        raise CheckpointError(
            f"{checkpoint.place}: the activation is not known, got {model.activation!r:.40}"
        ) from error
    parameters, statistics = array_shapes(layers)
    weights = checkpoint.take(WEIGHTS, parameters | statistics)
    network = Network.mlp(sizes, activation)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        network.load_folded(weights)  # an overflow shows in the predictions
    return network
