"""Handwritten digits that the program draws itself, in MNIST's format.

They come in blocks, each drawn from a random stream of its own, (seed, split, block). An image is
therefore the same however many are asked for, and no stream serves two splits.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import numpy as np

from mlpcli.datasets.array_store import (
    keep,
    others,
    read_about,
    read_stored,
    remove_abandoned_folders,
    remove_stored,
)
from mlpcli.datasets.dataset import (
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
CLASSES = tuple("0123456789")
BLOCK = 256  # images
_SPLITS: dict[SplitName, int] = {"train": 0, "validation": 1, "test": 2}
GENERATOR_VERSION = 1
"""To be raised with every change of what a digit looks like, so that cached ones are drawn anew."""


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


def open_synthetic(
    drawing: Drawing, validation: int, progress: Progress | None = None, *, in_full: bool = False
) -> Dataset:
    """Take the digits from the cache, or draw them.

    Args:
        drawing: how many, and which.
        validation: how many of the images for training to keep back; they have streams of their
            own, so that the others are the first ones of the training split whatever it is.
        progress: told of what is drawn.
        in_full: check kept images by their SHA-256.

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
        name: _from_cache(drawing.seed, name, count, progress, in_full=in_full)
        for name, count in counts.items()
    }
    return Dataset(
        name=SYNTHETIC,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        classes=CLASSES,
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
    from mlpcli.datasets.synthetic.alphabet import read_alphabet  # noqa: PLC0415  # predicting needs none

    generator = stream(seed, Purpose.SYNTHETIC_DIGITS, epoch=_SPLITS[name], step=block)
    with limit_blas():  # its other threads would only wait for busy cores
        strokes = write(read_alphabet(), BLOCK, generator)
        return Split(render(strokes.curves, strokes.radii, generator), strokes.labels)


def _blocks(seed: int, name: SplitName, count: int, progress: Progress | None) -> Iterator[Split]:
    """Yield the first `count` digits of a split, block after block."""
    for block in range(ceil(count / BLOCK)):
        done = min((block + 1) * BLOCK, count)
        yield draw_block(seed, name, block)[: done - block * BLOCK]
        if progress and count > BLOCK:
            progress(f"drawing {name} digits", done, count, " images")


def _from_cache(
    seed: int, name: SplitName, count: int, progress: Progress | None, *, in_full: bool
) -> Split:
    """Return kept digits where there are enough, or draw and keep them."""
    if count <= BLOCK:  # sooner drawn than read
        return draw(seed, name, count, progress)
    about = {"generator": _generator(), "split": name, "seed": seed}
    try:
        folder = cache_folder(SYNTHETIC) / _key(about)
        kept = _open(folder, name, in_full=in_full)
        if len(kept) < count:
            _make_room(folder)
            with keep(folder, about) as keeper:
                keeper.begin(name, (count, SIDE, SIDE))
                for block in _blocks(seed, name, count, progress):
                    keeper.add(name, block)
            kept = _open(folder, name, in_full=in_full)
    except OSError:  # the cache is optional
        return draw(seed, name, count, progress)
    if len(kept) < count:  # another process has drawn fewer, or emptied the cache
        return draw(seed, name, count, progress)
    return kept if len(kept) == count else kept[:count]


def _open(folder: Path, name: SplitName, *, in_full: bool) -> Split:
    """Read kept digits, none where they are not there or broken."""
    with suppress(OSError, ValueError):
        kept = read_stored(folder, len(CLASSES), sides=(SIDE, SIDE), in_full=in_full)
        if split := kept.splits.get(name):
            return split
    return Split(np.empty((0, SIDE, SIDE), np.uint8), np.empty(0, np.int64))


def _make_room(folder: Path) -> None:
    """Delete what other versions have drawn, and what was left half-made."""
    remove_abandoned_folders(folder.parent)
    for other in others(folder):
        with suppress(OSError, ValueError):
            if read_about(other).get("generator") != _generator():
                remove_stored(other)


def _key(about: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def _generator() -> str:
    """Name what draws the digits; other versions of NumPy may round, or draw numbers, otherwise."""
    return f"{GENERATOR_VERSION}, numpy {np.__version__}"
