"""Ctrl-C and SIGTERM in a training: it ends between two steps, never in the middle of a save."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from mlpcli.cli import TERMINATED

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def stop_between_steps() -> Iterator[Callable[[], None]]:
    """Give a function to call between steps, which raises once a signal has come.

    It raises KeyboardInterrupt after Ctrl-C and SystemExit after SIGTERM. A second signal acts at
    once, as signals do outside of this.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    received: list[int] = []

    def remember(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        restore()

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def check() -> None:
        if signal.SIGINT in received:
            raise KeyboardInterrupt
        if received:
            raise SystemExit(TERMINATED)

    for number in _SIGNALS:
        signal.signal(number, remember)
    try:
        yield check
    finally:
        restore()
