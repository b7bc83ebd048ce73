"""Processor threads that share work, how many there are, and how they go about it.

A BLAS library's own threads wait for each other without sleeping. Where another program has taken
the core of one of them, each product lasts until the system gives it back, and training becomes
many times slower. So the library gets one thread here, and work is cut into tasks instead. The
thread that has work takes a task at a time until none is left, and so do helpers, if they wake up
early enough: nobody waits for a helper that has not begun.

Who does a task makes no difference to the result, which depends on the tasks alone. That holds
where a BLAS library's number of threads is the whole process's, as it is of OpenBLAS in NumPy's own
packages.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import Context, ContextVar, copy_context
from functools import cache
from itertools import pairwise
from queue import SimpleQueue
from threading import Lock, Thread
from typing import TYPE_CHECKING, Literal

from mlpcli.utils.startup import processors

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

WORTHWHILE = 6_000_000  # multiplications and additions of a product, for each thread
_threads: ContextVar[int] = ContextVar("threads", default=0)  # 0: as many as the library uses


def choose_threads(threads: int | Literal["auto"], sizes: tuple[int, ...], batch: int) -> int:
    """Return how many threads are to share the work of a network.

    Args:
        threads: that many, or auto: as many as the largest product keeps busy, but no more than
            the BLAS library would use by itself, which OPENBLAS_NUM_THREADS and its like may limit.
        sizes: features at each stage of the network.
        batch: rows of its inputs.
    """
    if threads != "auto":
        return threads
    largest = batch * max(inputs * outputs for inputs, outputs in pairwise(sizes))
    return min(max(largest // WORTHWHILE, 1), available_threads())


@cache
def available_threads() -> int:
    """Return how many threads there may be: as many as the BLAS library uses by itself."""
    if alone := processors():
        return alone
    pools = _controller().select(user_api="blas").info()
    return max((int(pool["num_threads"]) for pool in pools), default=1)


def blas_library() -> str:
    """Return name, version and kernels of the BLAS library, which decide a product's last bits.

    That is NumPy's; SciPy has one of its own, and may be loaded or not.
    """
    pools = _controller().select(user_api="blas").info()
    pools = [pool for pool in pools if "scipy.libs" not in str(pool.get("filepath"))]
    keys = ("internal_api", "version", "architecture")
    return ", ".join(" ".join(str(pool.get(key)) for key in keys) for pool in pools) or "unknown"


def limit_blas() -> AbstractContextManager[object]:
    """Let the BLAS library use one thread within a `with` block, which it may have already."""
    if processors():
        return nullcontext()
    available_threads()  # before it is no longer to be seen
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  # a command does without

    return ThreadpoolController()


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let so many threads share work within a `with` block, and the BLAS library use one."""
    token = _threads.set(count)
    try:
        with limit_blas():
            yield
    finally:
        _threads.reset(token)


@contextmanager
def use_suitable_threads(sizes: tuple[int, ...], batch: int) -> Iterator[None]:
    """Let as many threads share products as suit a network, unless their number is set already.

    Args:
        sizes: features at each stage of the network.
        batch: rows of its inputs.
    """
    if _threads.get():
        yield
        return
    with use_threads(choose_threads("auto", sizes, batch)):
        yield


def threads_in_use() -> int:
    """Return how many threads share work here; 0 where nothing was said about it."""
    return _threads.get()


class _Shared:
    """Tasks that one thread has, and helpers take from, each until none is left."""

    def __init__(self, tasks: Sequence[Callable[[], object]]) -> None:
        self._tasks = list(tasks)
        self._lock, self._helped = Lock(), 0
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()

    def take(self) -> Callable[[], object] | None:
        """Return a task to be done, None if none is left."""
        try:
            return self._tasks.pop()
        except IndexError:
            return None

    def help(self) -> None:
        """Do one task, if any is left, and say how that went."""
        with self._lock:
            task = self.take()
            self._helped += task is not None
        if task is None:
            return
        try:
            task()
        except BaseException as error:  # it is raised where the work was shared
            self._done.put(error)
        else:
            self._done.put(None)

    def end(self) -> list[BaseException]:
        """Let no helper begin any more, wait for those that have, and return their errors."""
        with self._lock:
            self._tasks.clear()
        ends = [self._done.get() for _ in range(self._helped)]
        return [error for error in ends if error is not None]


_work: SimpleQueue[tuple[Context, _Shared]] = SimpleQueue()
_helpers: list[Thread] = []


def share(tasks: Sequence[Callable[[], object]]) -> None:
    """Do tasks together with helpers, none of which shares its work any further.

    An error that a task raises is raised here, once none is under way any more.
    """
    others = len(tasks) - 1
    _call_helpers(others)
    shared, token = _Shared(tasks), _threads.set(1)
    try:
        for _ in range(min(others, len(_helpers))):
            _work.put((copy_context(), shared))  # what NumPy does about an overflow goes with it
        while (task := shared.take()) is not None:
            task()
    finally:
        _threads.reset(token)
        errors = shared.end()
    if errors:
        raise errors[0]


def _call_helpers(count: int) -> None:
    """See that there are so many helpers, or as many as the system allows."""
    while len(_helpers) < count:
        thread = Thread(target=_help, name="helper", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return
        _helpers.append(thread)


def _help() -> None:
    while True:
        context, shared = _work.get()
        context.run(shared.help)


def _forget_helpers() -> None:
    """Begin anew in a process that was forked, which no thread but one has come along to."""
    global _work  # noqa: PLW0603  # nobody would take from the one before
    _work = SimpleQueue()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
