"""Pickles of images, and pickles of anything else."""

import gzip
import os
import pickle
import struct
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset, open_dataset
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.errors import DataError
from tests.support.formats import same_images, write_pickle
from tests.support.pickles import Hostile

ROOT = Path("unused")


@pytest.mark.parametrize("levels", [255, 256])
@pytest.mark.parametrize("protocol", range(6))
def test_pickle(tmp_path: Path, glyphs: Dataset, protocol: int, levels: int) -> None:
    """The notebook's pickle gives exactly the grey levels it was made from."""
    path = write_pickle(tmp_path / "m.pkl.gz", glyphs, protocol=protocol, levels=levels)
    assert same_images(glyphs, open_dataset(path, root=ROOT, validation=100))


def python2_pickle(arrays: list[tuple[np.ndarray, np.ndarray]]) -> bytes:
    """Return the pickle that Python 2 wrote: protocol 2, byte strings, numpy.core names."""

    def text(value: str | bytes) -> bytes:
        raw = value.encode() if isinstance(value, str) else value
        return b"T" + struct.pack("<I", len(raw)) + raw

    def integer(value: int) -> bytes:
        return b"J" + struct.pack("<i", value)

    def dtype(array: np.ndarray) -> bytes:
        code = array.dtype.str[1:]
        state = b"(" + integer(3) + text("<") + b"NNN" + integer(-1) * 2 + integer(0) + b"t"
        arguments = text(code) + integer(0) + integer(1) + b"\x87"
        return b"cnumpy\ndtype\n" + arguments + b"R" + state + b"b"

    def pickled(array: np.ndarray) -> bytes:
        empty = b"cnumpy\nndarray\n" + integer(0) + b"\x85" + text("b") + b"\x87"
        shape = b"(" + b"".join(map(integer, array.shape)) + b"t"
        state = b"(" + integer(1) + shape + dtype(array) + b"\x89" + text(array.tobytes()) + b"t"
        return b"cnumpy.core.multiarray\n_reconstruct\n" + empty + b"R" + state + b"b"

    pairs = b"".join(pickled(images) + pickled(labels) + b"\x86" for images, labels in arrays)
    return b"\x80\x02(" + pairs + b"t."


def test_python2_pickle(tmp_path: Path, glyphs: Dataset) -> None:
    """A pickle as Python 2 wrote it is read."""
    pairs = [
        ((split.images.reshape(len(split), -1) / 256).astype("<f4"), split.labels.astype("<i8"))
        for split in (glyphs.train, glyphs.validation, glyphs.test)
    ]
    path = tmp_path / "m.pkl.gz"
    path.write_bytes(gzip.compress(python2_pickle(pairs)))
    assert same_images(glyphs, open_dataset(path, root=ROOT, validation=100))


@pytest.mark.parametrize("protocol", range(6))
def test_hostile_pickle(tmp_path: Path, protocol: int) -> None:
    """A pickle that would run a command is refused, and the command does not run."""
    path, trace = tmp_path / "m.pkl.gz", tmp_path / "trace"
    content = pickle.dumps(Hostile(os.system, f"touch {trace}"), protocol=protocol)
    path.write_bytes(gzip.compress(content))
    with pytest.raises(DataError, match=f"^{path}: a pickle may hold only NumPy arrays.*system"):
        open_dataset(path, root=ROOT, validation=0)
    assert not trace.exists()


@pytest.mark.parametrize(
    "value", [Hostile(eval, "1"), Hostile(getattr, "", "join"), [(Hostile(eval, "1"), 1)]]
)
def test_pickle_of_other_things(tmp_path: Path, value: object) -> None:
    """Builtins and attributes are refused as well, wherever they stand."""
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(value))
    with pytest.raises(DataError, match="got builtins"):
        read_pickle(path)


WANTED = "must hold the pairs (train, validation, test) of images and labels as NumPy arrays"
HINT = "save the arrays with numpy.savez, as x_train, y_train, x_test and y_test"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello", "not a readable pickle"),
        (b"", "not a readable pickle"),
        (gzip.compress(pickle.dumps((1, 2)), mtime=0)[:-9], "not a readable pickle"),
    ],
)
def test_bad_pickle(tmp_path: Path, content: bytes, message: str) -> None:
    """A file that is not a pickle of images gives one line."""
    path = tmp_path / "m.pkl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{path}: {message}") as caught:
        read_pickle(path)
    assert "\n" not in str(caught.value)


