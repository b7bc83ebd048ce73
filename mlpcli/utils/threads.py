"""Shares work among threads, and chooses how many.

The threads of a BLAS library wait for each other without sleeping. If another program occupies the
core of one of them, every product waits until the system gives the core back, and training becomes
many times slower. So the library gets one thread, and work is split into tasks. The calling thread
and its helpers take tasks until none is left; the caller never waits for a helper that has not
started.

The result depends only on the tasks, not on which thread does them. This is true if a BLAS library
has one number of threads for the whole process, as OpenBLAS does in NumPy's own packages.
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

WORTHWHILE = 6_000_000  # multiplications and additions in a product, per thread
_threads: ContextVar[int] = ContextVar("threads", default=0)  # 0: as many as the library uses
_alone_as_if: ContextVar[int] = ContextVar("alone_as_if", default=0)  # 0: not alone


def choose_threads(
    threads: int | Literal["auto"], sizes: tuple[int, ...], batch: int, *, sparse: bool = False
) -> int:
    """Return how many threads should share the work of a network.

    Args:
        threads: that many, or auto: as many as the largest product keeps busy, but no more than
            the BLAS library would use, which variables like OPENBLAS_NUM_THREADS may limit.
        sizes: number of features at each stage of the network.
        batch: number of rows of its inputs.
        sparse: whether products with its inputs skip what is 0, and take half the time.
    """
    if threads != "auto":
        return threads
    first, *others = [batch * inputs * outputs for inputs, outputs in pairwise(sizes)]
    largest = max(first // 2 if sparse else first, *others, 0)
    return min(max(largest // WORTHWHILE, 1), available_threads())


def available_threads() -> int:
    """Return how many threads may be used: as many as the BLAS library would use."""
    return _alone_as_if.get() or _available_threads()


@contextmanager
def alone_as_if(processors: int) -> Iterator[None]:
    """Divide work as for so many processors in a `with` block, but do all of it on this thread.

    Results are those of a process that has these processors to itself, to the last bit.
    """
    token = _alone_as_if.set(processors)
    try:
        yield
    finally:
        _alone_as_if.reset(token)


@cache
def _available_threads() -> int:
    if count := processors():
        return count
    pools = _controller().select(user_api="blas").info()
    return max((int(pool["num_threads"]) for pool in pools), default=1)


def blas_library() -> str:
    """Return name, version and kernels of NumPy's BLAS library, which decide a product's last bits.

    SciPy's own library is left out, because it may or may not be loaded.
    """
    pools = _controller().select(user_api="blas").info()
    pools = [pool for pool in pools if "scipy.libs" not in str(pool.get("filepath"))]
    keys = ("internal_api", "version", "architecture")
    return ", ".join(" ".join(str(pool.get(key)) for key in keys) for pool in pools) or "unknown"


def limit_blas() -> AbstractContextManager[object]:
    """Let the BLAS library use one thread within a `with` block, unless it has only one anyway."""
    if processors():
        return nullcontext()
    available_threads()  # find it out before the limit hides it
    limit: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limit


@cache
def _controller() -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController  # noqa: PLC0415  # commands rarely need it

    return ThreadpoolController()


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let `count` threads share work within a `with` block, and the BLAS library use one."""
    token = _threads.set(count)
    try:
        with limit_blas():
            yield
    finally:
        _threads.reset(token)


@contextmanager
def use_suitable_threads(sizes: tuple[int, ...], batch: int) -> Iterator[None]:
    """Let as many threads share products as suit a network, unless the number is already set.

    Args:
        sizes: number of features at each stage of the network.
        batch: number of rows of its inputs.
    """
    if _threads.get():
        yield
        return
    with use_threads(choose_threads("auto", sizes, batch)):
        yield


def threads_in_use() -> int:
    """Return how many threads share work here; 0 if no number was set."""
    return _threads.get()


class _Shared:
    """The tasks of one thread, which it and its helpers take until none is left."""

    def __init__(self, tasks: Sequence[Callable[[], object]]) -> None:
        self._tasks = list(tasks)
        self._lock, self._helped = Lock(), 0
        self._done: SimpleQueue[BaseException | None] = SimpleQueue()

    def take(self) -> Callable[[], object] | None:
        """Return a task to do, or None if none is left."""
        try:
            return self._tasks.pop()
        except IndexError:
            return None

    def help(self) -> None:
        """Do one task, if any is left, and report how it ended."""
        with self._lock:
            task = self.take()
            self._helped += task is not None
        if task is None:
            return
        try:
            task()
        except BaseException as error:  # raised again in `share`
            self._done.put(error)
        else:
            self._done.put(None)

    def end(self) -> list[BaseException]:
        """Let no more helpers begin, wait for those that have begun, and return their errors."""
        with self._lock:
            self._tasks.clear()
        ends = [self._done.get() for _ in range(self._helped)]
        return [error for error in ends if error is not None]


_work: SimpleQueue[tuple[Context, _Shared]] = SimpleQueue()
_helpers: list[Thread] = []


def share(tasks: Sequence[Callable[[], object]]) -> None:
    """Run tasks on this thread and on helper threads; within a task, `threads_in_use` is 1.

    An error that a task raises is raised here, once no task is running.
    """
    others = 0 if _alone_as_if.get() else len(tasks) - 1
    _call_helpers(others)
    shared, token = _Shared(tasks), _threads.set(1)
    try:
        for _ in range(min(others, len(_helpers))):
            _work.put((copy_context(), shared))  # includes NumPy's handling of overflows
        while (task := shared.take()) is not None:
            task()
    finally:
        _threads.reset(token)
        errors = shared.end()
    if errors:
        raise errors[0]


def _call_helpers(count: int) -> None:
    """Start helpers until there are `count`, or as many as the system allows."""
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
    """Start afresh in a forked process, to which the helpers were not copied."""
    global _work  # noqa: PLW0603  # nobody would take from the old queue
    _work = SimpleQueue()
    _helpers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)
