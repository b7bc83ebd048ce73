"""Products with images, of which most pixels are 0."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.compiled import kernels
from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import WORTHWHILE, share, threads_in_use

PANEL = 256  # columns of a product computed together, few enough to stay in the cache
SPARSE = 0.3  # share of numbers that are not 0, up to which skipping the others is faster


class SparseRows:
    """A matrix as compressed sparse rows (CSR), which takes part in products like an array.

    Args:
        rows: where each row begins in the other two arrays, (rows + 1,), and the columns and values
            of what is not 0.
        shape: of the matrix.
    """

    dtype = np.dtype(np.float32)

    def __init__(self, rows: kernels.Rows, shape: tuple[int, int]) -> None:
        self._rows, self.shape = rows, shape

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, part: slice) -> SparseRows:
        """Return the rows of a slice without a step; both ends must be given."""
        starts, columns, values = self._rows
        starts = starts[part.start : part.stop + 1]
        return SparseRows((starts, columns, values), (part.stop - part.start, self.shape[1]))

    @property
    def T(self) -> SparseColumns:  # noqa: N802  # as NumPy calls it
        """The transposed matrix, for products only."""
        return SparseColumns(self)

    def multiply(self, b: Array, out: Array) -> Array:
        """Fill out = a b, where a is this matrix, and return it."""
        return self._multiply(kernels.multiply, b, out)

    def multiply_transposed(self, b: Array, out: Array) -> Array:
        """Fill out = aᵀ b, where a is this matrix, and return it."""
        return self._multiply(kernels.multiply_transposed, b, out)

    def _multiply(self, kernel: Callable[..., None], b: Array, out: Array) -> Array:
        columns = b.shape[1]
        if columns <= PANEL:
            kernel(self._rows, b, out, 0, columns)
            return out
        panels = [
            partial(kernel, self._rows, b, out, left, min(left + PANEL, columns))
            for left in range(0, columns, PANEL)
        ]
        if threads_in_use() > 1 and len(self) * self.shape[1] * columns >= 2 * WORTHWHILE:
            share(panels)
        else:
            for panel in panels:
                panel()
        return out


class SparseColumns:
    """The transpose of sparse rows, for products only.

    Args:
        transposed: the sparse rows.
    """

    def __init__(self, transposed: SparseRows) -> None:
        self._transposed = transposed

    def multiply(self, b: Array, out: Array) -> Array:
        """Fill out = a b, where a is this matrix, and return it."""
        return self._transposed.multiply_transposed(b, out)


class SparseImages:
    """All images of a data set as sparse rows, from which batches are taken.

    Args:
        images: (count, pixels) uint8.
        batch: the largest number of images in a batch.
    """

    def __init__(self, images: NDArray[np.uint8], batch: int) -> None:
        count, self._pixels = images.shape
        inked = int(np.count_nonzero(images))
        starts, columns = np.empty(count + 1, np.int64), np.empty(inked + 1, np.uint16)
        self._images = starts, columns, np.empty(inked + 1, np.uint8)
        kernels.find_nonzeros(np.ascontiguousarray(images), self._images)
        most = int(np.sort(np.diff(starts))[-batch:].sum())  # in any batch
        self._starts = np.empty(batch + 1, np.int64)
        self._columns, self._values = np.empty(most, np.uint16), np.empty(most, np.float32)

    def take(self, numbers: NDArray[np.int64]) -> SparseRows:
        """Return some images as network inputs in [0, 1], valid until the next batch."""
        rows = self._starts[: len(numbers) + 1], self._columns, self._values
        kernels.take_rows(self._images, numbers, rows)
        return SparseRows(rows, (len(numbers), self._pixels))


def are_sparse(images: NDArray[np.uint8]) -> bool:
    """Tell whether so many of (count, pixels) are 0 that skipping them saves time."""
    some = images[:: max(1, len(images) // 1000)]
    return bool(np.count_nonzero(some) <= SPARSE * some.size)
