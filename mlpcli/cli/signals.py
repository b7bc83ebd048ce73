"""Ctrl-C, SIGTERM or a closed terminal in a training: it saves between two steps and ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from mlpcli.cli.ending import SIGNALS
from mlpcli.training.callbacks import Callback

if TYPE_CHECKING:
    from mlpcli.runs.epochs import EpochResult


class Stop:
    """Whether a signal has asked the program to end."""

    def __init__(self) -> None:
        self.number: int | None = None

    def __bool__(self) -> bool:
        return self.number is not None

    def end(self) -> NoReturn:
        """Raise KeyboardInterrupt after Ctrl-C, SystemExit after another signal."""
        if self.number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + (self.number or 0))


class StopAfterEpoch(Callback):
    """Ends a training after the epoch in which a signal came; `Saver` does it after a step."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def on_epoch(self, result: EpochResult) -> None:
        """End after an epoch."""
        if self._stop:
            self._stop.end()


@contextmanager
def stop_between_steps() -> Iterator[Stop]:
    """Yield an object that is true once a signal has come.

    A second signal acts at once, as signals do outside this context. A signal that was already
    ignored, as with `nohup`, stays ignored.
    """
    before = {
        number: handler
        for number in SIGNALS
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    stop = Stop()

    def remember(number: int, _frame: FrameType | None) -> None:
        stop.number = number
        restore()
        if number == getattr(signal, "SIGHUP", None):  # shell and kernel may both send it
            signal.signal(number, signal.SIG_IGN)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in before:
        signal.signal(number, remember)
    try:
        yield stop
    finally:
        restore()
