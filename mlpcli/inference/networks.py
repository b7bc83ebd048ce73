"""Checkpoints → networks that predict, and the format of their inputs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.images import Recipe
from mlpcli.images.normalization import Preprocessing
from mlpcli.nn.network import Network, array_shapes, mlp_layers
from mlpcli.runs.checkpoint import WEIGHTS, Checkpoint
from mlpcli.runs.metadata import Metadata

if TYPE_CHECKING:
    from mlpcli.config.schema import ActivationName


@dataclass(frozen=True)
class InputFormat:
    """What every network of a classifier must agree on.

    Attributes:
        classes: the name of each label.
        preprocessing: how a picture becomes an input.
        height: of an input image, in pixels.
        width: of an input image, in pixels.
        recipe: the steps of the preprocessing.
    """

    classes: tuple[str, ...]
    preprocessing: Preprocessing
    height: int
    width: int
    recipe: Recipe

    @classmethod
    def of(cls, metadata: Metadata) -> InputFormat:
        """Return the input format of a checkpoint's network."""
        saved = metadata.preprocessing
        names, kind = metadata.class_names, metadata.kind
        return cls(names, kind, saved.height, saved.width, metadata.recipe)


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
