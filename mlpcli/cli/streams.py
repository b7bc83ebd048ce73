"""Standard output and standard error as the program wants them.

Results that cannot be written are an error that names standard output. Messages that cannot be
written are lost, and change nothing: neither the exit code nor what the program is at.
"""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

OUTPUT = "standard output"


class _Results(io.FileIO):
    """Says in an error which stream it is.

    It does so once: where Python ends, it tries to write the rest again.
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
    """Takes whatever it is given, and writes what can be written."""

    def write(self, data: ReadableBuffer, /) -> int:
        size = memoryview(data).nbytes
        try:
            return super().write(data) or size
        except OSError:
            return size


def prepare_streams() -> None:
    """Replace both streams by such ones, which replace characters that a terminal does not know."""
    _reserve_descriptors()
    sys.stdout = _prepared(sys.stdout, _Results)
    sys.stderr = _prepared(sys.stderr, _Messages)


def _reserve_descriptors() -> None:
    """See that no file is opened as the standard output that was closed, and written to as one."""
    with suppress(OSError):  # where there is no such device
        while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
            pass
        os.close(descriptor)


def _prepared(stream: TextIO, kind: type[io.FileIO]) -> TextIO:
    if not isinstance(stream, io.TextIOWrapper):  # it is closed
        return stream
    stream.reconfigure(errors="replace")  # for terminals that do not know – or →
    before = getattr(stream.buffer, "raw", stream.buffer)  # the latter where nothing is buffered
    if type(before) is not io.FileIO:  # a console of Windows
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
