"""Draws synthetic handwritten digits in MNIST's format.

They are drawn in blocks, each from its own random stream, (seed, split, block). An image is
therefore the same however many are drawn, and no two splits share a stream.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from mlpcli.datasets.array_store import make_room, read_stored, store
from mlpcli.datasets.dataset import (
    DIGITS,
    Dataset,
    Progress,
    Split,
    SplitName,
    check_validation,
    fingerprint,
)
from mlpcli.datasets.synthetic.handwriting import write
from mlpcli.datasets.synthetic.rendering import render
from mlpcli.images.normalization import SIDE
from mlpcli.utils.cache import cache_folder
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.threads import limit_blas

SYNTHETIC = "synthetic"
BLOCK = 256  # images
_SPLITS: dict[SplitName, int] = {"train": 0, "validation": 1, "test": 2}
GENERATOR_VERSION = 1
"""Increase it with every change in how digits look, so that cached ones are drawn again."""


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
    drawing: Drawing, validation: int, progress: Progress | None = None, *, verify: bool = False
) -> Dataset:
    """Take the digits from the cache, or draw them.

    Args:
        drawing: how many, and which.
        validation: how many of the training images to hold out; they have their own streams, so
            the others are the first images of the training split for any value.
        progress: told how many are drawn.
        verify: check the SHA-256 of stored images.

    Raises:
        DataError: no images are left to train on.
    """
    check_validation(SYNTHETIC, validation, drawing.train)
    counts: dict[SplitName, int] = {
        "train": drawing.train - validation,
        "validation": validation,
        "test": drawing.test,
    }
    splits = {
        name: _from_cache(drawing.seed, name, count, progress, verify=verify)
        for name, count in counts.items()
    }
    return Dataset(
        name=SYNTHETIC,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        classes=DIGITS,
        preprocessing="digit",
        fingerprint=fingerprint(*splits.values()),
    )


def draw(seed: int, name: SplitName, count: int, progress: Progress | None = None) -> Split:
    """Draw the first `count` digits of a split."""
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    done = 0
    for block in _blocks(seed, name, count, progress):
        part = slice(done, done + len(block))
        images[part], labels[part] = block.images, block.labels
        done = part.stop
    return Split(images, labels)


def draw_block(seed: int, name: SplitName, block: int) -> Split:
    """Draw the digits BLOCK * block to BLOCK * (block + 1) of a split."""
    from mlpcli.datasets.synthetic.alphabet import read_alphabet  # noqa: PLC0415  # not needed to predict

    generator = stream(seed, Purpose.SYNTHETIC_DIGITS, epoch=_SPLITS[name], step=block)
    with limit_blas():  # its other threads would only wait for busy cores
        strokes = write(read_alphabet(), BLOCK, generator)
        return Split(render(strokes.curves, strokes.radii, generator), strokes.labels)


def _blocks(seed: int, name: SplitName, count: int, progress: Progress | None) -> Iterator[Split]:
    """Yield the first `count` digits of a split, block by block."""
    for block in range(ceil(count / BLOCK)):
        done = min((block + 1) * BLOCK, count)
        yield draw_block(seed, name, block)[: done - block * BLOCK]
        if progress and count > BLOCK:
            progress(f"drawing {name} digits", done, count, " images")


def _from_cache(
    seed: int, name: SplitName, count: int, progress: Progress | None, *, verify: bool
) -> Split:
    """Return stored digits if there are enough, or else draw and store them."""
    if count <= BLOCK:  # faster drawn than read
        return draw(seed, name, count, progress)
    metadata = {"generator": _generator(), "split": name, "seed": seed}
    try:
        folder = cache_folder(SYNTHETIC) / _key(metadata)
        stored = _open(folder, name, verify=verify)
        if len(stored) < count:
            make_room(folder, lambda other: other.get("generator") != _generator())
            with store(folder, metadata) as writer:
                writer.begin(name, (count, SIDE, SIDE))
                for block in _blocks(seed, name, count, progress):
                    writer.add(name, block)
            stored = _open(folder, name, verify=verify)
    except OSError:  # the cache is optional
        return draw(seed, name, count, progress)
    if len(stored) < count:  # another process has stored fewer, or emptied the cache
        return draw(seed, name, count, progress)
    return stored if len(stored) == count else stored[:count]


def _open(folder: Path, name: SplitName, *, verify: bool) -> Split:
    """Return stored digits, or none if they are missing or damaged."""
    with suppress(OSError, ValueError):
        stored = read_stored(folder, len(DIGITS), image_size=(SIDE, SIDE), verify=verify)
        if split := stored.splits.get(name):
            return split
    return Split(np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.int64))


def _key(metadata: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(metadata).encode()).hexdigest()[:16]


def _generator() -> str:
    """Name the generator and NumPy's version, which may change rounding or random numbers."""
    return f"{GENERATOR_VERSION}, numpy {np.__version__}"
