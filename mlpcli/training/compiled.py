"""Batches for the compiled loops; importing this loads Numba."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

from mlpcli.config.schema import AugmentationConfig
from mlpcli.datasets import Split
from mlpcli.images.normalization import Pixels
from mlpcli.nn.compiled import kernels
from mlpcli.nn.compiled.sparse import SparseImages, are_sparse
from mlpcli.nn.compiled.steps import (
    CompiledAdam,
    CompiledAdamW,
    CompiledCrossEntropy,
    CompiledSgd,
    CompiledWeightAverage,
)
from mlpcli.nn.optimizers import OPTIMIZERS
from mlpcli.training.augmentation import GROUP, Augmentation
from mlpcli.training.batches import Batches
from mlpcli.training.parts import Parts
from mlpcli.utils.arrays import Array, Float32
from mlpcli.utils.ranks import ALONE, Ranks

LARGEST = 1 << 28  # pixels in a data set; of a larger one no second copy is made


class CompiledAugmentation(Augmentation):
    """The same as `Augmentation`, all pixels of a batch in one pass."""

    @cached_property
    def _work(self) -> tuple[Float32, NDArray[np.int64], Float32]:
        pixels = self.height * self.width
        framed = np.zeros((self.height + 2) * (self.width + 2), dtype=np.float32)
        return framed, np.empty(pixels, np.int64), np.empty((4, pixels), np.float32)

    def _resample(
        self, images: Pixels, skipped: int, rows: Float32, columns: Float32, out: Float32
    ) -> None:
        sizes = self.height, self.width, GROUP, skipped
        kernels.warp(images, (rows, columns), sizes, self._work, out)


class CompiledBatches(Batches):
    """The same as `Batches`, without the pixels that are 0 where that is faster."""

    augmentation: ClassVar = CompiledAugmentation

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
        super().__init__(split, size, seed, augmentation, epochs=epochs, ranks=ranks)
        pixels = self._pixels  # of warped images it would take too long to find those that are 0
        self.sparse = not augmentation and pixels.size <= LARGEST and are_sparse(pixels)

    @cached_property
    def _images(self) -> SparseImages:
        return SparseImages(self._pixels, len(self._gathered))

    def _take(self, rows: NDArray[np.int64], part: slice, epoch: int, step: int) -> Array:
        if not self.sparse:
            return super()._take(rows, part, epoch, step)
        return cast("Array", self._images.take(rows[part]))  # to a linear layer it is one


COMPILED = Parts(
    CompiledBatches,
    CompiledCrossEntropy,
    {**OPTIMIZERS, "sgd": CompiledSgd, "adam": CompiledAdam, "adamw": CompiledAdamW},
    CompiledWeightAverage,
    compiler=f"numba {numba.__version__}",
)
