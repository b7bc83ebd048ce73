"""The gradients of each batch: of all of it, of parts on threads, or of a part on each rank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mlpcli.nn.optimizers import clip_gradients
from mlpcli.nn.replicas import compute_part
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.ranks import rows_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlpcli.config import Config
    from mlpcli.nn.fast_losses import FastCrossEntropy
    from mlpcli.nn.matmul import Inputs
    from mlpcli.nn.network import Network
    from mlpcli.nn.replicas import Replicas
    from mlpcli.utils.arrays import Array
    from mlpcli.utils.ranks import Ranks


class BatchGradients:
    """Fills a network's gradients with those of a batch, all ranks together.

    Args:
        network: on every rank the same.
        loss: of its logits.
        config: whose seed decides what dropout drops, and which may limit the gradients' norm.
        replicas: of the network, for further threads of this process.
        ranks: of which each computes its own part of the batch.
    """

    def __init__(
        self,
        network: Network,
        loss: FastCrossEntropy,
        config: Config,
        *,
        replicas: Replicas | None,
        ranks: Ranks,
    ) -> None:
        self._network, self._loss = network, loss
        self._seed, self._clip = config.seed, config.training.gradient_clip
        self._replicas, self._ranks = replicas, ranks

    def compute(
        self, inputs: Inputs, labels: NDArray[np.int64], *, epoch: int, step: int
    ) -> tuple[float, list[Array]]:
        """Compute the gradients; return the batch's mean loss, and what to add to the gradients.

        Args:
            inputs: (rows, features), this rank's part of the batch.
            labels: (batch,) in [0, classes), of all of it.
            epoch: selects the random stream of dropout, together with `step`.
            step: which batch of the epoch this is.
        """
        network, ranks, batch = self._network, self._ranks, len(labels)
        own = rows_of(ranks.rank, ranks.size, batch)
        if network.dropouts:
            generator = stream(self._seed, Purpose.DROPOUT, epoch=epoch, step=step)
            network.set_dropout_generator(generator, (own.start, batch - own.stop))
        others: list[Array] = []
        if self._replicas is None or own.start == own.stop:
            loss = compute_part(network, self._loss, inputs, labels[own], batch)
        else:
            loss, others = self._replicas.compute_gradients(inputs, labels[own], batch)
        if ranks.size == 1 and self._clip is None:
            return loss, others
        for other in others:
            network.gradients += other
        whole = np.array([loss])
        ranks.add(network.gradients)
        ranks.add(whole)
        if self._clip is not None:
            clip_gradients(network.gradients, self._clip)
        return float(whole[0]), []