OTHER_THINGS: dict[str, tuple[object, str]] = {
    "dictionary": ({"x_train": np.zeros((2, 3)), "y_train": [1, 2]}, "a dictionary"),
    "dictionaries": ([{"image": 1}], "a dictionary"),
    "float": (1.5, "a single number"),
    "int": (1, "a single number"),
    "text": ("hello", "text"),
    "bytes": (b"hello", "bytes"),
    "none": (None, "nothing"),
    "array": (np.zeros((3, 28, 28)), "an array"),
    "empty": ([], "a list of 0"),
    "four": ((1, 2, 3, 4), "a tuple of 4"),
    "one pair": ((np.zeros((2, 3)), np.zeros(2)), "an array as one of the pairs"),
    "numbers": ([1, 2, 3], "a single number as one of the pairs"),
    "torch": (0x1950A86A20F9469CFC6C, "what torch.save writes"),
}


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("name", OTHER_THINGS)
def test_pickle_of_something_else(tmp_path: Path, name: str, protocol: int) -> None:
    """A pickle of anything but pairs is refused with what it holds and what to do."""
    value, got = OTHER_THINGS[name]
    path = tmp_path / "m.pkl"
    path.write_bytes(pickle.dumps(value, protocol=protocol))
    with pytest.raises(DataError) as caught:
        read_pickle(path)
    assert f"{path}: {WANTED}, got {got}; {HINT}" == str(caught.value)


@pytest.mark.parametrize(
    "name", ["pandas.core.frame.DataFrame", "torch._utils._rebuild_tensor_v2", "datetime.date"]
)
def test_pickle_of_a_library(tmp_path: Path, name: str) -> None:
    """Objects of other libraries in a pickle are named, with what to do."""
    module, _, kind = name.rpartition(".")
    path = tmp_path / "m.pkl"
    path.write_bytes(f"c{module}\n{kind}\n.".encode())
    with pytest.raises(DataError, match=f"^{path}: .*, got {name}; {HINT}$"):
        read_pickle(path)


def test_zip_file_for_a_pickle(tmp_path: Path) -> None:
    """A zip file, as torch.save writes, is recognised as one."""
    path = tmp_path / "m.pkl"
    with path.open("wb") as file:
        np.savez(file, np.zeros(3))
    with pytest.raises(DataError, match=f"^{path}: .*, got a zip file, as torch.save writes, or"):
        read_pickle(path)


def crafted(kind: bytes, state: bytes, data: bytes) -> bytes:
    """Return a pickle of one array whose type and bytes are chosen by an attacker."""
    head = b"\x80\x03cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85C\1b\x87R"
    dtype = b"cnumpy\ndtype\n" + kind + b"R" + state + b"b"
    body = b"(K\1K\1\x85" + dtype + b"\x89C" + bytes([len(data)]) + data + b"tb"
    return head + body + b"."


@pytest.mark.parametrize(
    "content",
    [
        # an object array whose type denies having objects: each element a pointer of our choice
        crafted(
            b"X\2\0\0\0O8K\0K\1\x87",
            b"(K\3X\1\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0t",
            b"\x41" * 8,
        ),
        # the same as a field of a structure
        crafted(b"X\2\0\0\0V8K\0K\1\x87", b"(K\3X\1\0\0\0|NNNK\x08K\1K\0t", b"\x41" * 8),
        # fewer bytes than the shape needs
        crafted(b"X\2\0\0\0f8K\0K\1\x87", b"(K\3X\1\0\0\0<NNNJ\xff\xff\xff\xffK\0K\0t", b"1234"),
    ],
)
def test_crafted_arrays(tmp_path: Path, content: bytes) -> None:
    """Arrays with a false type or size are refused before NumPy sees them."""
    path = tmp_path / "m.pkl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"not a readable pickle, (arrays must|an array needs)"):
        read_pickle(path)


@pytest.mark.slow
def test_real_mnist_in_every_format(mnist: Dataset, tmp_path: Path) -> None:
    """MNIST out of the notebook's pickle is MNIST to the last grey level."""
    path = write_pickle(tmp_path / "mnist.pkl.gz", mnist, protocol=4)
    assert mnist.fingerprint == open_dataset(path, root=ROOT, validation=10000).fingerprint
