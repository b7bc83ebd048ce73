"""Matrix products in blocks that several threads share."""

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from mlpcli.utils.arrays import Array
from mlpcli.utils.threads import WORTHWHILE, share, threads_in_use

_WIDTH = 16  # block sizes are multiples of it, which suits the inner loops of BLAS libraries


def matmul(a: Array, b: Array, out: Array) -> Array:
    """Return out = a b, as `numpy.matmul` does.

    Args:
        a: (rows, inner).
        b: (inner, columns).
        out: (rows, columns).
    """
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
