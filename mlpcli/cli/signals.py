"""Ctrl-C, SIGTERM or a closed terminal in a training: it saves between two steps and ends."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from mlpcli.cli.ending import SIGNALS
from mlpcli.training.callbacks import Callback
from mlpcli.utils.ranks import ALONE, Ranks, any_of

if TYPE_CHECKING:
    from mlpcli.runs.epochs import EpochResult


class Stop:
    """Whether a signal has asked the program to end.

    Args:
        ranks: the processes that train together; it may have come to some of them only.
    """

    def __init__(self, ranks: Ranks = ALONE) -> None:
        self.number: int | None = None
        self._ranks = ranks

    def __bool__(self) -> bool:
        return self.number is not None

    def end(self) -> NoReturn:
        """Raise KeyboardInterrupt after Ctrl-C, SystemExit after another signal, on all ranks."""
        numbers = self._ranks.share(self.number)  # waits while rank 0 saves
        number = next((number for number in numbers if number), 0)
        if number == signal.SIGINT:
            raise KeyboardInterrupt
        raise SystemExit(128 + number)

    def end_together(self) -> None:
        """End if a signal has come to any rank."""
        if any_of(self._ranks, bool(self))[0]:
            self.end()


class StopAfterEpoch(Callback):
    """Ends a training after the epoch in which a signal came; `Saver` does it after a step."""

    def __init__(self, stop: Stop) -> None:
        self._stop = stop

    def on_epoch(self, result: EpochResult) -> None:
        """End after an epoch."""
        self._stop.end_together()


@contextmanager
def stop_between_steps(ranks: Ranks = ALONE) -> Iterator[Stop]:
    """Yield an object that is true once a signal has come.

    A second signal acts at once, as signals do outside this context. A signal that was already
    ignored, as with `nohup`, stays ignored.
    """
    before = {
        number: handler
        for number in SIGNALS
        if (handler := signal.getsignal(number)) is not signal.SIG_IGN
    }
    stop = Stop(ranks)

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
