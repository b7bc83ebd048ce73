"""Arrays of images and labels, as people store them → `Content`, with notes on what they mean."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, MAX_IMAGES, Content, Split, SplitName, joined
from mlpcli.datasets.interpretation.holding_out import choose_tests
from mlpcli.datasets.interpretation.labels import check_names, number_labels
from mlpcli.datasets.interpretation.layouts import channels_last, to_grey
from mlpcli.datasets.interpretation.ranges import LEVELS, ValueRange, find_range, to_levels
from mlpcli.datasets.interpretation.spelling import missing_classes
from mlpcli.errors import DataError


@dataclass(frozen=True)
class Conversion:
    """What a configuration says about arrays that they do not say themselves.

    Attributes:
        value_range: the numbers that stand for black and for white; None to tell from them.
        transpose: whether rows and columns of the images are exchanged, as in EMNIST's files.
    """

    value_range: ValueRange | None = None
    transpose: bool = False

    def describe(self) -> str:
        """Return a text that names the conversion; empty if nothing is said."""
        said = self != AS_THEY_ARE
        return json.dumps([self.value_range, self.transpose]) if said else ""


AS_THEY_ARE = Conversion()


@dataclass(frozen=True)
class Pair:
    """Images and labels of a split, as they were stored.

    Attributes:
        images: any layout and range that `interpret` knows.
        labels: any kind that `number_labels` knows.
    """

    images: NDArray[Any]
    labels: NDArray[Any]


def interpret(
    pairs: Mapping[SplitName, Pair],
    place: Path | str,
    conversion: Conversion = AS_THEY_ARE,
    names: Sequence[str] = (),
) -> Content:
    """Return what arrays mean, in the types that networks train on.

    Without test images, a sixth of each class is held out for testing, as in folders of pictures.
    Images for validation are the last ones to train on; where the files name none, and are sorted
    by class, all are put into the order of their SHA-256, which mixes the classes.

    Args:
        pairs: of the splits, at least train or test.
        place: the name used in errors and notes.
        conversion: what the configuration says.
        names: of the classes, if the files have them.

    Raises:
        DataError: a shape, type or value is invalid.
    """
    splits = [name for name in ALL if name in pairs]
    stored = [pairs[name] for name in splits]
    for pair in stored:
        _check_count(pair, place)
    numbered = number_labels([pair.labels for pair in stored], check_names(names, place), place)
    images, notes = to_pictures([pair.images for pair in stored], conversion, place)
    parts = dict(zip(splits, map(Split, images, numbered.labels), strict=True))
    if len({part.images.shape[1:] for part in parts.values()}) > 1:
        sizes = " and ".join(str(part.images.shape[1:]) for part in parts.values())
        raise DataError(f"{place}: train and test images must have the same size, got {sizes}")
    if "train" not in parts:
        parts["train"] = parts["test"][:0]
    elif "test" not in parts:
        whole = len(parts["train"])
        parts["train"], parts["test"] = _hold_out(parts["train"])
        held_out = len(parts["test"])
        notes.append(f"no test images: {held_out} of {whole} are held out for testing")
    if "validation" not in parts and _is_sorted(parts["train"].labels):
        parts["train"] = parts["train"].taken(np.argsort(_digests(parts["train"]), kind="stable"))
        notes.append("the training images are sorted by class, read in another order")
    train = joined([parts[name] for name in ALL if name in parts and name != "test"])
    validation = len(parts["validation"]) if "validation" in parts else 0
    content = Content(train, parts["test"], numbered.classes, validation=validation)
    lines = (*notes, *numbered.notes, *_missing(content))
    return content.with_notes(f"{place}: {line}" for line in lines)


def _check_count(pair: Pair, place: Path | str) -> None:
    images, labels = pair.images, pair.labels
    if not labels.ndim or not len(labels):
        raise DataError(f"{place}: needs at least one train and one test image, got no labels")
    if len(labels) > MAX_IMAGES:
        raise DataError(f"{place}: must have at most {MAX_IMAGES} images, got {len(labels)}")
    if not images.ndim or len(images) != len(labels):
        count = len(images) if images.ndim else "no"
        raise DataError(
            f"{place}: needs one label for each image, got {count} images and {len(labels)} labels"
        )


def to_pictures(
    stored: Sequence[NDArray[Any]], conversion: Conversion, place: Path | str
) -> tuple[list[NDArray[np.uint8]], list[str]]:
    """Return (count, height, width) grey levels, and notes on what was converted.

    Args:
        stored: the images of each split, of any layout and range.
        conversion: what the configuration says.
        place: the name used in errors.

    Raises:
        DataError: a shape, type or value is invalid.
    """
    notes = []
    raw = [channels_last(images, place) for images in stored]
    value_range = conversion.value_range or find_range(raw, place)
    levels = to_levels(raw, value_range, place)
    plain = all(images.dtype == np.uint8 for images in raw)
    if value_range != LEVELS or not plain:
        low, high = value_range
        kinds = ", ".join(dict.fromkeys(str(images.dtype) for images in raw))
        why = "as data.value_range says" if conversion.value_range else "black to white"
        notes.append(f"the images are {kinds}, read as {low:g} to {high:g}, {why}")
    if any(images.shape[3] == 3 for images in raw):
        notes.append("the images are in colour, read as grey by brightness")
    pictures = [to_grey(images) for images in levels]
    if conversion.transpose:
        pictures = [np.ascontiguousarray(images.swapaxes(1, 2)) for images in pictures]
    return pictures, notes


def _hold_out(whole: Split) -> tuple[Split, Split]:
    """Return all but a sixth of each class, and this sixth."""
    for_test = choose_tests(_digests(whole), whole.labels)
    return whole.taken(~for_test), whole.taken(for_test)


def _digests(split: Split) -> list[bytes]:
    """Return the SHA-256 of each image."""
    return [hashlib.sha256(image.tobytes()).digest() for image in split.images]


def _is_sorted(labels: NDArray[np.int64]) -> bool:
    """Tell whether the images of a class stand together, so that the last ones lack classes."""
    classes, changes = len(np.unique(labels)), np.count_nonzero(np.diff(labels))
    return bool(classes > 1 and len(labels) >= 4 * classes and changes < 2 * classes)


def _missing(content: Content) -> Iterator[str]:
    """Yield notes on the classes that only the test images have."""
    parts: dict[SplitName, Split] = {"train": content.train, "test": content.test}
    yield from missing_classes(
        {
            name: [content.classes[label] for label in np.unique(part.labels)]
            for name, part in parts.items()
        }
    )
