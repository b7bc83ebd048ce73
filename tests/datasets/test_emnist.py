"""EMNIST's files, whose images lie on their side."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.datasets import Dataset, open_dataset
from mlpcli.errors import DataError
from tests.conftest import Mlp
from tests.support.formats import idx_bytes


def write_emnist(folder: Path, name: str, glyphs: Dataset, labels: np.ndarray) -> None:
    """Write images as EMNIST has them: transposed, in files named for the part of EMNIST."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, images in (("train", glyphs.train.images), ("test", glyphs.test.images)):
        numbers = labels[: len(images)].astype(np.uint8)
        for what, array in (
            ("images-idx3", np.ascontiguousarray(images.swapaxes(1, 2))),
            ("labels-idx1", numbers),
        ):
            path = folder / f"{name}-{split}-{what}-ubyte.gz"
            path.write_bytes(gzip.compress(idx_bytes(array), 1))


@pytest.mark.parametrize("place", [".", "emnist", "gzip", "emnist/gzip", "emnist-letters"])
def test_letters(tmp_path: Path, glyphs: Dataset, place: str) -> None:
    """Letters 1 to 26 are A to Z, their images upright, wherever the files were unpacked."""
    labels = np.arange(len(glyphs.train)) % 26 + 1
    write_emnist(tmp_path / place, "emnist-letters", glyphs, labels)
    dataset = open_dataset("emnist-letters", root=tmp_path)
    np.testing.assert_array_equal(glyphs.train.images, dataset.train.images)
    np.testing.assert_array_equal(glyphs.test.images, dataset.test.images)
    assert ("A", "Z", 26) == (dataset.classes[0], dataset.classes[-1], len(dataset.classes))
    np.testing.assert_array_equal(labels - 1, dataset.train.labels)
    assert () == dataset.notes


@pytest.mark.parametrize(
    ("name", "classes", "some"),
    [("emnist-digits", 10, {3: "3"}), ("emnist-balanced", 47, {9: "9", 10: "A", 36: "a", 46: "t"})],
)
def test_digits_and_balanced(
    tmp_path: Path, glyphs: Dataset, name: str, classes: int, some: dict[int, str]
) -> None:
    """Digits have ten classes; of the balanced letters small ones come last."""
    write_emnist(tmp_path, name, glyphs, np.arange(len(glyphs.train)) % classes)
    dataset = open_dataset(name, root=tmp_path)
    np.testing.assert_array_equal(glyphs.train.images, dataset.train.images)
    assert classes == len(dataset.classes)
    assert some == {label: dataset.classes[label] for label in some}


def test_by_path(tmp_path: Path, glyphs: Dataset) -> None:
    """The same files under MNIST's names are read upright with data.transpose."""
    write_emnist(tmp_path, "emnist-digits", glyphs, glyphs.train.labels)
    for path in tmp_path.iterdir():
        new = path.name.removeprefix("emnist-digits-").replace("test-", "t10k-")
        path.rename(path.with_name(new))
    (tmp_path / "c.yaml").write_text(f"data: {{path: '{tmp_path}', transpose: true}}\n")
    config = load_config(str(tmp_path / "c.yaml"))
    assert config.data.transpose
    from mlpcli.datasets.selection import open_configured  # noqa: PLC0415

    data = config.data.model_copy(update={"validation": 0})
    np.testing.assert_array_equal(glyphs.train.images, open_configured(data).train.images)


def test_not_here(mlp: Mlp, tmp_path: Path) -> None:
    """EMNIST is not downloaded: the message names the files and their folder."""
    with pytest.raises(DataError, match=r"put emnist-letters-train-images-idx3-ubyte.gz, .* into"):
        open_dataset("emnist-letters", root=tmp_path)
    result = mlp("data", "fetch", "emnist-digits")
    assert 1 == result.exit_code
    assert "emnist-digits-train-images-idx3-ubyte.gz" in result.stderr


def test_folder_of_emnist(tmp_path: Path, glyphs: Dataset) -> None:
    """The folder given as a path is told how its files are read by name."""
    write_emnist(tmp_path, "emnist-letters", glyphs, glyphs.train.labels + 1)
    hint = f"MLP_DATA={tmp_path} mlp train mnist --data emnist-letters$"
    with pytest.raises(DataError, match=f"EMNIST is read by name: {hint}"):
        open_dataset(tmp_path)


def test_names_beside_idx_files(tmp_path: Path, glyphs: Dataset) -> None:
    """A classes.txt beside IDX files names the classes, and another one is read again."""
    from tests.support.formats import write_folder  # noqa: PLC0415

    write_folder(tmp_path, glyphs)
    assert tuple("0123456789") == open_dataset(tmp_path).classes
    for suffix in ("a", "b"):
        names = [f"{digit}{suffix}" for digit in range(10)]
        (tmp_path / "classes.txt").write_text("\n".join(names) + "\n")
        assert tuple(names) == open_dataset(tmp_path).classes
    (tmp_path / "classes.txt").write_text("one\ntwo\n")
    with pytest.raises(DataError, match=r"labels must be in \[0, 1\], one for each class name"):
        open_dataset(tmp_path)
