"""What is no picture, is damaged or far too large: one clear line, and no harm done."""

import io
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from tests.support.glyphs import draw_digit


@pytest.mark.parametrize("content", [b"", b"hello, I am text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8"])
def test_not_a_picture(tmp_path: Path, content: bytes) -> None:
    """What is no picture gives one line."""
    path = tmp_path / "p.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=f"^{path}: ") as caught:
        read_picture(path, str(path))
    assert "\n" not in str(caught.value)


def test_broken_picture(tmp_path: Path) -> None:
    """A cut picture, a missing file and a folder give one line."""
    stream = io.BytesIO()
    draw_digit(1, size=200).save(stream, "PNG")
    (tmp_path / "cut.png").write_bytes(stream.getvalue()[:200])
    (tmp_path / "folder.png").mkdir()
    for name in ("cut.png", "absent.png"):
        with pytest.raises(ImageError, match=f"{name}: cannot be read, "):
            read_picture(tmp_path / name, name)
    with pytest.raises(ImageError, match=r"folder\.png: no pictures in this folder"):
        read_picture(tmp_path / "folder.png", "folder.png")


def test_formats_that_start_programs() -> None:
    """PostScript, which Pillow would hand to another program, is no picture here."""
    with pytest.raises(ImageError, match="not a picture that can be read"):
        read_picture(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "p.eps")


@pytest.mark.parametrize("size", ["100000 100000", "9000 9000"])
def test_too_large(size: str) -> None:
    """A picture whose header claims too many pixels is refused before it is decoded."""
    with pytest.raises(
        ImageError, match=r"^large\.pgm: a picture must have at most 72000000 pixels"
    ):
        read_picture(io.BytesIO(f"P5 {size} 255\n".encode()), "large.pgm")


def write_bomb(path: Path, side: int) -> None:
    """Write a whole black PNG of one bit, without ever holding its pixels."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        sum_ = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", sum_)

    packer, row = zlib.compressobj(1), bytes(1 + side // 8)
    packed = b"".join([packer.compress(row) for _ in range(side)] + [packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))


def test_bomb(tmp_path: Path) -> None:
    """A small file that unpacks to 400 million pixels is refused at once."""
    write_bomb(tmp_path / "bomb.png", 20_000)
    assert (tmp_path / "bomb.png").stat().st_size < 1_000_000
    start = time.process_time()
    with pytest.raises(
        ImageError, match=r"^b: a picture must have at most 72000000 pixels, got more$"
    ):
        read_picture(tmp_path / "bomb.png", "b")
    assert time.process_time() - start < 1


def test_bomb_needs_no_memory(tmp_path: Path) -> None:
    """Refusing it takes no more memory than the program itself."""
    pytest.importorskip("resource")
    write_bomb(tmp_path / "bomb.png", 20_000)
    inner = "import pathlib, sys; from mlpcli.images import read_picture\n"
    inner += "read_picture(pathlib.Path(sys.argv[1]), 'b')"
    # A process counts its parent's memory as its own peak: a small one has to lie between.
    outer = "import resource, subprocess, sys; c = subprocess.run(sys.argv[1:]).returncode\n"
    outer += "print(c, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    command = [sys.executable, "-c", outer, sys.executable, "-c", inner, str(tmp_path / "bomb.png")]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    code, peak = map(int, result.stdout.split())
    assert 1 == code
    assert "mlpcli.errors.ImageError: b: a picture must have at most" in result.stderr
    assert peak * (1 if sys.platform == "darwin" else 1024) < 200e6
