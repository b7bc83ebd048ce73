"""The function that opens a data set of any format."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import SOURCES, Dataset, open_dataset
from mlpcli.datasets.catalogue import FILES
from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.errors import DataError
from tests.support.boxing import normalize_digit
from tests.support.formats import write_folder, write_pickle
from tests.support.glyphs import draw_digit

ROOT = Path("unused")


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


IMAGES, LABELS = np.zeros((3, 4, 4), dtype=np.uint8), np.arange(3)


def test_validation_of_zero(glyph_file: Path) -> None:
    """Without validation images all are for training."""
    dataset = open_dataset(glyph_file, root=ROOT, validation=0)
    assert (600, 0) == (len(dataset.train), len(dataset.validation))


def test_too_much_validation(glyph_file: Path) -> None:
    """Validation may not take all training images."""
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


@pytest.mark.parametrize("compress", [False, True])
def test_single_idx_file(tmp_path: Path, glyphs: Dataset, *, compress: bool) -> None:
    """One file of four is not a data set; the message says which folder to give."""
    folder = write_folder(tmp_path / "idx", glyphs, compress=compress)
    file = folder / (FILES[0] + ".gz" * compress)
    with pytest.raises(DataError, match=f"that holds the four IDX files, got .*; give {folder}$"):
        open_dataset(file, root=ROOT, validation=0)


def test_formats_agree(tmp_path: Path, glyphs: Dataset, glyph_file: Path) -> None:
    """The fingerprint depends on the images and labels alone, not on their format."""
    folder = write_folder(tmp_path / "idx", glyphs)
    pickled = write_pickle(tmp_path / "m.pkl.gz", glyphs, protocol=4)
    opened = [open_dataset(p, root=ROOT, validation=7) for p in (folder, pickled, glyph_file)]
    assert 1 == len({dataset.fingerprint for dataset in opened})


def test_preparation_is_seen(glyphs: Dataset, tmp_path: Path, mnist: Dataset) -> None:
    """The preprocessing is "digit" if the images are boxed and centred, and "scale" otherwise."""
    assert "scale" == glyphs.preprocessing
    path = tmp_path / "m.npz"
    images, labels = mnist.test.images[:200], mnist.test.labels[:200]
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    assert "digit" == open_dataset(path, root=ROOT, validation=0).preprocessing


@pytest.mark.parametrize("odd", ["empty", "inverted", "shifted"])
def test_all_must_be_like_mnist(tmp_path: Path, odd: str) -> None:
    """A single image of 400 that is not boxed and centred makes the preprocessing "scale".

    Such an image is trained on as it is, and made into another where pictures of digits are read.
    """
    one = normalize_digit(np.asarray(draw_digit(4, size=112)) / 255)
    images, labels = np.stack([one] * 400), np.arange(400) % 10
    path = tmp_path / "m.npz"
    for preprocessing in ("digit", "scale"):
        np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
        assert preprocessing == open_dataset(path, root=ROOT, validation=0).preprocessing
        images[333] = {"empty": 0 * one, "inverted": 255 - one, "shifted": np.roll(one, 3)}[odd]


def test_real_mnist(mnist: Dataset) -> None:
    """The last 10,000 training images are for validation, and the files are those published."""
    assert (50000, 10000, 10000) == (len(mnist.train), len(mnist.validation), len(mnist.test))
    assert [5, 0, 4, 1, 9] == mnist.train.labels[:5].tolist()
    assert [3, 8, 6, 9, 6] == mnist.validation.labels[:5].tolist()
    assert [7, 2, 1, 0, 4] == mnist.test.labels[:5].tolist()
    assert content_sha256(mnist.test.images) == SOURCES["mnist"].sha256[2]
    assert (784, "digit", tuple("0123456789")) == (mnist.pixels, mnist.preprocessing, mnist.classes)
