"""The processes that train one network together, called ranks as in MPI.

What they say to each other goes through a few methods, which a single process has as well, so that
little else asks how many there are. All are collective: every rank calls them in the same order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, TypeVar

from mlpcli.errors import MlpError

if TYPE_CHECKING:
    from mlpcli.utils.arrays import Array

T = TypeVar("T")


class Ranks(Protocol):
    """All ranks, as one of them sees them."""

    @property
    def rank(self) -> int:
        """The number of this one, counted from 0."""

    @property
    def size(self) -> int:
        """How many there are."""

    def add(self, array: Array) -> None:
        """Replace a contiguous array by the sum of those of all ranks, to the same bits on each."""

    def join(self, vector: Array, ends: Sequence[int]) -> None:
        """Fill a contiguous vector with the part that each rank has of it.

        Args:
            vector: (size,), in which this rank's part is right.
            ends: where the part of each rank ends and that of the next begins.
        """

    def share(self, value: T) -> list[T]:
        """Return what all ranks have given, in their order."""


class Alone:
    """A single process."""

    rank, size = 0, 1

    def add(self, array: Array) -> None:
        """Leave the array as it is."""

    def join(self, vector: Array, ends: Sequence[int]) -> None:
        """Leave the vector as it is."""

    def share(self, value: T) -> list[T]:
        """Return the value in a list."""
        return [value]


ALONE = Alone()


def rows_of(number: int, count: int, rows: int) -> slice:
    """Return which of so many rows the part with this number of `count` parts has."""
    return slice(number * rows // count, (number + 1) * rows // count)


def any_of(ranks: Ranks, *wishes: bool) -> tuple[bool, ...]:
    """Return for each wish whether any rank has it."""
    if ranks.size == 1:
        return wishes
    import numpy as np  # noqa: PLC0415  # the command line imports this module early

    counts = np.array(wishes, dtype=np.int32)
    ranks.add(counts)
    return tuple(bool(count) for count in counts)


def on_first(ranks: Ranks, work: Callable[[], T]) -> T:
    """Let rank 0 do some work, and return its result on all ranks.

    Raises:
        MlpError: on all ranks, if rank 0 has raised it.
        OSError: likewise.
    """
    if ranks.size == 1:
        return work()
    result: T | None = None
    error = None
    if ranks.rank == 0:
        try:
            result = work()
        except (MlpError, OSError) as raised:
            error = raised
    result, error = ranks.share((result, error))[0]
    if error:
        raise error
    return result  # type: ignore[return-value]  # None only if the work returned it


def on_each(ranks: Ranks, work: Callable[[], T]) -> T:
    """Do some work on every rank, and return its result if it went well on all.

    Raises:
        MlpError: on all ranks, if one has raised it; the message names the rank, unless it is 0.
        OSError: likewise.
    """
    if ranks.size == 1:
        return work()
    error = result = None
    try:
        result = work()
    except (MlpError, OSError) as raised:
        error = raised
    for rank, other in enumerate(ranks.share(error)):
        if other:
            raise _named(other, rank)
    return result  # type: ignore[return-value]  # None only if the work returned it


def in_turn(ranks: Ranks, work: Callable[[], T]) -> T:
    """Do some work on rank 0, and then on the others, for which it may have filled a cache.

    Raises:
        MlpError: as `on_each`.
        OSError: likewise.
    """
    first = on_each(ranks, lambda: work() if ranks.rank == 0 else None)
    return on_each(ranks, lambda: work() if first is None else first)


def _named(error: MlpError | OSError, rank: int) -> MlpError | OSError:
    """Return an error whose message names the rank that raised it, unless that is 0."""
    if not rank:
        return error
    if isinstance(error, MlpError):
        return type(error)([f"rank {rank}: {line}" for line in error.lines])
    return OSError(error.errno, error.strerror, f"rank {rank}: {error.filename}")
