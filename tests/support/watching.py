"""Which files this process opens: Python reports each to a hook, which it keeps until it ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

EVENTS = ("open", "os.scandir", "os.listdir", "os.walk")
_watched: dict[str, list[str]] = {}


@contextmanager
def opened_below(folder: Path) -> Iterator[list[str]]:
    """Give what will hold the paths below a folder that are opened or listed meanwhile."""
    _install()
    opened = _watched.setdefault(str(folder), [])
    try:
        yield opened
    finally:
        del _watched[str(folder)]


@cache
def _install() -> None:
    sys.addaudithook(_hear)


def _hear(event: str, arguments: tuple[object, ...]) -> None:
    if _watched and event in EVENTS:
        for folder, opened in _watched.items():
            if str(arguments[0]).startswith(folder):
                opened.append(str(arguments[0]))
