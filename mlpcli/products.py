"""Matrix products in blocks, which several processor threads share.

A BLAS library's own threads wait for each other without sleeping. Where another program has taken
the core of one of them, each product lasts until the system gives it back, and training becomes
many times slower. So the library gets one thread here, and a product is cut into blocks instead.
The thread that asks for it takes a block at a time until none is left, and so do helpers, if they
wake up early enough: nobody waits for a helper that has not begun.

Who computes a block makes no difference to the result, which depends on the number of blocks alone.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import Context, ContextVar, copy_context
from queue import SimpleQueue
from threading import Thread

import numpy as np

from mlpcli.arrays import Array
from mlpcli.threads import WORTHWHILE, choose_threads, limit_blas

Block = tuple[Array, Array, Array]
"""Two factors and where their product goes."""

_WIDTH = 16  # a block's rows or columns are a multiple of it, as the library's inner loops like
_threads: ContextVar[int] = ContextVar("threads", default=0)  # 0: those of the library


@contextmanager
def use_threads(count: int) -> Iterator[None]:
    """Let so many threads share each product within a `with` block."""
    token = _threads.set(count)
    try:
        with limit_blas(1):
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


def matmul(a: Array, b: Array, out: Array) -> Array:
    """Return out = a b, as `numpy.matmul` does.

    Args:
        a: (rows, inner).
        b: (inner, columns).
        out: (rows, columns).
    """
    count = min(_threads.get(), out.size * a.shape[1] // WORTHWHILE)
    if count < 2:
        return np.matmul(a, b, out=out)
    _compute(list(_cut(a, b, out, count)))
    return out


def _cut(a: Array, b: Array, out: Array, count: int) -> Iterator[Block]:
    """Yield at most so many blocks, cut along the longer side of the product."""
    rows, columns = out.shape
    side = max(rows, columns)
    step = -(-side // (count * _WIDTH)) * _WIDTH
    for start in range(0, side, step):
        part = slice(start, start + step)
        if rows > columns:
            yield a[part], b, out[part]
        else:
            yield a, b[:, part], out[:, part]


class _Shared:
    """Blocks that several threads take from, each until none is left."""

    def __init__(self, blocks: list[Block]) -> None:
        self.blocks = blocks
        self.done: SimpleQueue[BaseException | None] = SimpleQueue()

    def take(self) -> bool:
        """Compute one block; False if none is left."""
        try:
            a, b, out = self.blocks.pop()
        except IndexError:
            return False
        np.matmul(a, b, out=out)
        return True

    def help(self) -> None:
        """Compute one block, if any is left, and say how that went."""
        try:
            taken = self.take()
        except BaseException as error:  # raised where the product was asked for
            self.done.put(error)
        else:
            if taken:
                self.done.put(None)


_work: SimpleQueue[tuple[Context, _Shared]] = SimpleQueue()
_helpers: list[Thread] = []


def _compute(blocks: list[Block]) -> None:
    """Compute blocks together with helpers."""
    others = len(blocks) - 1
    while len(_helpers) < others:
        _helpers.append(Thread(target=_help, name="product", daemon=True))
        _helpers[-1].start()
    shared = _Shared(blocks)
    for _ in range(others):
        _work.put((copy_context(), shared))  # what NumPy does about an overflow goes with it
    own = 0
    while shared.take():
        own += 1
    for _ in range(others + 1 - own):
        if error := shared.done.get():
            raise error


def _help() -> None:
    while True:
        context, shared = _work.get()
        context.run(shared.help)
