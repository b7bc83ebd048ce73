"""Yields the training images in a new random order each epoch, one batch at a time."""

from collections.abc import Iterator
from math import ceil
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mlpcli.config.schema import AugmentationConfig
from mlpcli.datasets import Split
from mlpcli.images.normalization import to_inputs
from mlpcli.training.augmentation import Augmentation
from mlpcli.utils.arrays import Array, empty
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.ranks import ALONE, Ranks, rows_of


class Batches:
    """Partitions a split into shuffled batches; the last batch may be smaller.

    Attributes:
        augmentation: the class that warps images.
        sparse: whether inputs are no arrays, but keep only what is not 0, for linear layers.

    Args:
        split: the images, which stay uint8 until they are in a batch.
        size: number of images in a batch.
        seed: decides the order of every epoch, and every warp.
        augmentation: how to warp the images, if at all.
        epochs: of the whole run, at whose end the warps may fade.
        ranks: the processes that share each batch; this one takes its own part.
    """

    augmentation: ClassVar = Augmentation
    sparse: bool = False

    def __init__(  # noqa: PLR0913  # what batches depend on
        self,
        split: Split,
        size: int,
        seed: int,
        augmentation: AugmentationConfig | None = None,
        *,
        epochs: int = 1,
        ranks: Ranks = ALONE,
    ) -> None:
        self.split, self.size, self.seed, self.ranks = split, size, seed, ranks
        self.epochs = epochs
        _, height, width = split.images.shape
        self._augmentation = augmentation and self.augmentation(augmentation, height, width, seed)
        self._pixels = split.images.reshape(len(split), -1)
        rows = ceil(min(size, len(split)) / ranks.size)
        self._gathered = np.empty((rows, self._pixels.shape[1]), dtype=np.uint8)
        self._inputs = empty(self._gathered.shape, np.float32)

    def __len__(self) -> int:
        return ceil(len(self.split) / self.size)

    def epoch(self, epoch: int, first: int = 0) -> Iterator[tuple[Array, NDArray[Any]]]:
        """Yield (rows, features) float32 inputs in [0, 1] and (batch,) labels.

        The inputs are those of this process's part of the batch, the labels all of them.

        Args:
            epoch: counted from 0; decides the order.
            first: the first step to yield, counted from 0.

        The inputs are valid until the next batch.
        """
        order = stream(self.seed, Purpose.SHUFFLE, epoch=epoch).permutation(len(self.split))
        labels = self.split.labels[order]
        for step in range(first, len(self)):
            batch = slice(step * self.size, (step + 1) * self.size)
            rows = order[batch]
            part = rows_of(self.ranks.rank, self.ranks.size, len(rows))
            yield self._take(rows, part, epoch, step), labels[batch]

    def _take(self, rows: NDArray[np.int64], part: slice, epoch: int, step: int) -> Array:
        """Return the inputs of a part of a batch."""
        count = part.stop - part.start
        gathered, inputs = self._gathered[:count], self._inputs[:count]
        self._pixels.take(rows[part], axis=0, out=gathered, mode="clip")  # clip: no bounds check
        if self._augmentation:
            place = {"epoch": epoch, "step": step, "first": part.start, "batch": len(rows)}
            progress = (epoch + step / len(self)) / self.epochs
            strength = self._augmentation.config.strength(progress)
            return self._augmentation.warp(gathered, inputs, **place, strength=strength)
        return to_inputs(gathered, inputs)
