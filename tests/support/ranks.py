"""Ranks that are threads of one process, with nothing of MPI: the reference for those that are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Barrier, BrokenBarrierError
from typing import Any, TypeVar

import numpy as np

from mlpcli.utils.arrays import Array
from mlpcli.utils.ranks import Ranks
from mlpcli.utils.threads import limit_blas

T = TypeVar("T")
TIMEOUT = 60.0  # seconds after which a rank that waits alone gives up


class ThreadRanks:
    """One of several threads."""

    def __init__(self, rank: int, shared: list[Any], barrier: Barrier) -> None:
        self.rank, self.size = rank, len(shared)
        self._shared, self._barrier = shared, barrier

    def add(self, array: Array) -> None:
        """Replace an array by the sum of those of all ranks, in their order."""
        arrays = self.share(array.copy())
        array[...] = arrays[0]
        for other in arrays[1:]:
            array += other

    def join(self, vector: Array, ends: Sequence[int]) -> None:
        """Fill a vector with the part of each rank."""
        starts = [0, *ends[:-1]]
        own = vector[starts[self.rank] : ends[self.rank]].copy()
        vector[...] = np.concatenate(self.share(own))

    def share(self, value: T) -> list[T]:
        """Return what all ranks have given."""
        self._shared[self.rank] = value
        self._barrier.wait(TIMEOUT)
        values = list(self._shared)
        self._barrier.wait(TIMEOUT)
        return values


def run_ranks(size: int, work: Callable[[Ranks], T]) -> list[T]:
    """Call a function on each of so many ranks, and return the results; raise the first error."""
    shared, barrier = [None] * size, Barrier(size)

    def run(rank: int) -> T:
        try:
            return work(ThreadRanks(rank, shared, barrier))
        except BaseException:
            barrier.abort()
            raise

    # one limit around all, because each thread sets one of its own, and would restore another's
    with limit_blas(), ThreadPoolExecutor(size) as pool:
        futures = [pool.submit(copy_context().run, run, rank) for rank in range(size)]
    errors = [error for future in futures if (error := future.exception())]
    for error in sorted(errors, key=lambda each: isinstance(each, BrokenBarrierError)):
        raise error
    return [future.result() for future in futures]
