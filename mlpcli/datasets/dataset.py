"""What every reader returns: images, labels, and how inputs are preprocessed."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from math import prod
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.formats.idx import content_sha256
from mlpcli.datasets.names import Names
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing
from mlpcli.images.view import View

MAX_IMAGES = 10_000_000  # of one split
MAX_CLASSES = 65536
DIGITS = tuple("0123456789")
"""The class names of data sets of digits."""

NO_CLASS = -1
"""The label of an outlier, an image that belongs to none of the classes."""

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
        labels: (count,) int64, each in [0, classes); of outliers `NO_CLASS`.
        images_sha256: of the images as an IDX file, if known.
        names: of the pictures, each a path in the folder of the data set; None if they have none.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    images_sha256: str | None = None
    names: Sequence[str] | None = None

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, rows: slice) -> "Split":
        names = None if self.names is None else self.names[rows]
        return Split(self.images[rows], self.labels[rows], names=names)

    def taken(self, rows: NDArray[Any]) -> "Split":
        """Return some of the images, copied.

        Args:
            rows: (count,) indices in any order, or (len(self),) bool.
        """
        names = self.names
        if names is not None:
            names = Names.of(names[row] for row in np.arange(len(self))[rows].tolist())
        return Split(self.images[rows], self.labels[rows], names=names)

    def seen(self, view: View) -> "Split":
        """Return the images as a network with this view sees them."""
        if not view.changes:
            return self
        return replace(self, images=view.apply(self.images), images_sha256=None)

    def name_of(self, index: int) -> str | None:
        """Return the name of a picture, if it has one."""
        return None if self.names is None else self.names[index]


def joined(parts: Sequence[Split]) -> Split:
    """Return the images of some splits in one; they have names if all of them do."""
    if len(parts) == 1:
        return parts[0]
    named = [part.names for part in parts if part.names is not None]
    return Split(
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
        names=Names.of(chain.from_iterable(named)) if len(named) == len(parts) else None,
    )


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
class Outliers:
    """Images that belong to none of the classes.

    Attributes:
        train: the images that the network learns from.
        validation: held out to choose what score an outlier has.
    """

    train: Split
    validation: Split


@dataclass(frozen=True)
class Dataset:
    """Images for training, validation and test, and what a model must know about them.

    Attributes:
        name: a known name, or the path the data came from.
        train: the images to learn from that have a class.
        validation: training images held out to choose the best epoch; may be empty.
        test: the images that are used once, at the end.
        classes: the name of each label.
        preprocessing: how a picture becomes an input like these images.
        fingerprint: SHA-256 over all images and labels.
        notes: how the files were understood, where that may surprise; a line each.
        outliers: images without a class, which the network learns to tell from the others.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    fingerprint: str
    notes: tuple[str, ...] = ()
    outliers: Outliers | None = None

    @cached_property
    def learnt(self) -> Split:
        """The images that the network learns from, outliers among them."""
        return joined([self.train, self.outliers.train]) if self.outliers else self.train

    @property
    def pixels(self) -> int:
        """The number of pixels in an image, and so of network inputs."""
        return prod(self.train.images.shape[1:])

    def class_of(self, label: int) -> str:
        """Return the name of a label's class, `none` for NO_CLASS."""
        return "none" if label == NO_CLASS else self.classes[label]

    def split(self, name: Selection) -> Split:
        """Return one of the three splits, or all images in order."""
        splits = {"train": self.train, "validation": self.validation, "test": self.test}
        return joined([*splits.values()]) if name == "all" else splits[name]


def renumbered(split: Split, classes: tuple[str, ...], known: tuple[str, ...]) -> Split:
    """Return a split whose labels are numbered as others number the classes.

    Args:
        split: its labels are in [0, len(classes)), or `NO_CLASS`, which stays as it is.
        classes: the name of each label.
        known: the names of the others' labels, all of these among them.
    """
    if classes == known[: len(classes)]:
        return split
    numbers = {name: number for number, name in enumerate(known)}
    new = np.array([*(numbers[name] for name in classes), NO_CLASS], dtype=np.int64)
    return replace(split, labels=new[split.labels])  # NO_CLASS is -1, the last one


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
