"""Ends the program: on a signal without a traceback, and quickly once it is done.

It is imported before signals are handled, so it imports very little.
"""

import os
import sys

try:
    import atexit
    import signal
    from contextlib import suppress
    from types import FrameType
except KeyboardInterrupt:
    os._exit(130)

SIGNALS = [  # those that ask a program to end; Windows has no SIGHUP
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
# signals that `nohup` ignores stay ignored
_DEFAULT_HANDLERS = (signal.SIG_DFL, signal.default_int_handler)


def handle_signals() -> None:
    """Let a signal end the program, unless it is to be ignored."""
    for number in SIGNALS:
        if signal.getsignal(number) in _DEFAULT_HANDLERS:
            signal.signal(number, _end)


def end_at_once() -> None:
    """Let the next signal end the program at once, because it is already ending."""
    for number in SIGNALS:
        if signal.getsignal(number) is _end:
            signal.signal(number, _leave)


def _end(number: int, frame: FrameType | None) -> None:
    """End on a signal as on an error, so that no temporary file is left behind."""
    end_at_once()
    if _importing(frame):  # an import may lose an exception, or turn it into another one
        if number == signal.SIGINT:
            say_interrupted()
        _leave(number)
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    sys.exit(128 + number)


def leave_quickly(code: object) -> None:
    """Exit without Python's clean-up, unless a profiler or debugger is active.

    The clean-up takes as long as importing NumPy. Functions that libraries have registered with
    `atexit` are called first.
    """
    if sys.getprofile() or sys.gettrace() or not (code is None or isinstance(code, int)):
        return
    atexit._run_exitfuncs()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # Python reports it when it ends
        return
    os._exit(code or 0)


def _leave(number: int, _frame: FrameType | None = None) -> None:
    os._exit(128 + number)


def say_interrupted() -> None:
    """Say it on stderr, if that is still open."""
    with suppress(OSError):  # nobody can read it
        os.write(2, b"interrupted\n")


def _importing(frame: FrameType | None) -> bool:
    """Tell whether a module is being imported."""
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
