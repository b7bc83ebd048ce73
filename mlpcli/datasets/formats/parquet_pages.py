"""How much the pages of a Parquet file unpack to, by their own headers.

pyarrow sets aside as much memory as the header of a page says, whatever the file's metadata say. So
the headers are read here before pyarrow sees any page. A header is a structure in Thrift's compact
protocol, of which only the first three fields matter: type, and size unpacked and packed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import IO

LONGEST_HEADER = 1 << 16  # bytes; it may have the smallest and the largest value of the page
_UNPACKED, _PACKED = 2, 3  # numbers of fields
_TRUE, _FALSE, _BYTE, _SHORT, _INTEGER, _LONG, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCTURE = (
    range(1, 13)
)
_DEEPEST = 8  # structures and lists within each other; a page's header has three


@dataclass(frozen=True)
class Unpacked:
    """How large pages are.

    Attributes:
        total: bytes of all of them.
        largest: bytes of the largest.
    """

    total: int = 0
    largest: int = 0


def unpacked_size(file: IO[bytes], chunks: Iterable[tuple[int, int]]) -> Unpacked:
    """Return what the pages in parts of a file unpack to.

    Args:
        file: the Parquet file.
        chunks: where each column of a group of rows begins, and how many bytes it has.

    Raises:
        ValueError: a header is broken, or pages do not lie in their part.
    """
    total = largest = 0
    for start, size in chunks:
        at, end = start, start + size
        if start < 0 or size < 0:
            raise ValueError("a column has an invalid place")
        while at < end:
            file.seek(at)
            header = BytesIO(file.read(min(LONGEST_HEADER, end - at)))
            unpacked, packed = _page_sizes(header)
            at += header.tell() + packed
            total += unpacked
            largest = max(largest, unpacked)
        if at > end:
            raise ValueError("a page is cut short")
    return Unpacked(total, largest)


def _page_sizes(header: BytesIO) -> tuple[int, int]:
    """Return how many bytes a page has unpacked and packed; go to the end of its header."""
    integers = _structure(header, 0)
    sizes = integers.get(_UNPACKED, -1), integers.get(_PACKED, -1)
    if min(sizes) < 0:
        raise ValueError("a page has an invalid size")
    return sizes


def _structure(stream: BytesIO, depth: int) -> dict[int, int]:
    """Return the integers among the fields of a structure by their numbers; skip all others."""
    integers: dict[int, int] = {}
    number = 0
    while first := _byte(stream):
        kind, step = first & 15, first >> 4
        number = number + step if step else _signed(stream)
        if kind in (_SHORT, _INTEGER, _LONG):
            integers[number] = _signed(stream)
        elif kind not in (_TRUE, _FALSE):
            _skip(stream, kind, depth)
    return integers


def _skip(stream: BytesIO, kind: int, depth: int) -> None:
    """Go past a value."""
    if depth > _DEEPEST:
        raise ValueError("the header of a page is nested too deeply")
    if kind in (_TRUE, _FALSE, _BYTE):  # within a list, these have a byte
        _byte(stream)
    elif kind in (_SHORT, _INTEGER, _LONG):
        _varint(stream)
    elif kind == _DOUBLE:
        stream.seek(8, 1)
    elif kind == _BINARY:
        stream.seek(_varint(stream), 1)
    elif kind in (_LIST, _SET):
        first = _byte(stream)
        count = first >> 4 if first >> 4 < 15 else _varint(stream)
        for _ in range(min(count, LONGEST_HEADER)):
            _skip(stream, first & 15, depth + 1)
    elif kind == _STRUCTURE:
        _structure(stream, depth + 1)
    else:
        raise ValueError("the header of a page has an unknown field")


def _byte(stream: BytesIO) -> int:
    byte = stream.read(1)
    if not byte:
        raise ValueError("the header of a page is cut short")
    return byte[0]


def _varint(stream: BytesIO) -> int:
    """Return a number that is stored in 7 bits per byte, the lowest first."""
    number = shift = 0
    while (byte := _byte(stream)) & 128:
        number |= (byte & 127) << shift
        shift += 7
        if shift > 63:
            raise ValueError("the header of a page has an invalid number")
    return number | byte << shift


def _signed(stream: BytesIO) -> int:
    """Return a number whose lowest bit is its sign (zigzag)."""
    number = _varint(stream)
    return number >> 1 ^ -(number & 1)
