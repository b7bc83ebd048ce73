"""A batch's gradients from several replicas of a network, each with a part of the batch.

All read the same parameters. Each has gradients of its own, which are added in a fixed order, so
that the result depends on the number of replicas alone, and not on which threads were at work.
"""

from collections.abc import Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.network import Network
from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import share

ROWS = 32  # of a batch, for each replica; with fewer, adding the gradients takes too long
LARGE = 10_000_000  # parameters, of which no second gradients are kept: its products are shared


def replica_count(network: Network, threads: int, batch: int) -> int:
    """Return how many replicas, the network among them, can share a batch.

    The network is alone where an image's gradient depends on others of the batch, as in batch
    normalisation, or on chance, as in dropout, and where a second gradient would be very large.

    Args:
        network: whose gradients are wanted.
        threads: how many can be at work.
        batch: the largest number of images.
    """
    if network.dropouts or network.statistics.size or network.parameters.size > LARGE:
        return 1
    return max(1, min(threads, batch // ROWS))


class Replicas:
    """A network, and replicas of it for other threads.

    Attributes:
        networks: the network and its replicas.
        losses: of each.

    Args:
        network: whose gradients are wanted.
        count: how many there are, itself among them.
        label_smoothing: of the loss.
    """

    def __init__(self, network: Network, count: int, label_smoothing: float = 0.0) -> None:
        self.networks = [network, *(network.twin() for _ in range(count - 1))]
        self.losses = [FastCrossEntropy(label_smoothing) for _ in self.networks]

    def learn(self, inputs: Array, labels: NDArray[np.int64]) -> float:
        """Fill the network's gradients with those of a batch, and return its mean loss.

        Args:
            inputs: (batch, features).
            labels: (batch,) in [0, classes).
        """
        parts = list(self._parts(len(labels)))
        losses = np.zeros(len(parts))
        learn = partial(self._learn_part, inputs, labels, losses)
        share([partial(learn, number, part) for number, part in enumerate(parts)])
        gradients = self.networks[0].gradients
        for other in self.networks[1 : len(parts)]:
            gradients += other.gradients
        return float(losses.sum())

    def _parts(self, batch: int) -> Iterator[slice]:
        """Yield the rows for each replica, none for some where there are fewer rows."""
        count = min(len(self.networks), batch)
        for number in range(count):
            yield slice(number * batch // count, (number + 1) * batch // count)

    def _learn_part(
        self, inputs: Array, labels: NDArray[np.int64], losses: Array, number: int, part: slice
    ) -> None:
        """Put a part's loss and gradients, as shares of the batch's, where they belong."""
        network, loss = self.networks[number], self.losses[number]
        share_of_batch = (part.stop - part.start) / len(labels)
        losses[number] = share_of_batch * loss.forward(network.forward(inputs[part]), labels[part])
        d_logits = loss.backward()
        if share_of_batch < 1:
            d_logits *= d_logits.dtype.type(share_of_batch)
        network.backward(d_logits)
