"""NumPy archives of images."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import open_dataset
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.errors import DataError
from tests.support.pickles import Hostile

ROOT = Path("unused")


def test_npz_with_other_members(tmp_path: Path) -> None:
    """An archive that holds text, or an array of another size than it says, is refused."""
    for name, data in (("x_train.txt", b"hello"), ("x_train.npy", b"\x93NUMPY\1\0\4\0{'a'")):
        with zipfile.ZipFile(tmp_path / "m.npz", "w") as archive:
            archive.writestr(name, data)
            archive.writestr("y_train.npy", data)
        with pytest.raises(DataError, match=r"not a readable npz file, .*[xy]_train"):
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
    np.savez(path, x_train=np.zeros(3), y_test=np.zeros(3))
    with pytest.raises(DataError, match=r"needs the arrays x_train, .*, got x_train, y_test"):
        read_npz(path)


@pytest.mark.parametrize("cut", [4, 100, -30])
def test_broken_npz(tmp_path: Path, glyph_file: Path, cut: int) -> None:
    """A truncated npz file gives one line."""
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
        (IMAGES, LABELS + 0.5, r"labels must be whole numbers, got 0.5$"),
        (IMAGES[:, 0, :3], LABELS, r"images must be \(count, height, width\)"),
        (IMAGES * np.nan, LABELS, "images must have finite numbers, got nan to nan$"),
        (IMAGES - 2.0, LABELS, "got -2 to -2; set data.value_range"),
        (np.full((3, 4, 4), np.inf), LABELS, "images must have finite numbers, got inf to inf$"),
        (IMAGES.astype(int) + 70000, LABELS, "or numbers from -1 to 1, got 70000 to"),
        (IMAGES[0, 0, 0, None].repeat(3), LABELS, r"images must be \(count, height, width\)"),
        (IMAGES.reshape(3, 16)[:, :0], LABELS, r"images must be \(count, height, width\)"),
        (IMAGES.astype("U1"), LABELS, "images must be numbers, got <U1"),
    ],
)
def test_unfit_arrays(tmp_path: Path, images: np.ndarray, labels: np.ndarray, message: str) -> None:
    """Arrays that are not images and labels are refused with what was found."""
    path = tmp_path / "m.npz"
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(DataError, match=message):
        read_npz(path)
