"""Readers of every format, and the function that opens any of them."""

import gzip
import io
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlpcli.datasets import SOURCES, Dataset, find, open_dataset
from mlpcli.datasets.catalogue import FILES, read_folder
from mlpcli.datasets.formats.idx import content_sha256, read_idx
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.errors import DataError
from mlpcli.images.normalization import normalize_digit
from mlpcli.utils.archives import read_values
from tests.support.formats import idx_bytes, write_folder, write_pickle
from tests.support.glyphs import draw_digit

ROOT = Path("unused")


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=3, max_dims=3, max_side=6)), st.booleans())
def test_idx_round_trip(
    tmp_path_factory: pytest.TempPathFactory,
    array: np.ndarray,
    compress: bool,
) -> None:
    """An array written as IDX reads back, plain and compressed."""
    path = tmp_path_factory.mktemp("idx") / "images"
    content = idx_bytes(array)
    path.write_bytes(gzip.compress(content) if compress else content)
    np.testing.assert_array_equal(array, read_idx(path, 3))


@pytest.mark.parametrize("in_memory", [0, 1 << 26])
@pytest.mark.parametrize("size", [0, 1, 99, 100, 101])
def test_read_values(monkeypatch: pytest.MonkeyPatch, size: int, in_memory: int) -> None:
    """Bytes come back as they were, as far as there are any, in memory or mapped from a file."""
    monkeypatch.setattr("mlpcli.utils.archives.IN_MEMORY", in_memory)
    monkeypatch.setattr("mlpcli.utils.archives._CHUNK", 7)
    values = read_values(io.BytesIO(bytes(range(100))), size)
    assert bytes(range(min(size, 100))) == values.tobytes()


@pytest.mark.parametrize("compress", [False, True])
def test_large_files(
    tmp_path: Path,
    glyphs: Dataset,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    compress: bool,
) -> None:
    """Images that are too many for memory are mapped from a file, whatever the format."""
    monkeypatch.setattr("mlpcli.utils.archives.IN_MEMORY", 1000)
    monkeypatch.setenv("MLP_CACHE", str(glyph_file))  # no copy is made
    for source in (write_folder(tmp_path / "idx", glyphs, compress=compress), glyph_file):
        dataset = open_dataset(source, root=ROOT, validation=100)
        assert glyphs.fingerprint == dataset.fingerprint
        assert is_mapped(dataset.test.images)


def is_mapped(array: np.ndarray) -> bool:
    """Whether an array's values lie in a file."""
    while not isinstance(array, np.memmap) and isinstance(array.base, np.ndarray):
        array = array.base
    return isinstance(array, np.memmap)


GOOD = idx_bytes(np.arange(24, dtype=np.uint8).reshape(2, 3, 4))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"hello world", "an IDX file begins with two zero bytes, got b'hell'"),
        (b"\0\0\x0d\x03" + GOOD[4:], r"must be unsigned bytes \(type 0x08\), got 0x0d"),
        (b"\0\0\x08\x01" + GOOD[4:], "must have 3 dimensions, got 1"),
        (GOOD[:10], "cut short within its header"),
        (GOOD[:-1], "cut short, got 23 of 24 values"),
        (GOOD + b"x", "must end after its 24 values, got more"),
        (
            struct.pack(">HBB3I", 0, 8, 3, 2**31, 2**31, 4),
            "must hold 1 to 2147483648 values, got a header for 1844",
        ),
        (
            struct.pack(">HBB3I", 0, 8, 3, 0, 28, 28),
            "must hold 1 to 2147483648 values, got a header for 0",
        ),
        (gzip.compress(GOOD, mtime=0)[:-12], "the gzip file is cut short"),
        (gzip.compress(GOOD, mtime=0)[:-8] + b"\0" * 8, "the gzip file is damaged"),
        (b"\x1f\x8b\x09" + b"x" * 40, "the gzip file is damaged"),
    ],
)
def test_bad_idx(tmp_path: Path, content: bytes, message: str) -> None:
    """A broken IDX file gives one line with its name and what was found."""
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(DataError, match=f"^{path}: .*{message}") as caught:
        read_idx(path, 3)
    assert "\n" not in str(caught.value)


