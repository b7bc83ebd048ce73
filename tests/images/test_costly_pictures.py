"""Pictures that are long, or say so, and hold little: they are refused by counting, in one line."""

import io
import os
import re
import struct
import zlib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.images.bounded import (
    BLOCK,
    HEADER_BYTES,
    MAX_BYTES,
    MAX_EXIF,
    WHOLE_BYTES,
    BoundedFile,
    bounded,
)
from tests.conftest import Mlp

SPARSE = 50_000_000_000  # bytes of a file that takes hardly any on the disk
STEPS = "be readable in at most 10000 reads before its pixels, got more; save it again with an image editor"


def encoded(kind: str, mode: str = "L", **options: object) -> bytes:
    """Return a picture as a file of a format."""
    stream = io.BytesIO()
    Image.new(mode, (64, 64)).save(stream, kind, **options)
    return stream.getvalue()


def png(*chunks: bytes) -> bytes:
    """Return a PNG of 8×8 pixels with other chunks before these."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(bytes(72)))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(chunks) + pixels + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG."""
    size, sum_ = struct.pack(">I", len(content)), struct.pack(">I", zlib.crc32(kind + content))
    return size + kind + content + sum_


def jpeg(*segments: tuple[int, bytes]) -> bytes:
    """Return a JPEG with other segments before its own."""
    parts = [
        struct.pack(">BBH", 0xFF, kind, 2 + len(content)) + content for kind, content in segments
    ]
    return JPEG[:2] + b"".join(parts) + JPEG[2:]


def webp(*chunks: bytes) -> bytes:
    """Return a WebP of chunks behind the pixels of another one."""
    header = b"VP8X" + struct.pack("<I", 10) + bytes((8, 0, 0, 0)) + 2 * b"\x3f\0\0"
    content = b"WEBP" + header + encoded("WEBP")[12:] + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(content)) + content


def tiff(entries: dict[int, tuple[int, int, int]], content: bytes = b"") -> bytes:
    """Return a TIFF of 8×8 grey pixels, with other tags (type, count, value), content at 512."""
    usual = {256: (3, 1, 8), 257: (3, 1, 8), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1)}
    usual |= {273: (4, 1, 512), 277: (3, 1, 1), 278: (3, 1, 1), 279: (4, 1, 64)}
    tags = dict(sorted((usual | entries).items()))
    listed = [struct.pack("<HHLL", tag, *rest) for tag, rest in tags.items()]
    start = b"II*\0\x08\0\0\0" + struct.pack("<H", len(tags)) + b"".join(listed) + bytes(4)
    return start.ljust(512, b"\0") + content


def bmp(**changes: int) -> bytes:
    """Return a BMP's header, of 8×8 pixels in 256 colours but for changes."""
    header = {"size": 40, "width": 8, "height": 8, "planes": 1, "bits": 8, "packed": 0}
    header = header | {"bytes": 0, "x": 0, "y": 0, "colours": 0, "important": 0} | changes
    return (
        b"BM" + struct.pack("<IHHI", 0, 0, 0, 1078) + struct.pack("<IiiHHIIiiII", *header.values())
    )


def numbers(value: int, count: int) -> bytes:
    """Return a number of four bytes many times."""
    return struct.pack("<L", value) * count


