"""What a file of weights holds, and what it says about its run."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from mlpcli.config import Config
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.dead_units import UnitCounts, count_dead_units
from mlpcli.nn.network import Network
from mlpcli.runs.checkpoint import WEIGHTS, Checkpoint, load_checkpoint
from mlpcli.runs.directory import LAST
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.history import best_epoch, whole_history

SAMPLE = 1000  # images for which dead units are counted


@dataclass(frozen=True)
class Inspection:
    """A file of weights; its properties raise CheckpointError if it is invalid.

    Attributes:
        checkpoint: what it holds.
        classifier: what it predicts with.
        config: of its run.
    """

    checkpoint: Checkpoint
    classifier: Classifier
    config: Config

    @classmethod
    def load(cls, path: Path) -> "Inspection":
        """Read a file and inspect it.

        Raises:
            CheckpointError: it cannot be read, or is invalid.
        """
        return cls.of(load_checkpoint(path))

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "Inspection":
        """Inspect a file that has been read.

        Raises:
            CheckpointError: it is invalid.
        """
        return cls(checkpoint, Classifier.of([checkpoint]), checkpoint.config)

    @property
    def epoch(self) -> int:
        """How many epochs these weights were trained for."""
        return self.checkpoint.metadata.epoch

    @property
    def data(self) -> tuple[str, str]:
        """Name and fingerprint of the data set they were trained on."""
        data = self.checkpoint.metadata.data
        return data.name, data.fingerprint

    @cached_property
    def history(self) -> list[EpochResult]:
        """The epochs of the run, all of them if its latest weights are in the same folder."""
        return whole_history(self.checkpoint, self.checkpoint.path.parent / LAST)

    @cached_property
    def network(self) -> Network:
        """The network as it was trained, batch normalisation and dropout included."""
        network = Network.from_config(self.config.model)
        shapes = network.parameter_shapes | network.statistic_shapes
        for name, array in self.checkpoint.take(WEIGHTS, shapes).items():
            network.named_arrays[name][:] = array
        return network

    @property
    def best(self) -> EpochResult | None:
        """The epoch that the run chose as its best; None without validation images."""
        if not self.history or self.history[0].validation_accuracy is None:
            return None
        return self.history[best_epoch(self.history, self.config) - 1]

    def health(self, images: Pixels) -> list[UnitCounts]:
        """Count dead and saturated units of each hidden layer, for a sample of these images.

        The sample is spread over all of them, because data may be sorted by class.
        """
        sample = images[:: max(1, -(-len(images) // SAMPLE))]
        with np.errstate(over="ignore", invalid="ignore"):
            seen = self.classifier.views[0].apply(sample)
            return count_dead_units(self.classifier.networks[0], seen)
