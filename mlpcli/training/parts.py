"""Which classes compute the steps of a run: those of NumPy, or compiled ones."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import numpy as np

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.images.view import View
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.class_weights import class_weights
from mlpcli.nn.distillation import DistillationLoss
from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.network import Network
from mlpcli.nn.optimizers import OPTIMIZERS, Optimizer, Optimizers, make_optimizer
from mlpcli.nn.outliers import OutlierCrossEntropy
from mlpcli.nn.replicas import Replicas, replica_count
from mlpcli.training.batches import Batches
from mlpcli.training.teaching import TaughtBatches, Teacher
from mlpcli.utils.ranks import Ranks


@dataclass(frozen=True)
class Parts:
    """The classes that a trainer uses.

    Attributes:
        batches: gathers and warps images.
        cross_entropy: the loss and its gradient.
        optimizers: by name.
        average: of the weights.
        compiler: its name and version, or none.
    """

    batches: type[Batches]
    cross_entropy: type[FastCrossEntropy]
    optimizers: Optimizers
    average: type[WeightAverage]
    compiler: str

    def make_loss(self, config: Config, dataset: Dataset) -> FastCrossEntropy:
        """Build the loss for training on a data set."""
        training, classes = config.training, config.model.sizes[-1]
        weights = class_weights(training.class_weights, dataset.train.labels, classes)
        if training.distillation:
            return DistillationLoss(training.distillation.temperature)
        if dataset.outliers is None:
            return self.cross_entropy(training.label_smoothing, weights)
        if weights is not None:
            weights = np.append(weights, np.float32(1))
        return OutlierCrossEntropy(self.cross_entropy(training.label_smoothing, weights), classes)

    def make_optimizer(self, config: Config, network: Network, ranks: Ranks) -> Optimizer:
        """Build the optimizer of a network's parameters, of which each rank updates a part."""
        vectors = network.parameters, network.weight_count
        optimizer = make_optimizer(config.training.optimizer, *vectors, self.optimizers)
        optimizer.set_ranks(ranks)
        return optimizer

    def make_average(self, config: Config, network: Network, ranks: Ranks) -> WeightAverage | None:
        """Build the average of a network's parameters and statistics, if one is configured."""
        decay = config.training.weight_average
        if decay is None:
            return None
        average = self.average(decay, network.parameters, network.statistics)
        average.set_ranks(ranks)
        return average

    def make_replicas(  # what they depend on
        self,
        config: Config,
        network: Network,
        loss: FastCrossEntropy,
        threads: int,
        ranks: Ranks,
    ) -> Replicas | None:
        """Build a replica of a network for each further thread that can use one, if any can."""
        count = replica_count(network, threads, ceil(config.training.batch_size / ranks.size))
        if count == 1:
            return None
        return Replicas(network, [loss, *(loss.replica() for _ in range(count - 1))])

    def make_batches(
        self, config: Config, dataset: Dataset, ranks: Ranks, teacher: Teacher | None
    ) -> Batches:
        """Build the batches of a data set, of which each of these processes takes a part."""
        size, epochs = config.training.batch_size, config.training.epochs

        def make(view: View) -> Batches:
            images, seed = dataset.learnt.seen(view), config.seed
            return self.batches(images, size, seed, config.augmentation, epochs=epochs, ranks=ranks)

        own = View.of(config.data.view)
        if teacher is None:
            return make(own)
        others = {view: make(view) for view in teacher.views if view != own}
        return TaughtBatches(make(own), own, teacher, others)


NUMPY = Parts(Batches, FastCrossEntropy, OPTIMIZERS, WeightAverage, compiler="none")
