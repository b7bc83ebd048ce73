"""Handwritten digits that the program draws itself, in MNIST's format.

They come in blocks, each drawn from a random stream of its own, (seed, split, block). An image is
therefore the same however many are asked for, and no stream serves two splits.
"""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import ceil
from pathlib import Path
from shutil import rmtree

import numpy as np

from mlpcli.cache import cache_folder
from mlpcli.datasets.copies import open_array, write_header
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
from mlpcli.files import atomic_write, is_abandoned
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
    done = 0
    for block in _blocks(seed, name, count, progress):
        part = slice(done, done + len(block))
        images[part], labels[part] = block.images, block.labels
        done = part.stop
    return Split(images, labels)


def draw_block(seed: int, name: SplitName, block: int) -> Split:
    """Draw the digits BLOCK * block to BLOCK * (block + 1) of a split."""
    from mlpcli.datasets.alphabet import read_alphabet  # noqa: PLC0415  # predicting needs none

    generator = stream(seed, Purpose.SYNTHETIC_DIGITS, epoch=_SPLITS[name], step=block)
    strokes = write(read_alphabet(), BLOCK, generator)
    return Split(render(strokes.curves, strokes.radii, generator), strokes.labels)


def _blocks(seed: int, name: SplitName, count: int, progress: Progress | None) -> Iterator[Split]:
    """Yield the first `count` digits of a split, block after block."""
    for block in range(ceil(count / BLOCK)):
        done = min((block + 1) * BLOCK, count)
        yield draw_block(seed, name, block)[: done - block * BLOCK]
        if progress and count > BLOCK:
            progress(f"drawing {name} digits", done, count, " images")


def _from_cache(seed: int, name: SplitName, count: int, progress: Progress | None) -> Split:
    """Return kept digits where there are enough, or draw and keep them."""
    folder = cache_folder() / SYNTHETIC / _generator_version()
    images, labels = folder / f"{name}-{seed}-images.npy", folder / f"{name}-{seed}-labels.npy"
    kept = _open(images, labels)
    if len(kept) < count:
        try:
            _make_room(folder)
            with atomic_write(images) as image_file, atomic_write(labels) as label_file:
                write_header(image_file, (count, SIDE, SIDE), np.uint8)
                write_header(label_file, (count,), np.int64)
                for block in _blocks(seed, name, count, progress):
                    image_file.write(block.images.tobytes())
                    label_file.write(block.labels.tobytes())
        except OSError:  # a cache that cannot be written is no reason to stop
            return draw(seed, name, count, progress)
        kept = _open(images, labels)
        if len(kept) < count:  # another process has drawn fewer, or emptied the cache
            return draw(seed, name, count, progress)
    return kept[:count]


def _open(images: Path, labels: Path) -> Split:
    """Map kept digits into memory, none where they are not there or broken."""
    with suppress(OSError, EOFError, ValueError):
        split = Split(open_array(images), open_array(labels))
        shape = (len(split), SIDE, SIDE)
        sound = split.images.shape == shape and split.images.dtype == np.uint8
        if sound and split.labels.dtype == np.int64 and np.isin(split.labels, range(10)).all():
            return split
    return Split(np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.int64))


def _make_room(folder: Path) -> None:
    """Make the folder of this version, and delete those of others and what was left half-made."""
    folder.mkdir(parents=True, exist_ok=True)
    for temporary in folder.glob(".*.tmp"):
        if is_abandoned(temporary):
            temporary.unlink(missing_ok=True)
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
