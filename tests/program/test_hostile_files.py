"""Files from strangers: no code runs, memory and time stay bounded, and one line says what is wrong."""

import gzip
import io
import os
import struct
import subprocess
import sys
import time
import tracemalloc
import warnings
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets.dataset import MAX_IMAGES
from mlpcli.datasets.formats.idx import idx_header, read_idx
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.datasets.interpretation.arrays import Pair, interpret
from mlpcli.errors import CheckpointError, DataError, ImageError
from mlpcli.images import preprocess, read_picture
from mlpcli.images.limits import MAX_PIXELS
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.utils.archives import UnreadableError, read_archive

SECONDS = 10.0  # of the processor: twice what is promised, as coverage and busy machines slow it
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
import pathlib, sys, time
from mlpcli.images import read_picture
read_picture(pathlib.Path(sys.argv[1]), "p")
assert time.process_time() < 10
"""


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["P", "LA", "RGB", "RGBA", "I;16"])
def test_largest_pictures(tmp_path: Path, mode: str) -> None:
    """A picture of as many pixels as are allowed is read in little memory, whatever its mode."""
    size = (8000, MAX_PIXELS // 8000)
    Image.new(mode, size).save(tmp_path / "p.png", compress_level=1)
    assert peak(READ_PICTURE, tmp_path / "p.png") < MOST_MEMORY


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
    with pytest.raises(ImageError, match=f"^p: a picture must have {message}"):
        read_picture(io.BytesIO(content), "p")


def test_many_scans() -> None:
    """A JPEG that goes over its pixels again and again is refused before it does."""
    stream = io.BytesIO()
    Image.new("L", (3000, 3000)).save(stream, "JPEG", progressive=True)
    content = stream.getvalue()
    scan = content[content.rindex(b"\xff\xda") : -2]
    with pytest.raises(ImageError, match=r"^p: a JPEG of 3000×3000 pixels in \d+ scan"):
        read_picture(io.BytesIO(content[:-2] + 200 * scan + content[-2:]), "p")


def spots(step: int, size: int) -> np.ndarray:
    """Draw squares of a size, one every so many pixels."""
    picture = np.full((640, 640), 255, dtype=np.uint8)
    for row in range(size):
        for column in range(size):
            picture[row::step, column::step] = 0
    return picture


@pytest.mark.slow
@pytest.mark.parametrize("many", [False, True])
@pytest.mark.parametrize(("step", "size"), [(4, 2), (6, 3), (8, 4), (32, 20)])
def test_nothing_but_spots(step: int, size: int, *, many: bool) -> None:
    """A picture of thousands of spots is read about as fast as any other."""
    picture = spots(step, size)
    preprocess(picture[:64, :64])  # loads scipy
    start = time.process_time()
    prepared = preprocess(picture, many=many)
    assert time.process_time() - start < SECONDS
    assert prepared.digits <= (2000 if many else 100)


def npy(shape: tuple[int, ...], content: bytes, version: tuple[int, int] = (1, 0)) -> bytes:
    """Return a `.npy` file of bytes, whatever its header says of them."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY" + bytes(version) + struct.pack("<H", len(header)) + header + content


