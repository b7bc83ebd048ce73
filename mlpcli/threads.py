"""How many processor threads share a matrix product, see `products.py`.

A second thread halves the time of a large product, but it has to be woken, which takes longer than
a small product does.
"""

from contextlib import AbstractContextManager
from functools import cache
from itertools import pairwise
from typing import Literal

from threadpoolctl import ThreadpoolController

from mlpcli.errors import ConfigError

WORTHWHILE = 1_000_000  # multiplications and additions of a product, for each thread


def choose_threads(threads: int | Literal["auto"], sizes: tuple[int, ...], batch: int) -> int:
    """Return how many threads to use for a network's products.

    Args:
        threads: that many, or auto: as many as the largest product keeps busy, but no more than
            the BLAS library would use by itself, which OPENBLAS_NUM_THREADS and its like may limit.
        sizes: features at each stage of the network.
        batch: rows of its inputs.

    Raises:
        ConfigError: a number is given, and the BLAS library cannot be told one.
    """
    if threads != "auto":
        if not _controller().select(user_api="blas").info():
            raise ConfigError(
                ["threads must be auto here, for this NumPy's library takes no number"]
            )
        return threads
    largest = batch * max(inputs * outputs for inputs, outputs in pairwise(sizes))
    return min(max(largest // WORTHWHILE, 1), available_threads())


@cache
def available_threads() -> int:
    """Return how many threads the BLAS library uses when it is first asked."""
    pools = _controller().select(user_api="blas").info()
    return max((int(pool["num_threads"]) for pool in pools), default=1)


def blas_library() -> str:
    """Return name, version and kernels of the BLAS library, which decide a product's last bits.

    That is NumPy's; SciPy has one of its own, and may be loaded or not.
    """
    pools = _controller().select(user_api="blas").info()
    pools = [pool for pool in pools if "scipy" not in str(pool.get("filepath"))]
    keys = ("internal_api", "version", "architecture")
    return ", ".join(" ".join(str(pool.get(key)) for key in keys) for pool in pools) or "unknown"


def limit_blas(count: int) -> AbstractContextManager[object]:
    """Let the BLAS library use so many threads within a `with` block."""
    available_threads()  # before it is no longer to be seen
    limit: AbstractContextManager[object] = _controller().limit(limits=count, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
