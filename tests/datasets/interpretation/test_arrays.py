"""Whole data sets of arrays, by whatever names."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlpcli.datasets import Dataset, open_dataset
from mlpcli.datasets.interpretation.arrays import Conversion
from mlpcli.errors import DataError
from tests.conftest import Mlp

IMAGES: Any = np.random.default_rng(0).integers(0, 256, (60, 4, 4)).astype(np.uint8)
LABELS: Any = np.arange(60) % 3


@pytest.mark.parametrize(
    "names",
    [
        "x_train y_train x_test y_test",
        "X_train Y_train X_test Y_test",
        "train_images train_labels test_images test_labels",
        "trainX trainY testX testY",
        "images_train targets_train images_test targets_test",
    ],
)
def test_names_of_arrays(tmp_path: Path, names: str) -> None:
    """Arrays are found by the words in their names."""
    parts: dict[str, Any] = dict(
        zip(names.split(), (IMAGES, LABELS, IMAGES[:9], LABELS[:9]), strict=True)
    )
    np.savez(tmp_path / "m.npz", **parts)
    dataset = open_dataset(tmp_path / "m.npz")
    np.testing.assert_array_equal(IMAGES, dataset.train.images)
    np.testing.assert_array_equal(LABELS[:9], dataset.test.labels)


def test_medmnist(tmp_path: Path) -> None:
    """MedMNIST's validation images are the last training images; labels are (count, 1)."""
    path = tmp_path / "m.npz"
    rows = {"train": slice(40), "val": slice(40, 50), "test": slice(50, None)}
    arrays: dict[str, Any] = {f"{name}_images": IMAGES[rows[name]] for name in rows}
    arrays |= {f"{name}_labels": LABELS[rows[name], None] for name in rows}
    np.savez(path, **arrays)
    dataset = open_dataset(path, validation=10)
    np.testing.assert_array_equal(IMAGES[:40], dataset.train.images)
    np.testing.assert_array_equal(IMAGES[40:50], dataset.validation.images)
    np.testing.assert_array_equal(LABELS[50:], dataset.test.labels)


@pytest.mark.parametrize("names", ["x y", "X y", "images labels", "data target"])
def test_without_test_images(tmp_path: Path, names: str) -> None:
    """Of undivided arrays, the same sixth of each class is always held out for testing."""
    first, second = names.split()
    path = tmp_path / "m.npz"
    arrays: dict[str, Any] = {first: IMAGES, second: LABELS}
    np.savez(path, **arrays)
    dataset = open_dataset(path)
    assert [3, 3, 3] == np.bincount(dataset.test.labels).tolist()
    shuffled = np.random.default_rng(1).permutation(60)
    np.savez(path, **{name: array[shuffled] for name, array in arrays.items()})
    again = open_dataset(path)
    same = [{image.tobytes() for image in each.test.images} for each in (dataset, again)]
    assert same[0] == same[1]
    count = len(dataset.test)
    assert f"{path}: no test images: {count} of 60 are held out for testing" in dataset.notes


@pytest.mark.parametrize("ending", ["npz", "npy"])
def test_array_in_each_file(tmp_path: Path, ending: str) -> None:
    """KMNIST's files hold one array each, whose meaning is in the file's name."""
    arrays = {"train-imgs": IMAGES, "train-labels": LABELS, "test-imgs": IMAGES[:6]}
    arrays["test-labels"] = LABELS[:6]
    for name, array in arrays.items():
        path = tmp_path / f"kmnist-{name}.{ending}"
        if ending == "npz":
            np.savez_compressed(path, array)
        else:
            np.save(path, array)
    dataset = open_dataset(tmp_path)
    np.testing.assert_array_equal(IMAGES, dataset.train.images)
    np.testing.assert_array_equal(IMAGES[:6], dataset.test.images)
    if ending == "npz":
        with pytest.raises(DataError, match="got arr_0; if each file holds one, give their folder"):
            open_dataset(tmp_path / "kmnist-train-imgs.npz")


def test_class_names(tmp_path: Path) -> None:
    """An array of class names gives the classes their names."""
    path = tmp_path / "m.npz"
    for key in ("class_names", "classes", "target_names", "label_names"):
        arrays: dict[str, Any] = {"x": IMAGES, "y": LABELS, key: np.array(["ant", "bee", "cow"])}
        np.savez(path, **arrays)
        assert ("ant", "bee", "cow") == open_dataset(path).classes


def test_other_arrays(tmp_path: Path) -> None:
    """Arrays that are named for a split but not used are reported; others are passed over."""
    path = tmp_path / "m.npz"
    other: dict[str, Any] = {"feature_names": np.array(["p0"]), "x_test": IMAGES}
    np.savez(path, x_train=IMAGES, y_train=LABELS, **other)
    dataset = open_dataset(path)
    assert ("0", "1", "2") == dataset.classes
    assert f"{path}: not used: x_test" in dataset.notes


def test_objects(tmp_path: Path) -> None:
    """Text labels that pandas keeps as Python objects are refused with what to do."""
    path = tmp_path / "m.npz"
    np.savez(path, x=IMAGES, y=np.array(["a", "b", "c"] * 20, dtype=object))
    with pytest.raises(DataError, match=r"holds Python objects, .*; save text as labels.astype"):
        open_dataset(path)


def test_class_in_test_only(tmp_path: Path) -> None:
    """A class of which there are test images only is reported."""
    path = tmp_path / "m.npz"
    np.savez(path, x_train=IMAGES, y_train=LABELS % 2, x_test=IMAGES, y_test=LABELS)
    assert (f"{path}: only the test images have the class 2",) == open_dataset(path).notes


def test_transposed(tmp_path: Path) -> None:
    """Images that lie on their side are turned upright where data.transpose says so."""
    path = tmp_path / "m.npz"
    np.savez(path, x=IMAGES.swapaxes(1, 2), y=LABELS)
    dataset = open_dataset(path, conversion=Conversion(transpose=True))
    expected = {image.tobytes() for image in IMAGES}
    assert expected == {image.tobytes() for image in dataset.split("all").images}


def test_evaluated_by_name(mlp: Mlp, trained: Path, glyphs: Dataset) -> None:
    """Data that lack some of a network's classes are evaluated by the names of theirs."""
    some = np.isin(glyphs.test.labels, [3, 5, 8])
    images, labels = glyphs.test.images[some], glyphs.test.labels[some]
    np.savez("some.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    result = mlp("evaluate", "--weights", trained, "--data", "some.npz")
    assert 0 == result.exit_code, result.output
    assert (
        "note: some.npz: the labels have gaps: 3 classes, 3, 5, 8, keep these names\n"
        in result.stderr
    )
    accuracy = float(result.stdout.split("accuracy ")[1].split()[0])
    assert accuracy > 80


def test_understood_range_is_said(mlp: Mlp, glyphs: Dataset) -> None:
    """Training on 0/1 images says how they were read, and learns them."""
    train, test = ((split.images > 99).astype(np.uint8) for split in (glyphs.train, glyphs.test))
    np.savez(
        "bits.npz",
        x_train=train,
        y_train=glyphs.train.labels,
        x_test=test,
        y_test=glyphs.test.labels,
    )
    settings = ["data.path=bits.npz", "data.validation=100", "training.epochs=3"]
    options = [word for each in settings for word in ("--set", each)]
    result = mlp("train", "--config", "mnist", *options, "--out", "run", "--quiet")
    assert 0 == result.exit_code, result.output
    assert "note: bits.npz: the images are uint8, read as 0 to 1, black to white\n" in result.stderr
    assert float(result.stdout.split("test accuracy ")[1].split()[0]) > 80
