"""What every reader returns: images, labels, and how inputs are preprocessed."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing

MAX_IMAGES = 10_000_000  # of one split
MAX_CLASSES = 65536
DIGITS = tuple("0123456789")
"""The class names of data sets of digits."""

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
class Content:
    """What the files of a data set hold.

    Attributes:
        train: all images that are not for testing.
        test: the images for testing.
        classes: the name of each label.
        notes: how the files were understood, where that may surprise; a line each.
        validation: how many of the last training images the files hold for validation.
        fingerprint: SHA-256 over all images and labels, once it is known.
    """

    train: Split
    test: Split
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()
    validation: int = 0
    fingerprint: str = ""

    def with_notes(self, notes: Iterable[str]) -> "Content":
        """Return a copy with more notes."""
        return replace(self, notes=(*self.notes, *notes))

    def with_fingerprint(self) -> "Content":
        """Return a copy whose fingerprint is known."""
        return replace(self, fingerprint=fingerprint(self.train, self.test))


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
        notes: how the files were understood, where that may surprise; a line each.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    fingerprint: str
    notes: tuple[str, ...] = ()

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
