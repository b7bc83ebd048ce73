"""Reads the lines of a text file, plain or gzip-compressed, some megabytes at a time.

Files come from strangers: how far one unpacks and how long a line is are limited.
"""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mlpcli.datasets.formats.packed import open_packed
from mlpcli.errors import DataError
from mlpcli.utils.archives import GROWTH

LONGEST = 1 << 23  # characters of a line, as 1,500 × 1,500 pixels need
_SMALL = 1 << 24  # bytes to which any file may unpack; text takes more time than numbers do
_BLOCK = 1 << 21  # bytes read at a time


@dataclass(frozen=True)
class Block:
    """Some lines that follow each other.

    Attributes:
        first: the number of the first one, counted from 1.
        lines: without line ends; some may be empty.
    """

    first: int
    lines: list[str]


def read_blocks(path: Path) -> Iterator[Block]:
    """Yield all lines of a UTF-8 text file, whichever way its lines end.

    Raises:
        DataError: it cannot be read, is no text, unpacks to too much or has a line that is too
            long.
    """
    with open_packed(path) as (file, compressed):
        most = max(_SMALL, GROWTH * path.stat().st_size) if compressed else None
        yield from _blocks(file, path, most)


def _blocks(stream: IO[bytes], path: Path, most: int | None) -> Iterator[Block]:
    """Yield whole lines; of a compressed file at most so many bytes."""
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder("utf-8-sig")(), True)
    rest, first, size = "", 1, 0
    while piece := stream.read(_BLOCK):
        size += len(piece)
        if most is not None and size > most:
            raise DataError(f"{path}: the gzip file must not unpack to more than {most} bytes")
        *lines, rest = (rest + _decoded(decoder, piece, path, first)).split("\n")
        if len(rest) > LONGEST:
            raise DataError(
                f"{path}:{first + len(lines)}: a line must have at most {LONGEST} characters, "
                "got more"
            )
        if lines:
            yield Block(first, lines)
        first += len(lines)
    if rest := rest + _decoded(decoder, b"", path, first):
        yield Block(first, rest.split("\n"))


def _decoded(decoder: io.IncrementalNewlineDecoder, piece: bytes, path: Path, line: int) -> str:
    """Return the text of the next bytes; the line number is that of the first of them."""
    try:
        text = decoder.decode(piece, final=not piece)
    except UnicodeDecodeError as error:
        line += error.object.count(b"\n", 0, error.start)
        got = error.object[error.start]
        raise DataError(
            f"{path}:{line}: must be UTF-8 text, got the byte 0x{got:02x}; save it as UTF-8"
        ) from error
    if "\0" in text:
        line += text.count("\n", 0, text.index("\0"))
        raise DataError(f"{path}:{line}: must be UTF-8 text, got the byte 0x00")
    return text
