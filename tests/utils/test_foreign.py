"""What files are that are neither pictures nor data sets, by their first bytes."""

import gzip
import io
import json
import pickle
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
import scipy.io
from PIL import Image

from mlpcli.config import shipped_configs
from mlpcli.datasets import Dataset, open_dataset
from mlpcli.errors import DataError, ImageError
from mlpcli.images import read_picture
from mlpcli.inference.bundled import BUNDLED
from mlpcli.utils.foreign import START, kind_of_start, unpacked_start
from tests.support.formats import write_folder
from tests.support.glyphs import draw_digit


def written(write: Callable[[io.BytesIO], Any]) -> bytes:
    """Return what a function writes into a file."""
    stream = io.BytesIO()
    write(stream)
    return stream.getvalue()


def zipped(*names: str) -> bytes:
    """Return a zip archive with members of these names."""

    def write(stream: io.BytesIO) -> None:
        with zipfile.ZipFile(stream, "w") as archive:
            for name in names:
                archive.writestr(name, b"content")

    return written(write)


def tarred() -> bytes:
    """Return a tar archive with one picture."""

    def write(stream: io.BytesIO) -> None:
        with tarfile.open(fileobj=stream, mode="w") as archive:
            archive.addfile(tarfile.TarInfo("cat/1.jpg"))

    return written(write)


def box(brand: bytes) -> bytes:
    """Return the start of a file of the family of MP4."""
    return b"\0\0\0\x18ftyp" + brand + b"\0\0\0\0" + bytes(40)


ARRAY = np.zeros((3, 28, 28), dtype=np.uint8)
PICTURES = {kind: written(lambda s, k=kind: draw_digit(3).save(s, k)) for kind in ("PNG", "TIFF")}  # type: ignore[misc]
FOREIGN = {
    "a HEIC photo": box(b"heic"),
    "an AVIF picture": box(b"avif"),
    "a raw photo of a camera": b"II*\0\x10\0\0\0CR\2\0" + bytes(40),
    "a JPEG XL picture": b"\xff\x0a" + bytes(40),
    "a JPEG 2000 picture": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(40),
    "an icon": written(lambda s: Image.new("L", (16, 16)).save(s, "ICO")),
    "a Photoshop document": b"8BPS\0\1" + bytes(40),
    "a GIMP document": b"gimp xcf v011\0" + bytes(40),
    "a PDF": written(lambda s: draw_digit(3).save(s, "PDF")),
    "a PostScript file": b"%!PS-Adobe-3.0 EPSF-3.0\n",
    "an SVG drawing": b'<?xml version="1.0"?>\n<!-- by hand -->\n<svg width="9">',
    "a web page": b"\n<!DOCTYPE html>\n<html><head><title>Please log in</title>",
    "a video": box(b"isom"),
    "a document of an office program": zipped("[Content_Types].xml", "word/document.xml"),
    "a file of PyTorch's torch.save": zipped("model/data.pkl", "model/byteorder"),
    "a zip archive": zipped("cat/1.jpg", "dog/1.jpg"),
    "a tar archive": tarred(),
    "an archive": b"7z\xbc\xaf\x27\x1c" + bytes(40),
    "a compressed file": b"\xfd7zXZ\0" + bytes(40),
    "a MATLAB file": written(lambda s: scipy.io.savemat(s, {"X": ARRAY})),
    "a MATLAB 7.3 file": b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(512) + b"\x89HDF",
    "an HDF5 file": b"\x89HDF\r\n\x1a\n" + bytes(40),
    "a safetensors file": safetensors.numpy.save({"x": ARRAY}),
    "one NumPy array": written(lambda s: np.save(s, ARRAY)),
    "JSON": json.dumps({"images": [[0, 1]]}).encode(),
    "a YAML file": shipped_configs()["mnist"].read_bytes(),
    "the weights of a network": BUNDLED.read_bytes(),
    "a pointer of Git LFS, not the file itself": b"version https://git-lfs.example/spec/v1\n",
    "text": "Größe und Gewicht\n".encode() * 100,
    "an empty file": b"",
}


@pytest.mark.parametrize("name", FOREIGN)
def test_as_data(tmp_path: Path, name: str) -> None:
    """Given as a data set, whatever its name, a file is called what it is, and what to do follows."""
    for ending in (".npz", ".bin"):
        path = tmp_path / f"data{ending}"
        path.write_bytes(FOREIGN[name])
        with pytest.raises(DataError) as caught:
            open_dataset(path)
        said, _, step = str(caught.value).partition("; ")
        assert f"{path}: must be a data set, got {name}" == said
        assert step
        assert "\n" not in step


@pytest.mark.parametrize("name", FOREIGN)
def test_as_picture(tmp_path: Path, name: str) -> None:
    """Given as a picture, it is called the same, and what to do follows."""
    path = tmp_path / "picture.jpg"
    path.write_bytes(FOREIGN[name])
    with pytest.raises(ImageError) as caught:
        read_picture(path, "picture.jpg")
    said, _, step = str(caught.value).partition("; ")
    assert f"picture.jpg: not a picture that can be read, got {name}" == said
    assert step


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("a HEIC photo", "damaged, cut short or of an unusual kind; copy it again, or save it as"),
        ("a PDF", "turn its pages into pictures: pdftoppm -r 150 -png FILE page"),
        ("a web page", "it may be a login or error page; download the file itself again"),
        ("the weights of a network", "give them with --weights"),
    ],
)
def test_steps_for_pictures(name: str, step: str) -> None:
    """What to do with a file that was given as a picture depends on what it is."""
    kind = kind_of_start(FOREIGN[name][:START])
    assert kind
    assert kind.as_picture.startswith(step)


