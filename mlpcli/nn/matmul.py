"""Matrix products in blocks that several threads share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Protocol

import numpy as np

from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import WORTHWHILE, share, threads_in_use

_WIDTH = 16  # block sizes are multiples of it, which suits the inner loops of BLAS libraries


class Factor(Protocol):
    """The left factor of a product that is not an array but knows how to multiply."""

    def multiply(self, b: Array, out: Array) -> Array:
        """Fill out = a b, where a is this factor, and return it."""


class Sparse(Factor, Protocol):
    """A matrix of network inputs that keeps only what is not 0."""

    shape: tuple[int, int]
    dtype: np.dtype[Any]

    def __len__(self) -> int: ...
    def __getitem__(self, part: slice) -> Sparse: ...
    @property
    def T(self) -> Factor:  # noqa: N802  # as NumPy calls it
        """The transposed matrix."""


Inputs = Array | Sparse


def matmul(a: Array | Factor, b: Array, out: Array) -> Array:
    """Return out = a b, as `numpy.matmul` does.

    Args:
        a: (rows, inner).
        b: (inner, columns).
        out: (rows, columns).
    """
    if not isinstance(a, np.ndarray):
        return a.multiply(b, out)
    count = min(threads_in_use(), out.size * a.shape[1] // WORTHWHILE)
    if count < 2:
        return np.matmul(a, b, out=out)
    share(list(_blocks(a, b, out, count)))
    return out


def _blocks(a: Array, b: Array, out: Array, count: int) -> Iterator[Callable[[], object]]:
    """Yield at most `count` products, cut along the longer side of the result."""
    rows, columns = out.shape
    side = max(rows, columns)
    step = -(-side // (count * _WIDTH)) * _WIDTH
    for start in range(0, side, step):
        part = slice(start, start + step)
        if rows > columns:
            yield partial(np.matmul, a[part], b, out=out[part])
        else:
            yield partial(np.matmul, a, b[:, part], out=out[:, part])
