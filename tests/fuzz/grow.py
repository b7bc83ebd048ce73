"""A picture → the same with megabytes that hold no pixels, where its format has room for them.

libFuzzer changes files of a few kilobytes best, so they grow only when they are about to be read.
"""

import struct
import zlib
from collections.abc import Callable
from random import Random

from tests.fuzz.inside_png import SIGNATURE, Chunk, join_chunks, split_chunks

PICTURES = ("png", "picture")
SHARE = 0.05  # of the pictures
SIZES = (1 << 20, 1 << 22, 12 << 20)  # bytes, about
PARTS = (1, 10, 255, 65_000)  # bytes of a comment or segment, as far as the format allows


def perhaps_grown(name: str, data: bytes) -> bytes:
    """Return a file of a format, grown if it is one of a few pictures, which its bytes decide."""
    random = Random(zlib.crc32(data))
    if name not in PICTURES or random.random() >= SHARE:
        return data
    return grown(data, random.choice(SIZES), random.choice(PARTS))


def grown(data: bytes, size: int, part: int) -> bytes:
    """Return a picture with about so many bytes more, in parts of so many.

    Args:
        data: of any kind; where none is known bytes follow its end.
        size: in bytes.
        part: content of a comment or segment, in bytes; shorter where the format has no longer ones.
    """
    for start, grow in _GROW.items():
        if data.startswith(start):
            return grow(data, size, part)
    return data + bytes(size)


def _ppm(data: bytes, size: int, part: int) -> bytes:
    """Put comments, or spaces, between the first letters and the numbers."""
    line = b" " if part == 1 else b"\n#" + b"x" * part + b"\n"
    return data[:2] + line * (size // len(line)) + data[2:]


def _jpeg(data: bytes, size: int, part: int) -> bytes:
    """Put segments of an application after the first marker."""
    segment = b"\xff\xe5" + struct.pack(">H", 2 + part) + bytes(part)
    return data[:2] + segment * (size // len(segment)) + data[2:]


def _png(data: bytes, size: int, part: int) -> bytes:
    """Put texts after the header."""
    text: Chunk = (b"tEXt", b"Comment\0" + b"x" * part)
    header, *others = split_chunks(data) or [text]
    return join_chunks([header, *[text] * (size // (part + 20)), *others])


def _gif(data: bytes, size: int, part: int) -> bytes:
    """Put comments after the table of colours."""
    flags = data[10] if len(data) > 10 else 0
    at = 13 + (3 << (flags & 7) + 1 if flags & 0x80 else 0)
    part = min(part, 255)
    block = bytes([part]) + b"x" * part
    return data[:at] + b"\x21\xfe" + block * (size // len(block)) + b"\0" + data[at:]


def _webp(data: bytes, size: int, part: int) -> bytes:
    """Put chunks that nobody knows at the end, where the length at the start counts them."""
    part += part % 2
    chunk = b"NONE" + struct.pack("<I", part) + bytes(part)
    longer = data + chunk * (size // len(chunk))
    return longer[:4] + struct.pack("<I", len(longer) - 8) + longer[8:]


def _bmp(data: bytes, size: int, _part: int) -> bytes:
    """Put a gap before the pixels."""
    start = int.from_bytes(data[10:14], "little")
    moved = struct.pack("<I", (start + size) % (1 << 32))
    return data[:10] + moved + data[14:start] + bytes(size) + data[start:]


_GROW: dict[bytes, Callable[[bytes, int, int], bytes]] = {
    b"P": _ppm,
    b"\xff\xd8": _jpeg,
    SIGNATURE: _png,
    b"GIF8": _gif,
    b"RIFF": _webp,
    b"BM": _bmp,
}
