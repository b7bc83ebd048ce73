"""Files from strangers: no code runs, memory and time stay bounded, and one line says what is wrong."""

import io
import os
import struct
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.errors import ImageError
from mlpcli.images import prepare, read_picture
from mlpcli.images.decoding import MAX_PIXELS

SECONDS = 5.0
MOST_MEMORY = 500e6  # bytes


def peak(code: str, *arguments: str | Path) -> float:
    """Return the peak memory in bytes of a Python process of its own."""
    pytest.importorskip("resource")
    # A process counts its parent's memory as its own peak: a small one has to lie between.
    outer = "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True)\n"
    outer += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    inner = [sys.executable, "-c", code, *map(str, arguments)]
    result = subprocess.run(
        [sys.executable, "-c", outer, *inner], capture_output=True, text=True, check=True
    )
    return float(result.stdout.split()[-1]) * (1 if sys.platform == "darwin" else 1024)


READ_PICTURE = """
import pathlib, sys
from mlpcli.images import read_picture
read_picture(pathlib.Path(sys.argv[1]), "p")
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["P", "LA", "RGB", "RGBA", "I;16"])
def test_largest_pictures(tmp_path: Path, mode: str) -> None:
    """A picture of as many pixels as are allowed is read in little memory, whatever its mode."""
    size = (8000, MAX_PIXELS // 8000)
    Image.new(mode, size).save(tmp_path / "p.png", compress_level=1)
    start = time.perf_counter()
    assert peak(READ_PICTURE, tmp_path / "p.png") < MOST_MEMORY
    assert time.perf_counter() - start < 2 * SECONDS


def bmp(width: int, height: int) -> bytes:
    """Return a run-length encoded BMP that says so many pixels and holds line ends only."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", 0, 0, 0, 54 + 1024) + header + bytes(1024) + bytes(99)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"P5 3000 3000 254\n", "at most 4000000 pixels"),
        (b"P3 3000 3000 255\n", "at most 4000000 pixels"),
        (bmp(4000, 4000), "at most 8000000 pixels"),
        (b"P5 100000 1 255\n", "at most 65535 pixels on a side, got 100000×1"),
    ],
)
def test_slow_decoders(content: bytes, message: str) -> None:
    """Formats whose decoders are slow or greedy have a lower limit."""
    with pytest.raises(ImageError, match=f"^p: a picture has {message}"):
        read_picture(io.BytesIO(content), "p")


def test_many_scans() -> None:
    """A JPEG that goes over its pixels again and again is refused before it does."""
    stream = io.BytesIO()
    Image.new("L", (3000, 3000)).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(ImageError, match=r"^p: a progressive JPEG of 3000×3000 pixels in \d+ scan"):
        read_picture(io.BytesIO(content[:-2] + 200 * scan + content[-2:]), "p")


def spots(step: int, size: int) -> np.ndarray:
    """Draw squares of a size, one every so many pixels."""
    picture = np.full((640, 640), 255, dtype=np.uint8)
    for row in range(size):
        for column in range(size):
            picture[row::step, column::step] = 0
    return picture


@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(("step", "size"), [(4, 2), (6, 3), (8, 4), (32, 20)])
def test_nothing_but_spots(step: int, size: int, *, many: bool) -> None:
    """A picture of thousands of spots is read about as fast as any other."""
    picture = spots(step, size)
    prepare(picture[:64, :64])  # loads scipy
    start = time.perf_counter()
    prepared = prepare(picture, many=many)
    assert time.perf_counter() - start < SECONDS
    assert prepared.digits <= 100


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pictures_that_are_no_files(tmp_path: Path) -> None:
    """A pipe or a device that looks like a picture is not read, and nobody waits for it."""
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path(os.devnull)):
        with pytest.raises(ImageError, match=f"^{path}: cannot be read, must be a file, got a pi"):
            read_picture(path, str(path))