def same_images(one: Dataset, other: Dataset) -> bool:
    """Tell whether two data sets hold the same images and labels in the same splits."""
    return all(
        np.array_equal(getattr(one, split).images, getattr(other, split).images)
        and np.array_equal(getattr(one, split).labels, getattr(other, split).labels)
        for split in ("train", "validation", "test")
    )


@pytest.mark.parametrize("compress", [False, True])
def test_idx_folder(tmp_path: Path, glyphs: Dataset, *, compress: bool) -> None:
    """A folder with four IDX files is a data set, whose last images are for validation."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=compress)
    dataset = open_dataset(folder, root=ROOT, validation=100)
    assert same_images(glyphs, dataset)
    assert (500, 100, 100) == (len(dataset.train), len(dataset.validation), len(dataset.test))


def test_dotted_names(tmp_path: Path, glyphs: Dataset) -> None:
    """Files named train-images.idx3-ubyte, as some copies are, are found too."""
    folder = write_folder(tmp_path / "idx", glyphs)
    for path in folder.iterdir():
        path.rename(folder / path.name.replace("-idx", ".idx"))
    assert len(read_folder(folder).train) == 600


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


class Hostile:
    """Runs a command when it is unpickled by anyone careless."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self.call, self.arguments = call, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call, self.arguments


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
    """What is no pickle of images gives one line."""
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
    """What a pickle holds instead of pairs is said in plain words, and what to do."""
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
    """What other libraries keep in pickles is named, and what to do."""
    module, _, kind = name.rpartition(".")
    path = tmp_path / "m.pkl"
    path.write_bytes(f"c{module}\n{kind}\n.".encode())
    with pytest.raises(DataError, match=f"^{path}: .*, got {name}; {HINT}$"):
        read_pickle(path)


def test_zip_file_for_a_pickle(tmp_path: Path) -> None:
    """A zip file, as torch.save writes, is called one."""
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
    """Arrays that lie about their type or size are refused, and NumPy never sees them."""
    path = tmp_path / "m.pkl"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"not a readable pickle, (arrays must|an array needs)"):
        read_pickle(path)


def test_npz_with_other_members(tmp_path: Path) -> None:
    """An archive that holds text, or an array of another size than it says, is refused."""
    for name, data in (("x_train.txt", b"hello"), ("x_train.npy", b"\x93NUMPY\1\0\4\0{'a'")):
        with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
            archive.writestr(name, data)
        with pytest.raises(DataError, match=r"not a readable npz file, .*x_train"):
            read_npz(tmp_path / "m.npz")