def zipped(*members: tuple[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file, names given twice and all."""
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def overlapping() -> bytes:
    """Return a zip file whose directory names the same bytes again and again."""
    content = zipped(*[(f"{number}.npy", npy((9,), bytes(9))) for number in range(9)])
    entry = content.index(b"PK\1\2")
    entries = content[entry : content.index(b"PK\5\6")].split(b"PK\1\2")[1:]
    offset = slice(38, 42)
    same = [e[: offset.start] + bytes(4) + e[offset.stop :] for e in entries]
    return content[:entry] + b"".join(b"PK\1\2" + e for e in same) + content[-22:]


MEGABYTE = 1 << 20
TINY = npy((1,), b"1")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(("a.npy", npy((200 * MEGABYTE,), bytes(200 * MEGABYTE)))), "must not unpack to"),
        (zipped(*[("a.npy", TINY)] * 2), "its arrays overlap"),
        (zipped(*[(f"{number}.npy", TINY) for number in range(1001)]), "at most 1000 arrays, got"),
        (zipped(("a.npy", TINY), compression=zipfile.ZIP_LZMA), "got another compression"),
        (zipped(("\x1b[31m.npy", TINY)), r"it holds '\\x1b\[31m.npy', which is not an array"),
        (zipped((f"{'a' * 999}.npy", TINY)), "it holds 'aaaaa.*, which is not an array"),
        (zipped(("a.npy", npy((1,), b"1", (2, 0)))), "must be of version 1.0 of its format"),
        (zipped(("a.npy", npy((-1, -1), b"1"))), "has an invalid size"),
        (zipped(("a.npy", npy((True,), b"1"))), "has an invalid size"),
        (zipped(("a.npy", npy((1 << 62, 1 << 62), b"1"))), "has an invalid size"),
        (zipped(("a.npy", npy((1, "x"), b"1"))), "has a broken header"),  # type: ignore[arg-type]
    ],
)
def test_archives(tmp_path: Path, content: bytes, message: str) -> None:
    """An archive that claims more than it may hold, or holds it twice, is refused unread."""
    path = tmp_path / "w.npz"
    path.write_bytes(content)
    with pytest.raises(UnreadableError, match=message) as caught:
        read_archive(path)
    assert str(caught.value).isprintable()


def test_overlapping_members(tmp_path: Path) -> None:
    """An archive whose members are the same bytes again and again is refused."""
    (tmp_path / "w.npz").write_bytes(overlapping())
    with pytest.raises(UnreadableError):
        read_archive(tmp_path / "w.npz")


def test_other_members_are_not_read(tmp_path: Path) -> None:
    """Of a data set only the four arrays are read, whatever else there is."""
    images, labels = npy((2, 2, 2), bytes(8)), npy((2,), b"\0\1")
    names = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels, "z": b"no"}
    path = tmp_path / "d.npz"
    path.write_bytes(zipped(*[(f"{name}.npy", content) for name, content in names.items()]))
    assert 2 == len(read_npz(path).train)


def test_long_text(tmp_path: Path) -> None:
    """Weights whose metadata is longer than any run's are refused before they are read."""
    np.savez(tmp_path / "w.npz", metadata=np.array("[" * (5 * MEGABYTE)))
    with pytest.raises(CheckpointError, match=r"the array metadata.npy has an invalid size"):
        load_checkpoint(tmp_path / "w.npz")


@pytest.mark.parametrize("claim", [200 * MEGABYTE, 0xFFFFFFFF])
def test_packed_idx(tmp_path: Path, claim: int) -> None:
    """A small IDX file cannot unpack to very much, nor to more than its header says."""
    path = tmp_path / "t10k-labels-idx1-ubyte.gz"
    path.write_bytes(gzip.compress(idx_header((claim,)) + bytes(9)))
    with pytest.raises(
        DataError, match=rf"^{path}: (a file of \d+ bytes must not unpack|must hold)"
    ):
        read_idx(path, 1)
    path.write_bytes(gzip.compress(idx_header((5,)) + bytes(100 * MEGABYTE), 1))
    with pytest.raises(DataError, match=f"^{path}: the file must end after its 5 values"):
        read_idx(path, 1)


def test_very_many_images() -> None:
    """More images than anybody has are refused, before anything is made for each of them."""
    labels = np.broadcast_to(np.zeros(1, np.uint8), (MAX_IMAGES + 1,))
    with pytest.raises(DataError, match=r"^f: must have at most 10000000 images, got 10000001"):
        interpret({"train": Pair(labels.reshape(-1, 1, 1), labels)}, "f")


def laughs(levels: int) -> bytes:
    """Return the instructions for a tuple of two of what is a tuple of two, and so on."""
    return b"\x80\x02)q\x00" + b"h\x00h\x00\x86q\x00" * levels


def called(name: bytes, argument: bytes) -> bytes:
    """Return the instructions that call a stand-in with one argument."""
    return b"\x80\x02c" + name + b"\n" + argument + b"\x85R."


PICKLES = {
    "a memo of two billion": b"\x80\x02Nr\xff\xff\xff\x7f.",
    "a text that is not there": b"\x80\x04\x8d" + (1 << 60).to_bytes(8, "little") + b"x.",
    "bytes that are not there": b"\x80\x04\x8e" + (1 << 40).to_bytes(8, "little") + b"x.",
    "an array of bytes that is not there": b"\x80\x05\x96"
    + (1 << 36).to_bytes(8, "little")
    + b"x.",
    "a frame that is not there": b"\x80\x04\x95" + (1 << 40).to_bytes(8, "little") + b"N.",
    "two to the sixtieth tuples": laughs(60) + b".",
    "the hash of these": b"\x80\x02}" + laughs(60)[2:] + b"Ns.",
    "the text of these": laughs(60) + b"0c_codecs\nencode\nh\x00\x85R.",
    "a shape of these": laughs(60)[:-1] + b"0cnumpy.core.numeric\n_frombuffer\n(NNh\x00NtR.",
    "very many steps": b"\x80\x02" + b"N0" * MEGABYTE + b".",
    "a million lists": b"\x80\x02" + b"(l" * MEGABYTE + b".",
    "a number of a million digits": b"I" + b"9" * MEGABYTE + b"\n.",
    "a name of a megabyte": b"c" + b"a" * MEGABYTE + b"\nb\n.",
    "a name with control characters": b"c\x1b[31m\nb\n.",
    "a type that is no text": called(b"numpy\ndtype", b"N"),
    "a type of objects": called(b"numpy\ndtype", b"U\x01O"),
    "someone else's extension": b"\x82\x01.",
    "a persistent thing": b"Pthing\n.",
    "an object of a class": b"cnumpy\nndarray\n)\x81.",
}


@pytest.mark.parametrize("content", PICKLES.values(), ids=PICKLES)
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "packed"])
def test_pickles(tmp_path: Path, content: bytes, *, packed: bool) -> None:
    """Whatever a pickle asks for, it is answered at once, by one line and next to no memory."""
    path = tmp_path / "m.pkl"
    path.write_bytes(gzip.compress(content) if packed else content)
    start = time.process_time()
    tracemalloc.start()
    with pytest.raises(DataError, match=f"^{path}: ") as caught:
        read_pickle(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert time.process_time() - start < SECONDS
    assert peak < 50e6
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_a_pickle_that_unpacks_to_very_much(tmp_path: Path) -> None:
    """A small file that unpacks to a great deal is refused when it has unpacked to much."""
    path = tmp_path / "m.pkl.gz"
    path.write_bytes(gzip.compress(bytes(130 * MEGABYTE), 1))
    with pytest.raises(DataError, match=f"^{path}: must not unpack to more than 134217728 bytes"):
        read_pickle(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_pictures_that_are_no_files(tmp_path: Path) -> None:
    """A pipe or a device that looks like a picture is not read, and nobody waits for it."""
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", Path(os.devnull)):
        with pytest.raises(ImageError, match=f"^{path}: cannot be read, must be a file, got a "):
            read_picture(path, str(path))


@pytest.mark.parametrize("kind", ["<U1", ">U1", "<U0"])
def test_text_that_is_none(tmp_path: Path, kind: str) -> None:
    """Text of code points that do not exist, or of no width, is refused before it is a text."""
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': (), }}\n".encode()
    content = b"\xff" * 4 if kind.endswith("1") else b""
    member = b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + content
    (tmp_path / "w.npz").write_bytes(zipped(("metadata.npy", member)))
    with pytest.raises(CheckpointError, match=f"^{tmp_path}/w.npz: "):
        load_checkpoint(tmp_path / "w.npz")
