"""Standard output and standard error as the program wants them.

Results that cannot be written are an error that names standard output. Messages that cannot be
written are lost, but the program goes on and its exit code stays the same.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OUTPUT = "standard output"


_unheard: list[TextIO] = []  # standard error before `silence`


class _Results(io.FileIO):
    """Names the stream in an error.

    It does so only once, because Python tries to write the rest again when it ends.
    """

    failed = False

    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override]
        if self.failed:
            return memoryview(data).nbytes
        try:
            return super().write(data)
        except OSError as error:
            self.failed = True
            raise OSError(error.errno, error.strerror, OUTPUT) from error


class _Messages(io.FileIO):
    """Writes what can be written, and ignores errors."""

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        try:
            return super().write(data) or size
        except OSError:
            return size


def prepare_streams() -> None:
    """Replace both streams; the new ones replace characters that a terminal does not know."""
    _reserve_descriptors()
    sys.stdout = _prepared(sys.stdout, _Results)
    sys.stderr = _prepared(sys.stderr, _Messages)


def silence() -> None:
    """Let this process print nothing more but its last words."""
    _unheard.append(sys.stderr)
    nowhere = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115  # until the end
    sys.stdout = sys.stderr = nowhere


def say_last_words(lines: Iterable[str]) -> None:
    """Print lines on standard error, even after `silence`."""
    stream = _unheard[0] if _unheard else sys.stderr
    with suppress(OSError, AttributeError):  # it is closed
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()


def _reserve_descriptors() -> None:
    """Occupy the descriptors of closed streams, so that no file gets one and is written to."""
    with suppress(OSError):  # if there is no such device
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _prepared(stream: TextIO, kind: type[io.FileIO]) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # it is closed
        return stream
    stream.reconfigure(errors="replace")  # for terminals that do not know – or →
    before = getattr(stream.buffer, "raw", stream.buffer)  # the latter if it is unbuffered
    if type(before) is not io.FileIO:  # a Windows console
        return stream
    stream.flush()
    raw = kind(stream.fileno(), "wb", closefd=False)
    return io.TextIOWrapper(
        raw if before is stream.buffer else io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
