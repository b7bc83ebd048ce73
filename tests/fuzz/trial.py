"""Reads one file after the other, and notes and keeps what should not be."""

import json
import os
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import mlpcli
from tests.fuzz import targets
from tests.fuzz.watching import PROCESSES, Watch

if sys.platform != "win32":
    import resource

LIMIT_SECONDS = 5.0
LIMIT_MEGABYTES = 500
_EVERY = 50  # files between two notes of the tally


@dataclass
class Tally:
    """What a run came to so far.

    Attributes:
        files: read.
        tracebacks: files whose reading ended in another exception than an `MlpError`, or in a
            message that is not clear.
        hangs: files that took longer than the limit.
        crashes: files that ended the interpreter.
        processes: started.
        acts: anything else that a reader must not do.
        megabytes: of memory at the peak, the interpreter and its libraries included.
        seconds: that the slowest file took.
        refused: files that were refused as they should be.
        findings: how often each kind of finding was met.
    """

    files: int = 0
    tracebacks: int = 0
    hangs: int = 0
    crashes: int = 0
    processes: int = 0
    acts: int = 0
    megabytes: int = 0
    seconds: float = 0
    refused: int = 0
    findings: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> str:
        """Return it as a text that an object's arguments can be read from."""
        return json.dumps(asdict(self))

    def line(self, name: str) -> str:
        """Return it in one line."""
        return (
            f"{name}: {self.files} files ({self.refused} refused), {self.tracebacks} tracebacks, "
            f"{self.hangs} hangs, {self.crashes} crashes, peak {self.megabytes} MB, "
            f"slowest {self.seconds:.2f} s, {self.processes} processes started, "
            f"{self.acts} other acts"
        )


class HangError(BaseException):
    """A file takes too long; no reader catches it."""


class Trial:
    """One format's files.

    Args:
        name: of the format.
        folder: for the files, and for whatever a reader writes.
        found: where files that should be looked at are kept.
    """

    def __init__(self, name: str, folder: Path, found: Path) -> None:
        self.name, self.folder, self.found = name, folder, found
        self.path = targets.prepare_folder(name, folder)
        self.watch = Watch(folder)
        self.tally = Tally()
        self.peak = peak_megabytes()  # perhaps of what the process did before
        found.mkdir(parents=True, exist_ok=True)
        sys.unraisablehook = self._note_unraisable
        warnings.simplefilter("error")

    def warm_up(self, files: list[bytes]) -> None:
        """Load what reading and refusing loads, before anything is watched."""
        for data in [*files, *(data[: len(data) // 2] for data in files), b"", b"nonsense"]:
            self.path.write_bytes(data)
            with suppress(Exception):  # the trial itself will meet these faults
                targets.answer(self.name, self.path)

    def read(self, data: bytes) -> None:
        """Read a file, whatever comes of it."""
        self.path.write_bytes(data)
        start, said = time.process_time(), _said()  # however busy the machine is
        with self.watch.on() as acts:
            kind, text = self._read()
        seconds = time.process_time() - start
        self.tally.files += 1
        self.tally.seconds = max(self.tally.seconds, seconds)
        if kind:
            self.tally.tracebacks += not kind.startswith(HangError.__name__)
            self._keep(kind, data, text)
        if seconds > LIMIT_SECONDS:
            self.tally.hangs += 1
            self._keep("slow", data, f"{seconds:.1f} s\n{text}")
        if said != _said():
            acts.append(f"print by a library, past Python\n{_text_said(said)}")
        for act in acts:
            started = act.split()[0] in PROCESSES
            self.tally.processes += started
            self.tally.acts += not started
            self._keep(f"act-{act.split()[0]}", data, act)
        self._note_memory(data)

    def _read(self) -> tuple[str, str]:
        """Return a name for what went wrong and a text about it, both empty if nothing did."""
        try:
            with _time_limit(2 * LIMIT_SECONDS):
                self.tally.refused += bool(targets.answer(self.name, self.path))
        except (Exception, HangError) as error:
            return _kind(error), traceback.format_exc()
        return "", ""

    def _note_memory(self, data: bytes) -> None:
        peak = peak_megabytes()
        if peak > max(LIMIT_MEGABYTES, self.peak):
            self._keep("memory", data, f"{peak} MB")
        self.peak = peak
        self.tally.megabytes = max(peak, self.tally.megabytes)

    def _note_unraisable(self, unraisable: Any) -> None:
        text = "".join(traceback.format_exception(unraisable.exc_value))
        self.tally.tracebacks += 1
        self._keep(f"unraisable-{unraisable.exc_type.__name__}", self.path.read_bytes(), text)

    def _keep(self, kind: str, data: bytes, text: str) -> None:
        """Keep the smallest file of each kind of finding."""
        self.tally.findings[kind] = self.tally.findings.get(kind, 0) + 1
        path = self.found / f"{kind}.bin"
        if not path.exists() or path.stat().st_size > len(data):
            path.write_bytes(data)
            path.with_suffix(".txt").write_text(text, "utf-8", "backslashreplace")

    def note(self, path: Path, last: int) -> None:
        """Write the tally to a file now and then, and when the last file is read."""
        if self.tally.files % _EVERY == 0 or self.tally.files >= last:
            path.write_text(self.tally.to_json())


def _said() -> int:
    """Return how much was written to standard error, where that is a file."""
    return os.fstat(2).st_size


def _text_said(since: int) -> str:
    """Return what was written there, where the system lets one look."""
    with suppress(OSError):
        return Path("/proc/self/fd/2").read_bytes()[since:].decode(errors="replace")
    return ""


def peak_megabytes() -> int:
    """Return the most memory that this process has had, 0 where that is not known."""
    with suppress(OSError):  # on Linux; getrusage counts what a parent had as well
        status = Path("/proc/self/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) >> 10
    if sys.platform == "win32":
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10


@contextmanager
def _time_limit(seconds: float) -> Iterator[None]:
    """Raise HangError after so many seconds of work, where the system can count them."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise HangError

    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _kind(error: BaseException) -> str:
    """Name an exception by its type and the last line of the program that it came through."""
    cause = error.__cause__ if isinstance(error, targets.UnclearError) else error
    package = str(Path(mlpcli.__file__).parent)
    own = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(cause.__traceback__ if cause else None)
        if frame.filename.startswith(package)
    ]
    file, line = own[-1] if own else ("nowhere", 0)
    return f"{type(error).__name__}-{Path(file).stem}-{line}"