def test_npz_that_claims_much(tmp_path: Path) -> None:
    """A header that claims terabytes is refused before anything is allocated."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (1 << 40, 28, 28)}
    )
    with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
        for name in ("x_train", "y_train", "x_test", "y_test"):
            archive.writestr(f"{name}.npy", header.getvalue())
    with pytest.raises(DataError, match="has an invalid size"):
        read_npz(tmp_path / "m.npz")


def test_npz_lacks_an_array(tmp_path: Path) -> None:
    """The missing array is named beside those that are there."""
    path = tmp_path / "m.npz"
    np.savez(path, x_train=np.zeros(3), y_train=np.zeros(3))
    with pytest.raises(DataError, match="needs the array x_test, got x_train, y_train"):
        read_npz(path)


@pytest.mark.parametrize("cut", [4, 100, -30])
def test_broken_npz(tmp_path: Path, glyph_file: Path, cut: int) -> None:
    """A cut npz gives one line."""
    path = tmp_path / "m.npz"
    path.write_bytes(glyph_file.read_bytes()[:cut])
    with pytest.raises(DataError, match=f"^{path}: not a readable npz") as caught:
        open_dataset(path, root=ROOT, validation=0)
    assert "\n" not in str(caught.value)


def test_npz_of_objects(tmp_path: Path) -> None:
    """Object arrays, which are pickles, are not read."""
    path = tmp_path / "m.npz"
    objects = np.array([Hostile(eval, "1")], dtype=object)
    np.savez(path, x_train=objects, y_train=objects, x_test=objects, y_test=objects)
    with pytest.raises(DataError, match="not a readable npz"):
        read_npz(path)


IMAGES, LABELS = np.zeros((3, 4, 4), dtype=np.uint8), np.arange(3)


@pytest.mark.parametrize(
    ("images", "labels", "message"),
    [
        (IMAGES, LABELS[:2], "needs one label for each image, got 3 images and 2 labels"),
        (IMAGES[:0], LABELS[:0], "needs at least one train and one test image"),
        (IMAGES, LABELS - 1, r"labels must be in \[0, 65535\], got -1 to 1"),
        (IMAGES, LABELS + 0.5, r"labels must be one integer per image, got float64 \[3\]"),
        (IMAGES[:, 0, :3], LABELS, r"images must be \(count, height, width\)"),
        (IMAGES + 0.3, LABELS, r"must be grey levels, .* got other values in float64 \[3, 4, 4\]"),
        (IMAGES * np.nan, LABELS, "must be grey levels"),
        (IMAGES - 1.0, LABELS, "must be grey levels"),
        (np.full((3, 4, 4), np.inf), LABELS, "must be grey levels"),
        (IMAGES.astype(int) + 300, LABELS, r"must be grey levels, .* got other values in int64"),
        (IMAGES[0, 0, 0], LABELS, r"images must be \(count, height, width\)"),
        (IMAGES.reshape(3, 16)[:, :0], LABELS, r"images must be \(count, height, width\)"),
        (IMAGES.astype("U1"), LABELS, "images must be grey levels"),
    ],
)
def test_unfit_arrays(tmp_path: Path, images: np.ndarray, labels: np.ndarray, message: str) -> None:
    """Arrays that are not images and labels are refused with what was found."""
    path = tmp_path / "m.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(DataError, match=message):
        read_npz(path)


def test_validation_of_zero(glyph_file: Path) -> None:
    """Without validation images all are for training."""
    dataset = open_dataset(glyph_file, root=ROOT, validation=0)
    assert (600, 0) == (len(dataset.train), len(dataset.validation))


def test_too_much_validation(glyph_file: Path) -> None:
    """Something must be left to train on."""
    with pytest.raises(DataError, match="must leave images to train on, got 600 of 600"):
        open_dataset(glyph_file, root=ROOT, validation=600)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("absent.npz", "No such file.*known by name: mnist"),
        ("folder", "must hold the IDX files train-"),
    ],
)
def test_nothing_there(tmp_path: Path, name: str, message: str) -> None:
    """A path without data says what is missing."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=message):
        open_dataset(tmp_path / name, root=ROOT, validation=0)


def test_sizes_differ(tmp_path: Path) -> None:
    """Train and test images of different sizes are refused."""
    path = tmp_path / "m.npz"
    small = np.zeros((3, 2, 2), dtype=np.uint8)
    np.savez(path, x_train=IMAGES, y_train=LABELS, x_test=small, y_test=LABELS)
    with pytest.raises(DataError, match=r"must have the same size, got \(4, 4\) and \(2, 2\)"):
        open_dataset(path, root=ROOT, validation=0)


