"""Progress bars on stderr, shown only on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

from tqdm import tqdm

if TYPE_CHECKING:
    from mlpcli.datasets.dataset import Progress


def on_terminal() -> bool:
    """Tell whether stderr, which may be closed, is a terminal."""
    return sys.stderr is not None and sys.stderr.isatty()


T = TypeVar("T")
Bar: TypeAlias = "tqdm[NoReturn]"  # it is updated by hand and iterates over nothing
LOOK: dict[str, Any] = {"mininterval": 0.2, "leave": False, "dynamic_ncols": True}
"""How bars look: drawn again after so many seconds, cleared at the end, as wide as the terminal."""


def count_bar(things: Sequence[T], name: str, unit: str) -> tqdm[T]:
    """Return a bar that counts things as they are taken from it."""
    return tqdm(things, desc=name, unit=unit, disable=not on_terminal(), **LOOK)


@contextmanager
def search_bar() -> Iterator[Callable[[], object]]:
    """Yield a callable that counts one more folder that is searched."""
    bar: Bar = tqdm(desc="looking for pictures", unit=" folders", disable=not on_terminal(), **LOOK)
    with bar:
        yield bar.update


@contextmanager
def data_bars() -> Iterator[Progress]:
    """Yield a callable that shows a bar for each file or split of a data set."""
    bars: dict[str, Bar] = {}

    def progress(name: str, done: int, expected: int, unit: str) -> None:
        if name not in bars:
            bars[name] = tqdm(
                desc=name,
                total=expected or None,
                unit=unit,
                unit_scale=True,
                disable=not on_terminal(),
                **(LOOK | {"leave": True}),
            )
        bars[name].update(done - bars[name].n)
        if expected and done >= expected:  # what is said next begins on a line of its own
            bars.pop(name).close()

    try:
        yield progress
    finally:
        for bar in bars.values():
            bar.close()