@pytest.mark.parametrize(
    ("name", "step"),
    [
        ("a MATLAB file", 'in Python: m = scipy.io.loadmat(FILE), then numpy.savez("mine.npz", x='),
        ("a zip archive", "unpack it, and give the folder or file that was in it"),
        ("a YAML file", "give a configuration with --config"),
        ("a PDF", "turn its pages into pictures: pdftoppm -r 150 -png FILE page, then put pic"),
    ],
)
def test_steps_for_data(name: str, step: str) -> None:
    """What to do with a file that was given as a data set depends on what it is."""
    kind = kind_of_start(FOREIGN[name][:START])
    assert kind
    assert kind.as_data.startswith(step)


def test_matlab_step(tmp_path: Path, glyphs: Dataset) -> None:
    """What the message says about a MATLAB file makes a data set of it."""
    images, labels = glyphs.train.images, glyphs.train.labels
    scipy.io.savemat(tmp_path / "data.mat", {"X": images, "y": labels})
    m = scipy.io.loadmat(tmp_path / "data.mat")
    np.savez(tmp_path / "mine.npz", x=m["X"], y=m["y"].T)
    dataset = open_dataset(tmp_path / "mine.npz")
    assert len(images) == len(dataset.train) + len(dataset.test)


@pytest.mark.parametrize("content", [*PICTURES.values()], ids=[*PICTURES])
def test_picture_as_data(tmp_path: Path, content: bytes) -> None:
    """A single picture is no data set; folders are wanted, and mlp predict reads one."""
    path = tmp_path / "data.npz"
    path.write_bytes(content)
    message = r"must be a data set, got a (PNG|TIFF); put pictures into a folder for each class, .*"
    with pytest.raises(DataError, match=f"^{path}: {message}; to read this one: mlp predict FILE$"):
        open_dataset(path)


def test_damaged_picture() -> None:
    """A picture of a known format that cannot be opened is called damaged."""
    message = "^p: not a picture that can be read, got a PNG; damaged or cut short; copy or save it"
    with pytest.raises(ImageError, match=message):
        read_picture(io.BytesIO(PICTURES["PNG"][:8]), "p")


@pytest.mark.parametrize("tags", [{50706: b"\1\4\0\0"}, {254: 1, 330: 8}], ids=["DNG", "NEF"])
def test_raw_photo(tags: dict[int, object]) -> None:
    """Of a raw photo that is a TIFF with a small copy at its beginning, that copy is not read."""
    content = written(lambda s: draw_digit(3).save(s, "TIFF", tiffinfo=tags))
    message = "^p: not a picture that can be read, got a raw photo of a camera; save it as JPEG or"
    with pytest.raises(ImageError, match=message):
        read_picture(io.BytesIO(content), "p")


@pytest.mark.parametrize("name", ["a tar archive", "a MATLAB file", "a web page", "an empty file"])
def test_compressed(tmp_path: Path, name: str) -> None:
    """What gzip has compressed is called what it is inside."""
    path = tmp_path / "data.gz"
    path.write_bytes(gzip.compress(FOREIGN[name]))
    with pytest.raises(DataError, match=f"^{path}: must be a data set, got {name}; "):
        open_dataset(path)


def test_compressed_npz(tmp_path: Path, glyph_file: Path) -> None:
    """An .npz that was compressed once more is to be unpacked."""
    path = tmp_path / "data.npz.gz"
    path.write_bytes(gzip.compress(glyph_file.read_bytes()))
    with pytest.raises(DataError, match=r"got an \.npz; unpack what gzip has compressed$"):
        open_dataset(path)


@pytest.mark.parametrize("protocol", [0, 2, 4, 5])
@pytest.mark.parametrize("name", ["data_batch_1", "data.pkl"])
def test_pickled_dictionary(tmp_path: Path, name: str, protocol: int) -> None:
    """A dictionary in a pickle, as CIFAR-10's files have one, is called that, with what to do."""
    path = tmp_path / name
    path.write_bytes(pickle.dumps({"data": ARRAY, "labels": [0] * 3}, protocol=protocol))
    hint = "save the arrays with numpy.savez, as x_train, y_train, x_test and y_test"
    with pytest.raises(DataError, match=f"^{path}: .*, got a dictionary; {hint}$"):
        open_dataset(path)


@pytest.mark.parametrize("compress", [False, True])
def test_lone_idx_file(tmp_path: Path, glyphs: Dataset, *, compress: bool) -> None:
    """A lone file of four says whether it holds images or labels, and which others are wanted."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=compress)
    end = ".gz" * compress
    for name, content in (
        ("train-images-idx3-ubyte", "images"),
        ("t10k-labels-idx1-ubyte", "labels"),
    ):
        path = tmp_path / f"only-{content}" / (name + end)
        path.parent.mkdir()
        path.write_bytes((folder / (name + end)).read_bytes())
        with pytest.raises(DataError) as caught:
            open_dataset(path)
        said, put, names = str(caught.value).partition("; put ")
        assert said.endswith(f"got one of them, with {content}")
        assert put
        assert 3 == names.count("ubyte")
        assert name not in names
        assert names.endswith(f" beside it, and give {path.parent}")


@pytest.mark.parametrize("start", [b" ", b" #\n", b"<!---->", b"<?xml>", b"a/", b"PK\3\4", b"["])
def test_time(start: bytes) -> None:
    """No start of a file takes long to recognise."""
    began = time.process_time()
    kind_of_start((start * START)[:START])
    assert time.process_time() - began < 0.2


def test_start_of_a_bomb() -> None:
    """Of what gzip has compressed no more is unpacked than is looked at."""
    file = io.BytesIO(gzip.compress(bytes(50_000_000)))
    assert bytes(START) == unpacked_start(file)
    assert 0 == file.tell()
