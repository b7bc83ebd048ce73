"""`mlp train` under an MPI launcher: rank 0 speaks for all, and all of them end together."""

from __future__ import annotations

import io
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

from mlpcli.cli.failures import errors_end
from mlpcli.cli.streams import say_last_words
from mlpcli.utils.ranks import ALONE, Ranks
from mlpcli.utils.startup import launched

if TYPE_CHECKING:
    from mlpcli.utils.mpi import MpiRanks

PATIENCE = 3.0  # seconds in which all ranks end if they do so for the same reason


@contextmanager
def together() -> Iterator[Ranks]:
    """Yield the ranks of a training: one, unless an MPI launcher has started several.

    An error that all ranks raise is said by rank 0. One that a single rank raises is said by that
    one, which then ends the others, as they would wait for it for ever.
    """
    if launched()[1] == 1:
        yield ALONE
        return
    from mlpcli.utils.mpi import MpiRanks

    ranks = MpiRanks()
    last_words = io.StringIO()
    try:
        with errors_end():
            try:
                yield ranks
            except BaseException:
                if ranks.rank:
                    sys.stderr = last_words
                raise
    except SystemExit as end:
        if not ranks.leave(PATIENCE):
            _end_all(ranks, last_words.getvalue().splitlines(), end.code)
        raise
    except BaseException as error:  # our bug, or a reader of standard output that has left
        if ranks.leave(PATIENCE):
            raise
        _end_all(ranks, traceback.format_exception(error), 1)
    ranks.leave()


def _end_all(ranks: MpiRanks, lines: list[str], code: object) -> NoReturn:
    """Say why this rank ends, and end the others with it."""
    if ranks.rank:
        lines = [f"rank {ranks.rank}: {line.rstrip()}" for line in lines]
    say_last_words(lines)
    if sys.stdout is not None:
        sys.stdout.flush()
    ranks.abort(code if isinstance(code, int) else 1)
