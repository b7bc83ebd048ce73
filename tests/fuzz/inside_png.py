"""A PNG picture → one with other chunks, each with the right length and checksum."""

import struct
import zlib
from collections.abc import Callable
from random import Random

from tests.fuzz.reorder import reorder

SIGNATURE = b"\x89PNG\r\n\x1a\n"
Chunk = tuple[bytes, bytes]  # kind, content

_SIDES = (0, 1, 2, 27, 28, 32, 33, 640, 641, 5000, 8000, 64000, 2**31 - 1, 2**32 - 1)
STRANGE: tuple[Chunk, ...] = (
    (b"tRNS", b"\0"),
    (b"tRNS", bytes(range(256))),
    (b"PLTE", b""),
    (b"PLTE", bytes(768)),
    (b"PLTE", bytes(7)),
    (b"gAMA", b"\0" * 4),
    (b"cHRM", b"\xff" * 32),
    (b"sRGB", b""),
    (b"pHYs", b"\xff" * 9),
    (b"iCCP", b"x\0\0" + zlib.compress(b"nonsense")),
    (b"tEXt", b"key\0\x1b[2Jvalue"),
    (b"zTXt", b"key\0\0" + zlib.compress(bytes(1 << 20))),
    (b"iTXt", b"key\0\1\0\0\0" + zlib.compress(b"\xff")),
    (b"eXIf", b"MM\0*\0\0\0\x08\xff\xff"),
    (b"eXIf", b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"),
    (b"acTL", struct.pack(">II", 2**31, 0)),
    (b"acTL", struct.pack(">II", 2, 0)),
    (b"fcTL", struct.pack(">IIIIIHHBB", 0, 32, 32, 9, 9, 0, 0, 9, 9)),
    (b"fdAT", b"\0\0\0\1" + zlib.compress(b"")),
    (b"IEND", b""),
    (b"ABCD", b"unknown and critical"),
)


def changed(data: bytes, random: Random, blind: Callable[[bytes], bytes]) -> bytes:
    """Change one or two chunks."""
    chunks = split_chunks(data)
    for _ in range(random.choice((1, 1, 2))):
        at = random.randrange(len(chunks))
        change = random.choice((_insert, _header, _header, _pixels, reorder, _blind))
        change(chunks, at, random, blind)
    return join_chunks(chunks)


def split_chunks(data: bytes) -> list[Chunk]:
    """Return the chunks of a picture; what cannot be split is left out."""
    chunks, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        chunks.append((data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    return chunks


def join_chunks(chunks: list[Chunk]) -> bytes:
    """Return a picture of chunks, lengths and checksums as they should be."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(content))
        + kind
        + content
        + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in chunks
    )


def pixels(width: int, height: int, bits: int, colour: int, interlaced: int, fill: int) -> Chunk:
    """Return as many pixels as a header asks for, at most a million bytes of them."""
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(colour, 1)
    row = 1 + (width * bits * samples + 7) // 8
    size = row * height * (2 if interlaced else 1)
    return b"IDAT", zlib.compress(bytes([fill % 5]) * min(size, 1 << 20), 1)


def _insert(chunks: list[Chunk], at: int, random: Random, _blind: Callable[[bytes], bytes]) -> None:
    chunks.insert(at + random.choice((0, 1)), random.choice(STRANGE))


def _header(
    chunks: list[Chunk], _at: int, random: Random, _blind: Callable[[bytes], bytes]
) -> None:
    """Change the header, and half of the time the pixels with it."""
    fields = list(struct.unpack(">IIBBBBB", chunks[0][1]))
    for _ in range(random.choice((1, 2, 3))):
        field = random.randrange(7)
        choices = (_SIDES, _SIDES, (1, 2, 4, 8, 16, 0, 3, 255), (0, 2, 3, 4, 6, 1, 255), (0, 1))
        fields[field] = random.choice(choices[min(field, 4)])
    chunks[0] = chunks[0][0], struct.pack(">IIBBBBB", *fields)
    if random.random() < 0.5:
        width, height, bits, colour, _, _, interlaced = fields
        drawn = pixels(width, height, bits, colour, interlaced, random.randrange(256))
        chunks[1:] = [c for c in chunks[1:] if c[0] not in (b"IDAT", b"IEND")]
        chunks += [drawn, (b"IEND", b"")]


def _pixels(chunks: list[Chunk], _at: int, random: Random, blind: Callable[[bytes], bytes]) -> None:
    """Change what is inside the compressed pixels."""
    where = [n for n, (kind, _) in enumerate(chunks) if kind == b"IDAT"]
    at = random.choice(where)
    inner = zlib.decompressobj().decompress(chunks[at][1], 1 << 20)
    chunks[at] = b"IDAT", zlib.compress(blind(inner), 1)


def _blind(chunks: list[Chunk], at: int, random: Random, blind: Callable[[bytes], bytes]) -> None:
    kind, content = chunks[at]
    chunks[at] = (random.randbytes(4), content) if random.random() < 0.1 else (kind, blind(content))
