"""An average of the weights over the steps of training, which predicts better than the last."""

import numpy as np

from mlpcli.nn.optimizers import BLOCK, block_ends
from mlpcli.utils.arrays import Array, WorkArray, zeros
from mlpcli.utils.ranks import ALONE, Ranks, rows_of


class WeightAverage:
    """The exponential moving average of flat vectors, with the bias of its first steps corrected.

    A vector i steps old has the weight dⁱ. The weights of t steps add up to (1 − dᵗ) / (1 − d), and
    the weighted sum is divided by that, as in Adam (Kingma and Ba, arXiv:1412.6980).

    Args:
        decay: d in [0, 1).
        vectors: what to average; `averages` are in the same order.
    """

    def __init__(self, decay: float, *vectors: Array) -> None:
        self.decay, self.steps = decay, 0
        self.averages = tuple(zeros(vector.shape, vector.dtype) for vector in vectors)
        self._blocks = [
            [
                (vector[start : start + BLOCK], average[start : start + BLOCK])
                for start in range(0, len(vector), BLOCK)
            ]
            for vector, average in zip(vectors, self.averages, strict=True)
        ]
        self._work = WorkArray()
        self.set_ranks(ALONE)

    def set_ranks(self, ranks: Ranks) -> None:
        """Set the processes that share these vectors; each averages its own part."""
        self._ranks = ranks
        self._own = [
            block
            for blocks in self._blocks
            for block in blocks[rows_of(ranks.rank, ranks.size, len(blocks))]
        ]

    def join(self) -> None:
        """Gather into the averages each rank's part, which no other rank has kept up to date."""
        for average in self.averages:
            self._ranks.join(average, block_ends(len(average), self._ranks))

    def update(self) -> None:
        """Move the averages towards the vectors."""
        self.steps += 1
        share = (1 - self.decay) / (1 - self.decay**self.steps)
        for vector, average in self._own:
            self._move(average, vector, share)

    def _move(self, average: Array, vector: Array, share: float) -> None:
        change = np.subtract(vector, average, out=self._work.like(vector))
        change *= share
        average += change
