"""Draws synthetic handwritten digits, and what is no digit, in MNIST's format.

They are drawn in blocks, each from its own random stream, (seed, split, block). An image is
therefore the same however many are drawn, and no two splits share a stream.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

import numpy as np
from numpy.random import Generator

from mlpcli.datasets.array_store import make_room, read_stored, store
from mlpcli.datasets.dataset import (
    DIGITS,
    NO_CLASS,
    Dataset,
    Progress,
    Split,
    SplitName,
    check_validation,
    fingerprint,
    joined,
)
from mlpcli.datasets.synthetic.handwriting import (
    ALL_PENS,
    FINE_PENS,
    MNIST_PENS,
    Pens,
    Strokes,
    write,
)
from mlpcli.datasets.synthetic.rendering import render
from mlpcli.images.normalization import SIDE
from mlpcli.utils.cache import cache_folder
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.threads import limit_blas

if TYPE_CHECKING:  # not needed to predict
    from mlpcli.config.data import DrawnName

SYNTHETIC: DrawnName = "synthetic"
NATIONAL: DrawnName = "synthetic-national"
OUTLIERS: DrawnName = "synthetic-outliers"
BLOCK = 256  # images
_SPLITS: dict[SplitName, int] = {"train": 0, "validation": 1, "test": 2}
DRAWN: dict[DrawnName, str] = {
    SYNTHETIC: "handwritten digits",
    NATIONAL: "digits of many countries",
    OUTLIERS: "what is no digit",
}
"""The drawn data sets, and what they show in a few words."""
_PURPOSES = {
    SYNTHETIC: Purpose.SYNTHETIC_DIGITS,
    NATIONAL: Purpose.NATIONAL_DIGITS,
    OUTLIERS: Purpose.OUTLIERS,
}
GENERATOR_VERSION = 1
"""Increase it with every change in how digits look, so that cached ones are drawn again."""
GENERATOR_VERSIONS = {SYNTHETIC: GENERATOR_VERSION, NATIONAL: 2, OUTLIERS: 2}
"""The same for each data set; OUTLIERS has digits of NATIONAL, which has styles of SYNTHETIC."""


@dataclass(frozen=True)
class Drawing:
    """How many digits to draw, and which.

    Attributes:
        train: how many for training and validation.
        test: how many for testing.
        seed: decides which digits are drawn.
    """

    train: int = 60000
    test: int = 10000
    seed: int = 0


def open_synthetic(
    drawing: Drawing,
    validation: int,
    progress: Progress | None = None,
    *,
    data_set: DrawnName = SYNTHETIC,
    verify: bool = False,
) -> Dataset:
    """Take the images from the cache, or draw them.

    Args:
        drawing: how many, and which.
        validation: how many of the training images to hold out; they have their own streams, so
            the others are the first images of the training split for any value.
        progress: told how many are drawn.
        data_set: which of the drawn ones.
        verify: check the SHA-256 of stored images.

    Raises:
        DataError: no images are left to train on.
    """
    check_validation(data_set, validation, drawing.train)
    counts: dict[SplitName, int] = {
        "train": drawing.train - validation,
        "validation": validation,
        "test": drawing.test,
    }
    splits = {
        name: _from_cache(data_set, drawing.seed, name, count, progress, verify=verify)
        for name, count in counts.items()
    }
    return Dataset(
        name=data_set,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        classes=DIGITS,
        preprocessing="digit",
        fingerprint=fingerprint(*splits.values()),
    )


def draw(
    seed: int,
    name: SplitName,
    count: int,
    progress: Progress | None = None,
    data_set: DrawnName = SYNTHETIC,
) -> Split:
    """Draw the first `count` images of a split."""
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    done = 0
    for block in _blocks(data_set, seed, name, count, progress):
        part = slice(done, done + len(block))
        images[part], labels[part] = block.images, block.labels
        done = part.stop
    return Split(images, labels)


def draw_block(seed: int, name: SplitName, block: int, data_set: DrawnName = SYNTHETIC) -> Split:
    """Draw the images BLOCK * block to BLOCK * (block + 1) of a split."""
    generator = stream(seed, _PURPOSES[data_set], epoch=_SPLITS[name], step=block)
    with limit_blas():  # its other threads would only wait for busy cores
        if data_set == SYNTHETIC:
            return _draw_strokes(data_set, BLOCK, generator, MNIST_PENS)
        halves = [_draw_strokes(data_set, BLOCK // 2, generator, p) for p in (FINE_PENS, ALL_PENS)]
    return joined(halves).taken(generator.permutation(BLOCK))


def _draw_strokes(data_set: DrawnName, count: int, generator: Generator, pens: Pens) -> Split:
    strokes = _write(data_set, count, generator, pens)
    return Split(render(strokes.curves, strokes.radii, generator, pens), strokes.labels)


def _write(data_set: DrawnName, count: int, generator: Generator, pens: Pens) -> Strokes:
    # imported here because they are not needed to predict
    from mlpcli.datasets.synthetic import alphabet  # noqa: PLC0415

    match data_set:
        case "synthetic":
            return write(alphabet.read_alphabet(), count, generator, pens)
        case "synthetic-national":
            return write(alphabet.read_national_alphabet(), count, generator, pens)
        case "synthetic-outliers":
            from mlpcli.datasets.synthetic.outliers import write_outliers  # noqa: PLC0415

            return write_outliers(count, generator, pens)
        case _:
            assert_never(data_set)


def _blocks(
    data_set: DrawnName, seed: int, name: SplitName, count: int, progress: Progress | None
) -> Iterator[Split]:
    """Yield the first `count` images of a split, block by block."""
    what = "outliers" if data_set == OUTLIERS else "digits"
    for block in range(ceil(count / BLOCK)):
        done = min((block + 1) * BLOCK, count)
        yield draw_block(seed, name, block, data_set)[: done - block * BLOCK]
        if progress and count > BLOCK:
            progress(f"drawing {name} {what}", done, count, " images")


def _from_cache(  # noqa: PLR0913  # what names the images, and how to get them
    data_set: DrawnName,
    seed: int,
    name: SplitName,
    count: int,
    progress: Progress | None,
    *,
    verify: bool,
) -> Split:
    """Return stored images if there are enough, or else draw and store them."""
    if count <= BLOCK:  # faster drawn than read
        return draw(seed, name, count, progress, data_set)
    generator = _generator(GENERATOR_VERSIONS[data_set])
    metadata = {"generator": generator, "split": name, "seed": seed}
    first = NO_CLASS if data_set == OUTLIERS else 0
    try:
        folder = cache_folder(data_set) / _key(metadata)
        stored = _open(folder, name, first, verify=verify)
        if len(stored) < count:
            make_room(folder, lambda other: other.get("generator") != generator)
            with store(folder, metadata) as writer:
                writer.begin(name, (count, SIDE, SIDE))
                for block in _blocks(data_set, seed, name, count, progress):
                    writer.add(name, block)
            stored = _open(folder, name, first, verify=verify)
    except OSError:  # the cache is optional
        return draw(seed, name, count, progress, data_set)
    if len(stored) < count:  # another process has stored fewer, or emptied the cache
        return draw(seed, name, count, progress, data_set)
    return stored if len(stored) == count else stored[:count]


def _open(folder: Path, name: SplitName, first: int, *, verify: bool) -> Split:
    """Return stored images, or none if they are missing or damaged."""
    classes = len(DIGITS) if first == 0 else 0  # outliers have no label but NO_CLASS
    with suppress(OSError, ValueError):
        stored = read_stored(folder, classes, image_size=(SIDE, SIDE), first=first, verify=verify)
        if split := stored.splits.get(name):
            return split
    return Split(np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.int64))


def _key(metadata: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(metadata).encode()).hexdigest()[:16]


def _generator(version: int) -> str:
    """Name what decides which digits are drawn: the program, the styles, NumPy's numbers."""
    from mlpcli.datasets.synthetic.styles import styles_digest  # noqa: PLC0415  # as above

    return f"{version}, styles {styles_digest()}, numpy {np.__version__}"