JPEG, GIF = encoded("JPEG"), encoded("GIF")
RLE = bmp(width=2800, height=2800, packed=1) + bytes(1024)
NOTHING = 20_000_000  # bytes that PackBits skips
EMPTY = {b"teSt": chunk(b"teSt", b""), b"IDAT": chunk(b"IDAT", b"")}
LATER = "be readable in at most 500000 reads, got more; save it again with an image editor"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "jpeg-fill": (lambda: JPEG[:2] + b"\xff" * 100_000 + JPEG[2:], STEPS),
    "jpeg-nothing-else": (lambda: b"\xff\xd8" + b"\xff" * 100_000, STEPS),
    "jpeg-segments": (lambda: jpeg(*[(0xE5, b"")] * 20_000), STEPS),
    "jpeg-tables": (lambda: jpeg(*[(0xDB, b"")] * 20_000), STEPS),
    "jpeg-comments": (
        lambda: jpeg(*[(0xFE, bytes(65_000))] * 500),
        f"have at most {HEADER_BYTES} bytes before its pixels, got more; save it again with an image editor",
    ),
    "jpeg-exif": (
        lambda: jpeg(*[(0xE1, b"Exif\0\0" + bytes(60_000))] * 2),
        f"have at most {MAX_EXIF} bytes of EXIF data, got more; save it again with an image editor",
    ),
    "png-chunks": (lambda: png(EMPTY[b"teSt"] * 20_000), STEPS),
    "png-texts": (lambda: png(chunk(b"tEXt", b"k\0v") * 20_000), STEPS),
    "png-no-pixels": (lambda: png(EMPTY[b"IDAT"] * 300_000), LATER),
    "png-afterwards": (lambda: png()[:-12] + EMPTY[b"teSt"] * 300_000, LATER),
    "png-afterwards-at-once": (
        lambda: png()[:-12] + chunk(b"teSt", bytes(40_000_000)),
        f"have at most {HEADER_BYTES} bytes in long pieces, got more; save it again with an image editor",
    ),
    "webp-long": (
        lambda: webp(b"teSt" + struct.pack("<I", WHOLE_BYTES) + bytes(WHOLE_BYTES)),
        f"have at most {WHOLE_BYTES} bytes, in a format read at once, got more; save it again with an image editor",
    ),
    "png-exif": (
        lambda: png(chunk(b"eXIf", b"II*\0" + bytes(200_000))),
        f"have at most {MAX_EXIF} bytes of EXIF data, got 200010",
    ),
    "png-exif-as-text": (
        lambda: png(chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(b"0" * 500_000))),
        f"have at most {MAX_EXIF} bytes of EXIF data, got 250000",
    ),
    "gif-comment": (lambda: GIF[:13] + b"!\xfe" + (b"\xff" + bytes(255)) * 10_000, STEPS),
    "gif-comments": (lambda: GIF[:13] + b"!\xfe\x01x\0" * 20_000, STEPS),
    "gif-tiny-blocks": (lambda: GIF[:13] + b"!\xff\x0bNETSCAPE2.0" + b"\x01x" * 50_000, STEPS),
    "ppm-comment": (lambda: b"P5\n#" + b"x" * 100_000 + b"\n8 8 255\n" + bytes(64), STEPS),
    "ppm-comments": (
        lambda: b"P2\n8 8 255\n" + b"#x\n" * 50_000,
        "have at most 1000 comments among its numbers, got more",
    ),
    "bmp-nothing": (
        lambda: RLE + b"\0\2\0\0" * 2_000_000,
        "be readable in at most 2000000 reads, got more; save it again with an image editor",
    ),
    "webp-exif": (
        lambda: webp(b"EXIF" + struct.pack("<I", 200_000) + bytes(200_000)),
        f"have at most {MAX_EXIF} bytes of EXIF data, got 200000",
    ),
    "tiff-tags": (lambda: tiff({1000 + n: (7, 5, 8) for n in range(20_000)}), STEPS),
    "tiff-strips": (
        lambda: tiff({273: (3, 300_000, 512), 279: (3, 300_000, 512)}, bytes(600_000)),
        "have lists of at most 200000 numbers, got 300000",
    ),
    "tiff-one-place": (
        lambda: tiff(
            {257: (3, 1, 9000), 273: (4, 9000, 512), 279: (4, 9000, 36_512)},
            numbers(90_000, 9000) + numbers(60_000, 9000) + bytes(100_000),
        ),
        f"have at most {MAX_BYTES} bytes, got more; save it again with an image editor",
    ),
    "tiff-packed-nothing": (
        lambda: tiff(
            {257: (3, 1, 99), 259: (3, 1, 32773), 273: (4, 99, 512), 279: (4, 99, 908)},
            numbers(1304, 99) + numbers(NOTHING, 99) + b"\x80" * NOTHING,
        ),
        f"have at most {MAX_BYTES} bytes in its parts, got {99 * NOTHING}",
    ),
    "tiff-no-lengths": (
        lambda: tiff(
            {257: (3, 1, 99), 259: (3, 1, 32773), 273: (4, 99, 512), 279: (4, 0, 0)},
            numbers(1304, 99) + b"\x80" * NOTHING,
        ),
        f"have at most {MAX_BYTES} bytes in its parts, got {99 * (NOTHING + 908)}",
    ),
}


LONGEST = {"bmp-nothing", "png-afterwards"}  # hundreds of thousands of steps


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.slow] if n in LONGEST else []) for n in REFUSED],
)
@pytest.mark.parametrize("pipe", [False, True])
def test_long_and_empty(tmp_path: Path, name: str, *, pipe: bool) -> None:
    """What goes on and on and holds nothing is refused, from a file and from a pipe."""
    write, message = REFUSED[name]
    path = tmp_path / name
    path.write_bytes(write())
    with pytest.raises(ImageError, match=f"^p: a picture must {re.escape(message)}$"):
        read_picture(io.BytesIO(path.read_bytes()) if pipe else path, "p")


