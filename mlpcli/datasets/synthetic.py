"""Handwritten digits that the program draws itself, in MNIST's format.

They come in blocks, each drawn from a random stream of its own, (seed, split, block). An image is
therefore the same however many are asked for, and no stream serves two splits.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil
from pathlib import Path
from shutil import rmtree

import numpy as np

from mlpcli.archives import UnreadableError, read_archive
from mlpcli.cache import cache_folder
from mlpcli.datasets.dataset import (
    Dataset,
    Progress,
    Split,
    SplitName,
    check_validation,
    fingerprint,
)
from mlpcli.datasets.handwriting import write
from mlpcli.datasets.rendering import render
from mlpcli.files import atomic_write
from mlpcli.normalization import SIDE
from mlpcli.randomness import Purpose, stream

SYNTHETIC = "synthetic"
CLASSES = tuple("0123456789")
BLOCK = 256  # images
_SPLITS: dict[SplitName, int] = {"train": 0, "validation": 1, "test": 2}
_SOURCES = (  # all that decides what a digit looks like
    "datasets/alphabet.yaml",
    "datasets/alphabet.py",
    "datasets/handwriting.py",
    "datasets/rendering.py",
    "datasets/synthetic.py",
    "normalization.py",
    "randomness.py",
)


@dataclass(frozen=True)
class Drawing:
    """How many digits to draw, and which.

    Attributes:
        train: images to train on and to validate with.
        test: images to test with.
        seed: another one gives other digits.
    """

    train: int = 60000
    test: int = 10000
    seed: int = 0


def open_synthetic(drawing: Drawing, validation: int, progress: Progress | None = None) -> Dataset:
    """Take the digits from the cache, or draw them.

    Args:
        drawing: how many, and which.
        validation: how many of the images for training to keep back; they have streams of their
            own, so that the others are the first ones of the training split whatever it is.
        progress: told of what is drawn.

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
        name: _from_cache(drawing.seed, name, count, progress) for name, count in counts.items()
    }
    return Dataset(
        name=SYNTHETIC,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        classes=CLASSES,
        preparation="digit",
        fingerprint=fingerprint(*splits.values()),
    )


def draw(seed: int, name: SplitName, count: int, progress: Progress | None = None) -> Split:
    """Draw the first `count` digits of a split."""
    images = np.empty((count, SIDE, SIDE), dtype=np.uint8)
    labels = np.empty(count, dtype=np.int64)
    for block in range(ceil(count / BLOCK)):
        part = slice(block * BLOCK, (block + 1) * BLOCK)
        drawn = draw_block(seed, name, block)[: len(labels[part])]
        images[part], labels[part] = drawn.images, drawn.labels
        if progress and count > BLOCK:
            progress(f"drawing {name} digits", min(part.stop, count), count, " images")
    return Split(images, labels)


def draw_block(seed: int, name: SplitName, block: int) -> Split:
    """Draw the digits BLOCK * block to BLOCK * (block + 1) of a split."""
    from mlpcli.datasets.alphabet import read_alphabet  # noqa: PLC0415  # predicting needs none

    generator = stream(seed, Purpose.SYNTHETIC_DIGITS, epoch=_SPLITS[name], step=block)
    strokes = write(read_alphabet(), BLOCK, generator)
    return Split(render(strokes.curves, strokes.radii, generator), strokes.labels)


def _from_cache(seed: int, name: SplitName, count: int, progress: Progress | None) -> Split:
    """Return kept digits where there are enough, or draw and keep them."""
    path = cache_folder() / SYNTHETIC / _generator_version() / f"{name}-{seed}.npz"
    kept = _read(path)
    if len(kept) == count:
        return kept
    if len(kept) > count:  # a copy, so that the rest is not kept in memory
        return Split(kept.images[:count].copy(), kept.labels[:count].copy())
    drawn = draw(seed, name, count, progress)
    with suppress(OSError):  # a cache that cannot be written is no reason to stop
        _make_room(path.parent)
        if len(_read(path)) < count:  # another process may have drawn more in the meantime
            with atomic_write(path) as file:
                np.savez(file, images=drawn.images, labels=drawn.labels)
    return drawn


def _read(path: Path) -> Split:
    """Return the digits of a file in the cache, none where it is not there or broken."""
    try:
        arrays = read_archive(path)
        images, labels = arrays["images"], arrays["labels"]
    except (UnreadableError, KeyError):
        images = labels = np.empty(0)
    sound = images.shape == (labels.size, SIDE, SIDE) and images.dtype == np.uint8
    if not sound or labels.dtype != np.int64 or not np.isin(labels, range(len(CLASSES))).all():
        images, labels = np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.int64)
    return Split(images, labels)


def _make_room(folder: Path) -> None:
    """Make the folder of this version, and delete those of others."""
    folder.mkdir(parents=True, exist_ok=True)
    for other in folder.parent.iterdir():
        if other != folder:
            rmtree(other, ignore_errors=True)


@cache
def _generator_version() -> str:
    """Return a name for what draws the digits: it changes with the alphabet and the code."""
    digest = hashlib.sha256(np.__version__.encode())
    for source in _SOURCES:
        digest.update(files("mlpcli").joinpath(source).read_bytes())
    return digest.hexdigest()[:12]