def test_single_idx_file(tmp_path: Path, glyphs: Dataset) -> None:
    """One file of four is not a data set; the message says which folder to give."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=False)
    with pytest.raises(DataError, match="only one of four IDX files; give the folder"):
        open_dataset(folder / FILES[0], root=ROOT, validation=0)


def test_formats_agree(tmp_path: Path, glyphs: Dataset, glyph_file: Path) -> None:
    """The fingerprint depends on the images and labels alone, not on their format."""
    folder = write_folder(tmp_path / "idx", glyphs)
    pickled = write_pickle(tmp_path / "m.pkl.gz", glyphs, protocol=4)
    opened = [open_dataset(p, root=ROOT, validation=7) for p in (folder, pickled, glyph_file)]
    assert 1 == len({dataset.fingerprint for dataset in opened})


def test_preparation_is_seen(glyphs: Dataset, tmp_path: Path, mnist: Dataset) -> None:
    """Images that are boxed and centred make predictions box and centre; others do not."""
    assert "scale" == glyphs.preprocessing
    path = tmp_path / "m.npz"
    images, labels = mnist.test.images[:200], mnist.test.labels[:200]
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert "digit" == open_dataset(path, root=ROOT, validation=0).preprocessing


@pytest.mark.parametrize("odd", ["empty", "inverted", "shifted"])
def test_all_must_be_like_mnist(tmp_path: Path, odd: str) -> None:
    """One image among 400, wherever it is, that is not boxed and centred shows that none need be.

    Such an image is trained on as it is, and made into another where pictures of digits are read.
    """
    one = normalize_digit(np.asarray(draw_digit(4, size=112)) / 255)
    images, labels = np.stack([one] * 400), np.arange(400) % 10
    path = tmp_path / "m.npz"
    for preprocessing in ("digit", "scale"):
        np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
        assert preprocessing == open_dataset(path, root=ROOT, validation=0).preprocessing
        images[333] = {"empty": 0 * one, "inverted": 255 - one, "shifted": np.roll(one, 3)}[odd]


def test_other_content_is_not_here(tmp_path: Path, glyphs: Dataset) -> None:
    """MNIST's file names with other content are not MNIST, nor Fashion-MNIST."""
    write_folder(tmp_path, glyphs)
    with pytest.raises(DataError, match=r"mnist: not in the data root .* the SHA-256"):
        find("mnist", tmp_path)
    with pytest.raises(
        DataError, match=r"fashion-mnist: not in the data root .* the SHA-256 must be"
    ):
        find("fashion-mnist", tmp_path)


@pytest.mark.parametrize("place", ["mnist", "."])
def test_real_mnist_is_found(tmp_path: Path, mnist_root: Path, place: str) -> None:
    """MNIST is found in ROOT/mnist and in ROOT itself, recompressed or unpacked."""
    (tmp_path / place).mkdir(exist_ok=True)
    for name in FILES:
        packed = (mnist_root / "mnist" / f"{name}.gz").read_bytes()
        (tmp_path / place / name).write_bytes(gzip.decompress(packed))
    folder, content = find("mnist", tmp_path)
    train, test = content.train, content.test
    assert (tmp_path / place).samefile(folder)
    assert (60000, 10000) == (len(train), len(test))


@pytest.mark.slow
def test_real_mnist_in_every_format(mnist: Dataset, tmp_path: Path) -> None:
    """MNIST out of the notebook's pickle is MNIST to the last grey level."""
    path = write_pickle(tmp_path / "mnist.pkl.gz", mnist, protocol=4)
    assert mnist.fingerprint == open_dataset(path, root=ROOT, validation=10000).fingerprint


def test_real_mnist(mnist: Dataset) -> None:
    """The last 10,000 training images are for validation, and the content is as published."""
    assert (50000, 10000, 10000) == (len(mnist.train), len(mnist.validation), len(mnist.test))
    assert [5, 0, 4, 1, 9] == mnist.train.labels[:5].tolist()
    assert [3, 8, 6, 9, 6] == mnist.validation.labels[:5].tolist()
    assert [7, 2, 1, 0, 4] == mnist.test.labels[:5].tolist()
    assert content_sha256(mnist.test.images) == SOURCES["mnist"].sha256[2]
    assert (784, "digit", tuple("0123456789")) == (mnist.pixels, mnist.preprocessing, mnist.classes)


@pytest.mark.parametrize("name", SOURCES)
def test_sums_of_published_data(name: str) -> None:
    """Every published file has a SHA-256, and the first mirror is a secure address."""
    source = SOURCES[name]
    sums = source.sha256 or source.packed_sha256
    assert [64] * 4 == [len(digest) for digest in sums]
    assert 4 == len({bytes.fromhex(digest) for digest in sums})
    assert source.mirrors[0].startswith("https://")
