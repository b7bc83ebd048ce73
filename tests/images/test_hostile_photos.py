"""HEIC photos and AVIF pictures that are not what their headers say: one line, and no harm done."""

import io
import struct
import time
from collections.abc import Iterable

import pytest
from PIL import Image, features

from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.images.avif import frame_pixels
from mlpcli.images.boxes import UnusualError
from mlpcli.images.tiles import decoded_pixels
from tests.support.glyphs import draw_digit
from tests.support.photos import heic

DIGIT = draw_digit(7, size=120)
wants_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow knows no AVIF")


def avif(picture: Image.Image) -> bytes:
    """Return a picture as AVIF."""
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "AVIF", speed=10)
    return stream.getvalue()


def said(content: bytes) -> str:
    """Return the error of reading a picture, which must come at once."""
    start = time.process_time()
    with pytest.raises(ImageError) as caught:
        read_picture(io.BytesIO(content), "p")
    assert time.process_time() - start < 1
    return str(caught.value)


def resized(content: bytes, old: tuple[int, int], new: tuple[int, int]) -> bytes:
    """Return a file whose header says that images of one size have another, (width, height)."""
    before, after = (b"ispe" + bytes(4) + struct.pack(">II", *size) for size in (old, new))
    assert before in content
    return content.replace(before, after)


def test_too_large() -> None:
    """A photo whose header claims too many pixels is refused before they are decoded."""
    content = resized(heic(DIGIT), DIGIT.size, (10_000, 8_000))
    assert "p: a picture must have at most 50000000 pixels, got more" == said(content)


@wants_avif
def test_too_large_avif() -> None:
    """An AVIF picture, likewise."""
    content = resized(avif(DIGIT), DIGIT.size, (6_000, 5_000))
    assert "p: a picture must have at most 24000000 pixels, got more" == said(content)


def test_more_bytes_for_each_pixel() -> None:
    """A photo that stores all colours for each pixel may have fewer pixels."""
    content = resized(heic(DIGIT, chroma=444), DIGIT.size, (6_000, 5_000))
    assert "p: a picture must have at most 24000000 pixels, got more" == said(content)


def test_larger_than_it_says() -> None:
    """A photo that has far more pixels than its header says is refused, and not decoded."""
    hidden = resized(heic(Image.new("L", (1200, 800)), tile_size=0), (1200, 800), (100, 100))
    assert said(hidden).startswith("p: cannot be read, ")


@wants_avif
@pytest.mark.slow
def test_avif_larger_than_it_says() -> None:
    """An AVIF picture, likewise."""
    hidden = resized(avif(Image.new("L", (6000, 5000))), (6000, 5000), (100, 100))
    assert "p: a picture must have at most 24000000 pixels, got more" == said(hidden)


def test_tiles_larger_than_they_say() -> None:
    """A photo whose tiles have far more pixels than itself is refused before they are decoded."""
    content = heic(DIGIT.resize((640, 640)), tile_size=64)
    message = "p: a picture must have at most 400000000 pixels in all its parts, got more"
    assert message == said(resized(content, (64, 64), (2000, 2000)))


def box(kind: bytes, *content: bytes) -> bytes:
    """Return a box of an HEIC or AVIF file."""
    return struct.pack(">I", 8 + sum(map(len, content))) + kind + b"".join(content)


def test_decoded_pixels() -> None:
    """An image counts once, and again wherever it is a part of another, however often."""
    size = box(b"ispe", bytes(4), struct.pack(">II", 300, 1000))
    table = bytes(4) + struct.pack(">I", 2) + b"".join(b"\0" + bytes((n, 1, 1)) for n in (1, 2))
    properties = box(b"iprp", box(b"ipco", size), box(b"ipma", table))
    parts = struct.pack(">HH", 1, 500) + struct.pack(">H", 2) * 500
    references = box(b"iref", bytes(4), box(b"dimg", parts))
    content = box(b"meta", bytes(4), properties, references)
    assert 502 * 300_000 == decoded_pixels(box(b"ftyp", b"heic", bytes(4)) + content)
    with pytest.raises(UnusualError, match="it is cut short"):
        decoded_pixels(content.replace(struct.pack(">HH", 1, 500), struct.pack(">HH", 1, 501)))


def bits(fields: Iterable[tuple[int, int]]) -> bytes:
    """Return numbers of so many bits, one after the other."""
    text = "".join(f"{number:0{count}b}" for number, count in fields)
    return int(text.ljust(-(-len(text) // 8) * 8, "0"), 2).to_bytes(-(-len(text) // 8))


SIZE = [(11, 4), (9, 4), (3999, 12), (599, 10)]  # 12 bits for the width, 10 for the height
SHORT = [(0, 3), (1, 1), (1, 1), (5, 5), *SIZE]
FULL = [(0, 3), (0, 2), (0, 1), (1, 1), (1, 5), (0, 12), (9, 5), (0, 2), (0, 12), (5, 5), (1, 1)]
FULL += [(3, 4), *SIZE]
TIMED = [(0, 3), (0, 2), (1, 1), *SIZE]


def av1(*headers: list[tuple[int, int]]) -> bytes:
    """Return AV1 data: where frames begin, and sequence headers."""
    each = [bits(fields) + b"\x80" for fields in headers]
    return b"\x12\0" + b"".join(b"\x0a" + bytes([len(one)]) + one for one in each)


def stored(item: bytes, *, inside: bool = False, brand: bytes = b"avif") -> bytes:
    """Return an AVIF file with one item, in two parts, or inside the table of contents."""
    first = box(b"ftyp", brand, bytes(4))
    at = 0 if inside else len(first) + 8
    extents = struct.pack(">HIIII", 2, at, 5, at + 5, len(item) - 5)
    table = b"\1\0\0\0\x44\0" + struct.pack(">HHHH", 1, 1, inside, 0) + extents
    contents = box(b"meta", bytes(4), box(b"iloc", table), *[box(b"idat", item)] * inside)
    return first + (contents if inside else box(b"mdat", item) + contents)


@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("headers", [[SHORT], [FULL], [SHORT, FULL]])
def test_frame_pixels(headers: list[list[tuple[int, int]]], *, inside: bool) -> None:
    """The size of frames is found in the coded data, wherever these lie and whatever their form."""
    content = stored(av1(*headers), inside=inside)
    assert [4000 * 600] * len(headers) == frame_pixels(content)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (stored(av1(SHORT), brand=b"avis"), "it is no still picture"),
        (stored(av1(TIMED)), "its frames are timed"),
        (stored(b"\x12\0" * 5), "it has no frame"),
        (stored(av1(SHORT[:1])), "it is cut short"),
        (stored(b"\x0a" + b"\xff" * 20), "a length is too long"),
        (stored(av1(SHORT)).replace(b"iloc\1", b"iloc\2"), "it is cut short"),
        (box(b"ftyp", b"avif", bytes(4)) + b"\0\0\0\3meta", "a box is shorter than its header"),
    ],
)
def test_unusual_avif(content: bytes, reason: str) -> None:
    """A file in which no frame can be found is refused, as it may hold anything."""
    with pytest.raises(UnusualError, match=f"^{reason}$"):
        frame_pixels(content)
