"""What a file of weights holds, and what can be told of the run that it is from."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mlpcli.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from mlpcli.classifier import Classifier
from mlpcli.config import Config
from mlpcli.health import LayerHealth, examine
from mlpcli.history import EpochResult, read_config, whole_history
from mlpcli.network import Network
from mlpcli.normalization import Pixels
from mlpcli.runs import LAST

LOOKED_AT = 1000  # images that show whether units are dead


@dataclass(frozen=True)
class Inspection:
    """A file of weights.

    Attributes:
        checkpoint: what it holds.
        classifier: what it predicts with.
        config: of its run.
        history: of its run, further than to these weights where the latest are beside them.
    """

    checkpoint: Checkpoint
    classifier: Classifier
    config: Config
    history: list[EpochResult]

    @cached_property
    def network(self) -> Network:
        """The network as it was trained, batch normalisation and dropout included."""
        model = self.config.model
        network = Network(
            model.layers,
            model.activation,
            batch_norm=model.batch_norm,
            dropout=model.dropout_rates,
        )
        shapes = network.parameter_shapes | network.statistic_shapes
        for name, array in self.checkpoint.take(WEIGHTS, shapes).items():
            network.named_arrays[name][:] = array
        return network

    @property
    def best_epoch(self) -> EpochResult | None:
        """The epoch of the highest validation accuracy; None without validation images."""
        known = [result for result in self.history if result.validation_accuracy is not None]
        return max(known, key=lambda result: result.validation_accuracy or 0.0, default=None)

    def health(self, images: Pixels) -> list[LayerHealth]:
        """Look at the units of each hidden layer, for the first images of these."""
        with np.errstate(over="ignore", invalid="ignore"):
            return examine(self.classifier.networks[0], images[:LOOKED_AT])


def inspect(path: Path) -> Inspection:
    """Read a file of weights.

    Raises:
        CheckpointError: it cannot be read, or holds nonsense.
    """
    checkpoint = load_checkpoint(path)
    return Inspection(
        checkpoint,
        Classifier.load([path]),
        read_config(checkpoint),
        whole_history(checkpoint, path.parent / LAST),
    )
