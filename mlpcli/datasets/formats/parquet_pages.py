"""How much the pages of a Parquet file unpack to, by their own headers.

pyarrow sets aside as much memory as the header of a page says, whatever the file's metadata say.
Some broken metadata end its process when it is asked for the places of columns. So places and
headers are read here, before pyarrow reads any page. Both are structures in Thrift's compact
protocol, of which only a few fields matter.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import IO, Any

MAX_FOOTER = 1 << 22  # bytes of the metadata at the end of a file
LONGEST_HEADER = 1 << 16  # bytes; it may have the smallest and the largest value of the page

Wanted = Mapping[int, Any]
"""Fields of a structure by their numbers, each with the wanted fields of the structures in it."""

_UNPACKED, _PACKED = 2, 3  # sizes of a page
_PAGE: Wanted = {_UNPACKED: {}, _PACKED: {}}
_GROUPS, _COLUMNS, _METADATA, _SIZE, _DATA, _DICTIONARY = 4, 1, 3, 7, 9, 11
_FOOTER: Wanted = {_GROUPS: {_COLUMNS: {_METADATA: {_SIZE: {}, _DATA: {}, _DICTIONARY: {}}}}}

_TRUE, _FALSE, _BYTE, _SHORT, _INTEGER, _LONG, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCTURE = (
    range(1, 13)
)
_DEEPEST = 12  # structures and lists within each other


@dataclass(frozen=True)
class Unpacked:
    """How large pages are.

    Attributes:
        total: bytes of all of them.
        largest: bytes of the largest.
    """

    total: int = 0
    largest: int = 0


def unpacked_size(file: IO[bytes]) -> Unpacked:
    """Return what all pages of a Parquet file unpack to.

    Raises:
        ValueError, TypeError, LookupError: the metadata or a header are broken.
    """
    return size_of_pages(file, column_places(file))


def column_places(file: IO[bytes]) -> Iterator[tuple[int, int]]:
    """Yield where each column of a group of rows begins, and how many bytes it has.

    Raises:
        ValueError, TypeError, LookupError: the metadata at the end of the file are broken.
    """
    end = file.seek(-8, 2)
    size = int.from_bytes(file.read(4), "little")
    if size > min(end, MAX_FOOTER):
        raise ValueError(f"the metadata must have at most {MAX_FOOTER} bytes")
    file.seek(end - size)
    footer = _structure(BytesIO(file.read(size)), _FOOTER, 0)
    for group in footer[_GROUPS]:
        for column in group[_COLUMNS]:
            metadata = column[_METADATA]
            start = metadata[_DATA]
            if 0 < metadata.get(_DICTIONARY, 0) < start:
                start = metadata[_DICTIONARY]
            yield start, metadata[_SIZE]


def size_of_pages(file: IO[bytes], columns: Iterable[tuple[int, int]]) -> Unpacked:
    """Return what the pages in parts of a file unpack to.

    Args:
        file: the Parquet file.
        columns: where each part begins, and how many bytes it has.

    Raises:
        ValueError, TypeError: a header is broken, or pages do not lie in their part.
    """
    total = largest = 0
    for start, size in columns:
        at, end = start, start + size
        if start < 0 or size < 0:
            raise ValueError("a column has an invalid place")
        while at < end:
            file.seek(at)
            header = BytesIO(file.read(min(LONGEST_HEADER, end - at)))
            sizes = _structure(header, _PAGE, 0)
            unpacked, packed = sizes.get(_UNPACKED, -1), sizes.get(_PACKED, -1)
            if min(unpacked, packed) < 0:
                raise ValueError("a page has an invalid size")
            at += header.tell() + packed
            total += unpacked
            largest = max(largest, unpacked)
        if at > end:
            raise ValueError("a page is cut short")
    return Unpacked(total, largest)


def _structure(stream: BytesIO, wanted: Wanted, depth: int) -> dict[int, Any]:
    """Return the wanted fields of a structure by their numbers."""
    fields: dict[int, Any] = {}
    number = 0
    while first := _byte(stream):
        kind, step = first & 15, first >> 4
        number = number + step if step else _signed(stream)
        if number in fields:
            raise ValueError("a structure has a field twice")
        if kind in (_TRUE, _FALSE):  # it is its own value
            continue
        value = _value(stream, kind, wanted.get(number), depth + 1)
        if number in wanted:
            fields[number] = value
    return fields


def _value(stream: BytesIO, kind: int, wanted: Wanted | None, depth: int) -> Any:
    """Return a value; None for one of a kind that nobody wants."""
    if depth > _DEEPEST:
        raise ValueError("a structure is nested too deeply")
    if kind in (_TRUE, _FALSE, _BYTE):  # within a list, these have a byte
        return _byte(stream)
    if kind in (_SHORT, _INTEGER, _LONG):
        return _signed(stream)
    if kind in (_LIST, _SET):
        first = _byte(stream)
        count = first >> 4 if first >> 4 < 15 else _varint(stream)
        values = (_value(stream, first & 15, wanted, depth + 1) for _ in range(count))
        return [value for value in values if wanted is not None]
    if kind == _STRUCTURE:
        return _structure(stream, wanted or {}, depth)
    if kind not in (_DOUBLE, _BINARY):
        raise ValueError("a structure has a field of an unknown type")
    stream.seek(8 if kind == _DOUBLE else _varint(stream), 1)
    return None


def _byte(stream: BytesIO) -> int:
    byte = stream.read(1)
    if not byte:
        raise ValueError("a structure is cut short")
    return byte[0]


def _varint(stream: BytesIO) -> int:
    """Return a number that is stored in 7 bits per byte, the lowest first."""
    number = shift = 0
    while (byte := _byte(stream)) & 128:
        number |= (byte & 127) << shift
        shift += 7
        if shift > 63:
            raise ValueError("a structure has an invalid number")
    return number | byte << shift


def _signed(stream: BytesIO) -> int:
    """Return a number whose lowest bit is its sign (zigzag)."""
    number = _varint(stream)
    return number >> 1 ^ -(number & 1)
