"""What every reader returns: images, labels, and how inputs are preprocessed."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing

MAX_IMAGES = 10_000_000  # of one split
MAX_CLASSES = 65536
DIGITS = tuple("0123456789")
"""The class names of data sets of digits."""
_BLOCK = 1 << 20  # pixels converted at a time

SplitName = Literal["train", "validation", "test"]
Selection = SplitName | Literal["all"]
"""One of the splits, or all three together."""
ALL: tuple[SplitName, ...] = ("train", "validation", "test")
Progress = Callable[[str, int, int, str], None]
"""Called with the name of the work, how much is done, the total (0 if unknown), and the unit."""


@dataclass(frozen=True)
class Split:
    """Images with their labels.

    Attributes:
        images: (count, height, width) uint8.
        labels: (count,) int64, each in [0, classes).
        images_sha256: of the images as an IDX file, if known.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    images_sha256: str | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> "Split":
        return Split(self.images[rows], self.labels[rows])


@dataclass(frozen=True)
class Dataset:
    """Images for training, validation and test, and what a model must know about them.

    Attributes:
        name: a known name, or the path the data came from.
        train: the images that the network learns from.
        validation: training images held out to choose the best epoch; may be empty.
        test: used once, at the end.
        classes: the name of each label.
        preprocessing: how a picture becomes an input like these images.
        fingerprint: SHA-256 over all images and labels.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    fingerprint: str

    @property
    def pixels(self) -> int:
        """The number of pixels in an image, and so of network inputs."""
        return prod(self.train.images.shape[1:])

    def split(self, name: Selection) -> Split:
        """Return one of the three splits, or all images in order."""
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        if name != "all":
            return splits[name]
        images = np.concatenate([split.images for split in splits.values()])
        return Split(images, np.concatenate([split.labels for split in splits.values()]))


def make_split(images: NDArray[Any], labels: NDArray[Any], place: Path | str) -> Split:
    """Check that images and labels match, and convert them to their usual types.

    Args:
        images: (count, height, width) or, if square, (count, pixels); integers in [0, 255], or
            floats in [0, 1] that are whole multiples of 1/255 or 1/256.
        labels: (count,) of any integer type.
        place: the name used in errors.

    Raises:
        DataError: a shape, type or value is invalid.
    """
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{place}: labels must be one integer per image, got {_describe(labels)}")
    if not len(labels):
        raise DataError(f"{place}: needs at least one train and one test image, got no labels")
    if len(labels) > MAX_IMAGES:
        raise DataError(f"{place}: must have at most {MAX_IMAGES} images, got {len(labels)}")
    images = _to_pictures(images, place)
    if len(images) != len(labels):
        raise DataError(
            f"{place}: needs one label for each image, got {len(images)} images "
            f"and {len(labels)} labels"
        )
    if labels.min() < 0 or labels.max() >= MAX_CLASSES:
        raise DataError(
            f"{place}: labels must be in [0, {MAX_CLASSES - 1}], "
            f"got {labels.min()} to {labels.max()}"
        )
    return Split(grey_levels(images, place), labels.astype(np.int64))


def check_validation(name: str, validation: int, count: int) -> None:
    """Raise DataError if holding out `validation` of `count` images leaves none to train on."""
    if validation and validation >= count:
        raise DataError(
            f"{name}: data.validation must leave images to train on, got {validation} of {count}; "
            "set it to fewer, or 0"
        )


def fingerprint(*splits: Split) -> str:
    """Return one SHA-256 for all images and labels, whatever format they were stored in."""
    digest = hashlib.sha256()
    for split in splits:
        digest.update((split.images_sha256 or content_sha256(split.images)).encode())
        digest.update(split.labels.astype("<i8").tobytes())
    return digest.hexdigest()


def _to_pictures(images: NDArray[Any], place: Path | str) -> NDArray[Any]:
    if images.ndim == 2 and images.size:
        side = round(images.shape[1] ** 0.5)
        if side * side == images.shape[1]:
            images = images.reshape(-1, side, side)
    if images.ndim != 3 or 0 in images.shape:
        raise DataError(
            f"{place}: images must be (count, height, width) or rows of square images, "
            f"got {_describe(images)}"
        )
    return images


def grey_levels(images: NDArray[Any], place: Path | str) -> NDArray[np.uint8]:
    """Return (count, height, width) images as uint8; floats are scaled back from [0, 1].

    Args:
        images: integers in [0, 255], or floats in [0, 1] that are whole multiples of 1/255 or
            1/256.
        place: the name used in errors.

    Raises:
        DataError: the images have other values.
    """
    if images.dtype == np.uint8:
        return np.asarray(images, dtype=np.uint8)
    scales = {"i": (1,), "u": (1,), "f": (255, 256)}  # the notebook's file has multiples of 1/256
    for levels in scales.get(images.dtype.kind, ()):
        grey = _grey(images, levels)
        if grey is not None:
            return grey
    raise DataError(
        f"{place}: images must be grey levels, integers in [0, 255] or floats in [0, 1], "
        f"got other values in {_describe(images)}"
    )


@np.errstate(over="ignore", invalid="ignore")  # a value that is not finite is refused below
def _grey(images: NDArray[Any], levels: int) -> NDArray[np.uint8] | None:
    """Return images times a number of levels; None if these are not integers in [0, 255]."""
    grey = np.empty(images.shape, dtype=np.uint8)
    rows = max(1, _BLOCK // prod(images.shape[1:]))
    for start in range(0, len(images), rows):
        scaled = images[start : start + rows].astype(np.float64) * levels
        whole = np.rint(scaled)
        if not (np.abs(scaled - whole) < 1e-3).all() or whole.min() < 0 or whole.max() > 255:
            return None
        grey[start : start + rows] = whole
    return grey


def _describe(array: NDArray[Any]) -> str:
    return f"{array.dtype} {list(array.shape)}"