def scans_of_one_colour(times: int) -> bytes:
    """Return a JPEG of 4000×4000 pixels, not progressive, each colour in scans of its own."""
    stream = io.BytesIO()
    Image.new("RGB", (4000, 4000)).save(stream, "JPEG", subsampling=0)
    content = stream.getvalue()
    scans = [b"\xff\xda\0\x08\1" + bytes((number, 0, 0, 63, 0)) for number in (1, 2, 3)]
    return content[: content.index(b"\xff\xda")] + times * b"".join(scans) + b"\xff\xd9"


def test_scans_without_progress() -> None:
    """A JPEG with a scan for each colour may have as few of them as a progressive one."""
    with pytest.raises(ImageError, match=r"^p: a JPEG of 4000×4000 pixels in 300 scans"):
        read_picture(io.BytesIO(scans_of_one_colour(100)), "p")
    assert (640, 640) == read_picture(io.BytesIO(scans_of_one_colour(1)), "p").shape


@pytest.mark.parametrize("at", [BLOCK - 1, BLOCK])
def test_scans_at_the_border(at: int) -> None:
    """A scan is counted as well whose marker lies in two blocks of the file."""
    stream = io.BytesIO()
    Image.new("L", (8000, 8000)).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    scan = content[content.rindex(b"\xff\xda") : -2]
    scan += bytes(BLOCK - len(scan))
    start = content[:-2] + bytes((at - len(content[:-2])) % BLOCK)
    with pytest.raises(ImageError, match=r"^p: a JPEG of 8000×8000 pixels in 2\d scans, as prog"):
        read_picture(io.BytesIO(start + 20 * scan), "p")


@pytest.mark.parametrize(
    "start",
    [
        b"P5\n#",
        b"P5 8 8 255\n#"[:3],
        b"GIF89a\x08\0\x08\0\0\0\0",
        JPEG[:200],
        JPEG[:4],
        pytest.param(encoded("JPEG", progressive=True)[:-2], marks=pytest.mark.slow),
        png()[:33] + struct.pack(">I", 0x7FFFFFFF) + b"teSt",
        png()[:-12] + struct.pack(">I", 0x7FFFFFFF) + b"teSt",
        b"\x89PNG\r\n\x1a\n",
        b"II*\0\x08\0\0\0",
        b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 1 << 40),
        bmp(size=0x7FFFFFF0),
        bmp(colours=0x7FFFFFFF),
        pytest.param(RLE, marks=pytest.mark.slow),
        webp(),
        pytest.param(b"P2\n8 8 255\n", marks=pytest.mark.slow),
        b"",
    ],
)
def test_sparse(tmp_path: Path, start: bytes) -> None:
    """A file of 50 GB that begins like a picture is refused in one line, whatever the format."""
    path = tmp_path / "p"
    path.write_bytes(start)
    os.truncate(path, SPARSE)
    with pytest.raises(ImageError, match=r"^p: ") as caught:
        read_picture(path, "p")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("content", [JPEG, GIF, png(), tiff({}, bytes(64)), encoded("PPM")])
def test_much_behind(tmp_path: Path, content: bytes) -> None:
    """What lies behind a picture's pixels does not matter, however much it is."""
    path = tmp_path / "p"
    path.write_bytes(content)
    os.truncate(path, SPARSE)
    np.testing.assert_array_equal(read_picture(io.BytesIO(content), "p"), read_picture(path, "p"))


def test_in_a_folder_of_data(mlp: Mlp) -> None:
    """A picture of data may be as long as any, and is not read to the end to see that it is not."""
    for name in ("one", "other"):
        Path("data", name).mkdir(parents=True)
        Path("data", name, "1.png").write_bytes(png())
    os.truncate("data/other/1.png", SPARSE)
    result = mlp("evaluate", "--data", "data")
    assert 1 == result.exit_code
    message = f"data/other/1.png: a picture must have at most {MAX_BYTES} bytes, got {SPARSE}\n"
    assert result.stderr.endswith(message)


def test_short_files_need_no_bounds() -> None:
    """A short file is read as it is; of a longer one each byte and step is counted."""
    assert isinstance(bounded(io.BytesIO(bytes(BLOCK - 1)), "p"), io.BytesIO)
    assert isinstance(bounded(io.BytesIO(bytes(BLOCK)), "p"), BoundedFile)


