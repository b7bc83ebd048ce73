"""The ranks of a training, and what they do together."""

import errno
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.errors import ConfigError, DataError
from mlpcli.utils.ranks import ALONE, Ranks, any_of, in_turn, on_each, on_first, rows_of
from tests.support.ranks import run_ranks

Together = Callable[[Ranks, Callable[[], str]], str]


@given(st.integers(1, 9), st.integers(0, 40))
def test_rows(count: int, rows: int) -> None:
    """The parts are all rows, in order, and differ by at most one."""
    parts = [range(rows)[rows_of(number, count, rows)] for number in range(count)]
    assert list(range(rows)) == [row for part in parts for row in part]
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_alone() -> None:
    """One process shares with itself, and adds nothing."""
    array = np.arange(3.0)
    ALONE.add(array)
    ALONE.join(array, [3])
    assert [0, 1, 2] == array.tolist()
    assert ["x"] == ALONE.share("x")
    assert (True, False) == any_of(ALONE, True, False)


def test_results() -> None:
    """What rank 0 does is done once; what each does, on each."""

    def work(ranks: Ranks) -> tuple[str, str, str]:
        name = f"of {ranks.rank}"
        return tuple(each(ranks, lambda: name) for each in (on_first, on_each, in_turn))  # type: ignore[return-value]

    assert [("of 0", "of 0", "of 0"), ("of 0", "of 1", "of 1")] == run_ranks(2, work)


@pytest.mark.parametrize(
    ("together", "fails", "expected"),
    [
        (on_first, 0, "a.yaml: is wrong"),
        (on_each, 0, "a.yaml: is wrong"),
        (on_each, 2, "rank 2: a.yaml: is wrong"),
        (in_turn, 0, "a.yaml: is wrong"),
        (in_turn, 1, "rank 1: a.yaml: is wrong"),
    ],
)
def test_errors(together: Together, fails: int, expected: str) -> None:
    """An error of one rank is raised on all, of the same kind, and names the rank unless it is 0."""

    def work(ranks: Ranks) -> str:
        def fail() -> str:
            if ranks.rank == fails:
                raise ConfigError("a.yaml: is wrong")
            return "right"

        with pytest.raises(ConfigError) as caught:
            together(ranks, fail)
        return str(caught.value)

    assert [expected] * 3 == run_ranks(3, work)


def test_system_errors() -> None:
    """An error of the system names the rank where it would name the file."""

    def work(ranks: Ranks) -> str:
        def fail() -> None:
            if ranks.rank:
                raise OSError(errno.EACCES, "Permission denied", "digits")

        with pytest.raises(OSError, match="Permission denied") as caught:
            on_each(ranks, fail)
        return str(caught.value.filename)

    assert ["rank 1: digits"] * 2 == run_ranks(2, work)


def test_first_in_turn() -> None:
    """Nobody begins before rank 0 is done, and nobody begins at all if it fails."""
    begun: list[int] = []

    def work(ranks: Ranks) -> None:
        def fail() -> None:
            begun.append(ranks.rank)
            raise DataError("digits: cannot be read")

        with pytest.raises(DataError):
            in_turn(ranks, fail)

    run_ranks(3, work)
    assert [0] == begun


def test_any() -> None:
    """A wish of one rank is known to all."""
    found = run_ranks(3, lambda ranks: any_of(ranks, ranks.rank == 1, False))
    assert [(True, False)] * 3 == found
