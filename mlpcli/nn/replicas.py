"""A batch's gradients from several replicas of a network, each with a part of the batch.

All read the same parameters. Each has its own gradients, which the optimizer adds in a fixed order,
so that the result depends only on the number of replicas, not on which thread computed what.
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.matmul import Inputs
from mlpcli.nn.network import Network
from mlpcli.utils.arrays import Array
from mlpcli.utils.ranks import rows_of
from mlpcli.utils.threads import share

ROWS = 32  # images for each replica; with fewer, adding the gradients takes too long
LARGE = 2_000_000  # parameters; larger networks have no replicas, threads share their products


def replica_count(network: Network, threads: int, batch: int) -> int:
    """Return how many replicas, including the network itself, can share a batch.

    It is 1 with batch normalisation, where an image's gradient depends on the rest of the batch,
    with dropout, where it depends on chance, and if a second gradient vector would be very large.

    Args:
        network: whose gradients are computed.
        threads: how many can run at once.
        batch: the largest number of images.
    """
    if network.dropouts or network.statistics.size or network.parameters.size > LARGE:
        return 1
    return max(1, min(threads, batch // ROWS))


class Replicas:
    """A network, and replicas of it for other threads.

    Args:
        network: whose gradients are computed.
        losses: one for each network, including this one.

    Attributes:
        networks: the network and its replicas.
        losses: one for each network.
    """

    def __init__(self, network: Network, losses: Sequence[FastCrossEntropy]) -> None:
        self.networks = [network, *(network.replica() for _ in losses[1:])]
        self.losses = losses

    def compute_gradients(
        self, inputs: Inputs, labels: NDArray[np.int64], batch: int | None = None
    ) -> tuple[float, list[Array]]:
        """Compute the gradients of a batch in parts; return its mean loss and the replicas' parts.

        The network's own gradients are the first part.

        Args:
            inputs: (rows, features).
            labels: (rows,) in [0, classes).
            batch: how many images the batch has, if these are only some of them.
        """
        parts, whole = list(self._parts(len(labels))), batch or len(labels)
        losses = np.zeros(len(parts))

        def compute(number: int, part: slice) -> None:
            network, loss = self.networks[number], self.losses[number]
            losses[number] = compute_part(network, loss, inputs[part], labels[part], whole)

        share([partial(compute, number, part) for number, part in enumerate(parts)])
        return float(losses.sum()), [other.gradients for other in self.networks[1 : len(parts)]]

    def _parts(self, rows: int) -> Iterator[slice]:
        """Yield the rows of each replica; if rows are fewer than replicas, only some get one."""
        count = min(len(self.networks), rows)
        return (rows_of(number, count, rows) for number in range(count))


def compute_part(
    network: Network,
    loss: FastCrossEntropy,
    inputs: Inputs,
    labels: NDArray[np.int64],
    batch: int,
) -> float:
    """Compute the gradients of a part of a batch, and return what it adds to the mean loss.

    Args:
        network: whose `gradients` are filled.
        loss: of the logits.
        inputs: (rows, features), maybe none.
        labels: (rows,) in [0, classes).
        batch: how many images the whole batch has.
    """
    logits = network.forward(inputs)
    if not len(labels):
        network.backward(logits)  # (0, classes)
        return 0.0
    share_of_batch = len(labels) / batch
    value = share_of_batch * loss.forward(logits, labels)
    d_logits = loss.backward()
    if share_of_batch < 1:
        d_logits *= d_logits.dtype.type(share_of_batch)
    network.backward(d_logits)
    return value