def test_bounds() -> None:
    """As much as is allowed can be read, in whichever pieces, and not a byte more."""
    file = bounded(io.BytesIO(bytes(HEADER_BYTES + 1)), "p")
    for size in chain([BLOCK] * 100, [HEADER_BYTES - 100 * BLOCK]):
        assert size == len(file.read(size))
    with pytest.raises(
        ImageError, match=f"^p: a picture must have at most {HEADER_BYTES} bytes before"
    ):
        file.read(1)


def tiled() -> bytes:
    """Return a TIFF of a thousand tiles of 16×16 pixels."""
    count, pixels = 1024, np.arange(512 * 512) // 1024 % 256
    place = 512 + 8 * count
    places = b"".join(struct.pack("<L", place + 256 * n) for n in range(count))
    tags = {256: (3, 1, 512), 257: (3, 1, 512), 322: (3, 1, 16), 323: (3, 1, 16)}
    tags |= {324: (4, count, 512), 325: (4, count, 512 + 4 * count)}
    return tiff(tags, places + numbers(256, count) + pixels.astype(np.uint8).tobytes())


NOISE = np.random.default_rng(0).integers(0, 256, (700, 600), dtype=np.uint8)
PICTURES: dict[str, dict[str, object]] = {
    "jpeg": {"icc_profile": bytes(3_000_000), "comment": bytes(60_000)},
    "jpeg-restarts": {"restart_marker_blocks": 1},
    "jpeg-progressive": {"progressive": True},
    "png": {"compress_level": 0},
    "tiff": {"tiffinfo": {278: 1}},
    "tiff-packed": {"tiffinfo": {278: 1}, "compression": "tiff_lzw"},
    "tiff-pages": {"save_all": True, "append_images": [Image.new("L", (9, 9))] * 300},
    "gif": {"save_all": True, "append_images": [Image.fromarray(NOISE.T)] * 20},
    "bmp": {},
    "ppm": {},
    "webp": {"lossless": True},
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("pipe", [False, True])
def test_ordinary_pictures(tmp_path: Path, name: str, *, pipe: bool) -> None:
    """Long profiles, restarts, rows in strips of their own and many pages are read as ever."""
    stream = io.BytesIO()
    Image.fromarray(NOISE).save(stream, name.split("-", maxsplit=1)[0], **PICTURES[name])
    stream.seek(0)
    expected = (
        Image.open(io.BytesIO(stream.getvalue()))
        .convert("L")
        .resize((549, 640), Image.Resampling.BOX)
    )
    path = tmp_path / "p"
    path.write_bytes(stream.getvalue())
    assert len(stream.getvalue()) > BLOCK
    found = read_picture(stream if pipe else path, "p").astype(float)
    assert np.abs(found - np.asarray(expected)).mean() < (6 if "jpeg" in name else 2)


def test_small_pieces() -> None:
    """Pixels in pieces of 8 KiB, and in small tiles, are read as ever."""
    stream = io.BytesIO()
    Image.fromarray(NOISE).save(stream, "PNG")
    content = stream.getvalue()
    pixels = zlib.compress(b"".join(b"\0" + row.tobytes() for row in NOISE))
    pieces = [pixels[n : n + 8192] for n in range(0, len(pixels), 8192)]
    cut = content[:33] + b"".join(chunk(b"IDAT", piece) for piece in pieces) + chunk(b"IEND", b"")
    np.testing.assert_array_equal(
        read_picture(io.BytesIO(content), "p"), read_picture(io.BytesIO(cut), "p")
    )
    assert (512, 512) == read_picture(io.BytesIO(tiled()), "p").shape


@pytest.mark.parametrize("white", [100, 254, 1023, 65_535])
@pytest.mark.parametrize("bands", [1, 3])
def test_any_white(white: int, bands: int) -> None:
    """A PPM is read as Pillow reads it, whichever number is white."""
    levels = np.random.default_rng(0).integers(0, white + 1, (40, 30, bands))
    kind = ">u2" if white > 255 else "u1"
    start = f"P{5 if bands == 1 else 6} 30 40 {white}\n".encode()
    content = start + levels.astype(kind).tobytes()
    plain = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        picture.save(plain, "TIFF")
    plain.seek(0)
    np.testing.assert_array_equal(read_picture(plain, "p"), read_picture(io.BytesIO(content), "p"))
    with pytest.raises(ImageError, match=r"^p: cannot be read, "):
        read_picture(io.BytesIO(content[:-1]), "p")
