"""Numbers of any type and range become grey levels."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset, open_dataset
from mlpcli.datasets.interpretation.arrays import Conversion
from mlpcli.datasets.interpretation.ranges import ValueRange, find_range, to_levels
from mlpcli.errors import DataError

EVERY = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)  # each grey level once
FOURS = np.arange(17).reshape(1, 1, 17)  # as scikit-learn's digits


@pytest.mark.parametrize(
    ("images", "expected", "levels"),
    [
        (EVERY, (0, 255), EVERY),
        *[(EVERY.astype(kind), (0, 255), EVERY) for kind in ("i2", "u4", "i8", ">i4", "f4", "f8")],
        *[((EVERY / 255).astype(kind), (0, 1), EVERY) for kind in ("f2", "f4", "f8")],
        ((EVERY / 256).astype("f4"), (0, 1), EVERY),
        (EVERY > 99, (0, 1), np.where(EVERY > 99, 255, 0)),
        ((EVERY > 99).astype("u1"), (0, 1), np.where(EVERY > 99, 255, 0)),
        ((EVERY > 99).astype("i8"), (0, 1), np.where(EVERY > 99, 255, 0)),
        (FOURS.astype("f8"), (0, 16), np.rint(FOURS * 255 / 16)),
        (FOURS.astype("u1"), (0, 16), np.rint(FOURS * 255 / 16)),
        (EVERY.astype("u2") * 257, (0, 65535), EVERY),
        ((EVERY / 127.5 - 1).astype("f4"), (-1, 1), EVERY),
        (np.where(EVERY > 99, 1, -1).astype("i1"), (-1, 1), np.where(EVERY > 99, 255, 0)),
        (np.zeros((2, 3, 3), "u1"), (0, 255), np.zeros((2, 3, 3))),
    ],
    ids=lambda each: str(each.dtype) if isinstance(each, np.ndarray) else str(each),
)
def test_recognised(images: np.ndarray, expected: ValueRange, levels: np.ndarray) -> None:
    """Every numeric type is read, and the range is the smallest usual one that holds all numbers."""
    found = find_range([images], "f")
    assert expected == found
    (grey,) = to_levels([images], found, "f")
    assert np.uint8 == grey.dtype
    np.testing.assert_array_equal(levels, grey)


def test_splits_together() -> None:
    """A dark split has the range of the other one."""
    dark, bright = EVERY[:, :1] // 16, EVERY
    assert (0, 255) == find_range([dark, bright], "f")


def test_any_fraction() -> None:
    """Fractions that were no grey levels, as after resizing, become the nearest ones."""
    images = np.array([[[0, 0.1234, 0.5, 0.9999, 1]]])
    assert [[[0, 31, 128, 255, 255]]] == to_levels([images], (0, 1), "f")[0].tolist()


def test_too_large_fractions() -> None:
    """Fractions of which some are above 1 are not taken for scikit-learn's whole numbers."""
    with pytest.raises(DataError, match=r"whole ones from 0 to 16, .*, got 0 to 1.07; set data"):
        find_range([np.array([[[0, 0.5, 1.07]]])], "f")


def test_one_number_too_large() -> None:
    """One number above 255 is refused; otherwise it would make all images almost black."""
    images = np.repeat(EVERY.astype(int), 100, axis=0)
    images[7, 3, 3] = 300
    with pytest.raises(DataError, match="from 0 to 255, got 1 above, up to 300; correct them, or"):
        find_range([images], "f")


def test_override(tmp_path: Path) -> None:
    """data.value_range overrides what the numbers show: 12 bits, or standardised images."""
    path, labels = tmp_path / "m.npz", np.arange(16) % 2
    twelve_bits = EVERY.reshape(16, 4, 4).astype(np.uint32) * 4095 // 255
    mean, deviation = 33.3, 78.6
    standard = (EVERY.reshape(16, 4, 4) - mean) / deviation
    for images, black, white in (
        (twelve_bits, 0, 4095),
        (standard, round(-mean / deviation, 4), round((255 - mean) / deviation, 4)),
    ):
        np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
        conversion = Conversion((black, white))
        dataset = open_dataset(path, conversion=conversion)
        off = dataset.train.images.reshape(-1).astype(int) - EVERY.reshape(-1)
        assert abs(off).max() <= 1
        assert "as data.value_range says" in dataset.notes[0]
    with pytest.raises(DataError, match=r"from 0 to 1, as data.value_range says, got -0.4.* to 2"):
        open_dataset(path, conversion=Conversion((0, 1)))


def test_same_fingerprint(tmp_path: Path, glyphs: Dataset) -> None:
    """Images of any type and range that once were grey levels have the same fingerprint."""
    train = np.concatenate([glyphs.train.images, glyphs.validation.images])
    labels = np.concatenate([glyphs.train.labels, glyphs.validation.labels])
    changes: list[Callable[[np.ndarray], np.ndarray]] = [
        lambda images: images / 255,
        lambda images: (images / 255).astype(np.float16),
        lambda images: images.astype(np.float32),
        lambda images: images.astype(np.int16),
        lambda images: images.astype(np.uint16) * 257,
        lambda images: (images / 127.5 - 1).astype(np.float32),
    ]
    for number, change in enumerate(changes):
        path = tmp_path / f"{number}.npz"
        test = change(glyphs.test.images)
        np.savez(
            path, x_train=change(train), y_train=labels, x_test=test, y_test=glyphs.test.labels
        )
        assert glyphs.fingerprint == open_dataset(path).fingerprint


def test_said_again(tmp_path: Path) -> None:
    """What was understood is a note, also when the data come from the cache."""
    path, labels = tmp_path / "m.npz", np.arange(17) % 2
    np.savez(path, x=FOURS.reshape(17, 1, 1).astype(float), y=labels)
    for _ in range(2):
        notes = open_dataset(path).notes
        assert f"{path}: the images are float64, read as 0 to 16, black to white" == notes[0]
