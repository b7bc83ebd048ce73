"""Takes apart the boxes of which HEIC and AVIF files are made, before any library decodes them.

ISO/IEC 14496-12, The ISO base media file format, section 4.2.
"""

from collections.abc import Iterator
from io import BytesIO

FULL_BOX = 4  # bytes of version and flags, with which the content of many boxes begins


class UnusualError(ValueError):
    """A file is damaged, or put together as no photo is."""


def boxes(content: bytes, kind: bytes) -> Iterator[bytes]:
    """Yield the content of the boxes of one kind that follow one another."""
    return (inner for found, inner in every_box(content) if found == kind)


def every_box(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the kind and the content of boxes that follow one another.

    Raises:
        UnusualError: the length of one cannot be right.
    """
    start = 0
    while start + 8 <= len(content):
        length, header = int.from_bytes(content[start : start + 4]), 8
        if length == 1:
            length, header = int.from_bytes(content[start + 8 : start + 16]), 16
        end = start + length if length else len(content)
        if end < start + header:
            raise UnusualError("a box is shorter than its header")
        yield content[start + 4 : start + 8], content[start + header : end]
        start = end


class Numbers:
    """Reads numbers of any length in bytes, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._file = BytesIO(content)

    def next(self, size: int) -> int:
        """Return the next number.

        Raises:
            UnusualError: there are not so many bytes.
        """
        number = self._file.read(size)
        if len(number) < size:
            raise UnusualError("it is cut short")
        return int.from_bytes(number)
