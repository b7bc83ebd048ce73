"""Digits to see in different ways, what sees them slowly, and data and steps that go with a view."""

from collections.abc import Sequence
from itertools import pairwise
from math import floor
from pathlib import Path
from typing import Any

import numpy as np

from mlpcli.images.normalization import Pixels
from mlpcli.images.recipe import DIGIT
from mlpcli.images.view import View
from tests.support.boxing import normalize_digit
from tests.support.glyphs import draw_digits
from tests.support.recipes import describe

VIEWS = (View(deslant=True), View(width=8), View(width=13), View(deslant=True, width=20))


def boxed_digits(count: int, seed: int = 0) -> Pixels:
    """Return printed digits as MNIST's makers would have kept them, (count, 28, 28) uint8."""
    drawn, _ = draw_digits(count, seed)
    return np.stack([normalize_digit(image / 255) for image in drawn])


def odd_images() -> Pixels:
    """Return images of which some ratio is 0 / 0, or that reach the border, as boxed ones do not."""
    images = np.zeros((12, 28, 28), dtype=np.uint8)
    images[1] = 255  # all ink
    images[2, 14, 3:20] = 255  # one row
    images[3, :, 14] = 255  # one column
    images[4, 0, 27] = images[5, 27, 0] = images[6, 13, 13] = 1  # one pixel
    images[7, 3:9, 5:8] = 76  # a level below ink
    np.fill_diagonal(images[8], 200)  # as steep as is made upright
    images[9, 0, 0] = images[9, 1, 27] = 255  # much steeper
    images[10] = np.random.default_rng(0).integers(256, size=(28, 28))
    images[11] = np.random.default_rng(1).integers(-2000, 256, size=(28, 28)).clip(0)
    return images


def preparation(view: View) -> dict[str, Any]:
    """Return what the metadata of a network of digits with a view says of its inputs."""
    steps = describe(DIGIT) + view.describe()
    return {"kind": "digit", "height": 28, "width": 28, "steps": steps}


def write_boxed(path: Path) -> Path:
    """Write 300 training images and 60 test images of printed digits in boxes."""
    labels = np.arange(360) % 10
    images = boxed_digits(360, seed=3)
    train, test = slice(300), slice(300, 360)
    np.savez(
        path,
        x_train=images[train],
        y_train=labels[train],
        x_test=images[test],
        y_test=labels[test],
    )
    return path


def seen_slowly(images: Pixels, view: View) -> Pixels:
    """Return what `View.apply` does, a number at a time."""
    pictures = images.tolist()
    if view.deslant:
        pictures = [_deslanted(picture) for picture in pictures]
    if view.width is not None:
        pictures = [_of_width(picture, view.width) for picture in pictures]
    return np.array(pictures, dtype=np.uint8)


Picture = Sequence[Sequence[int]]


def _deslanted(picture: Picture) -> list[list[int]]:
    inked = [(r, c, level) for r, row in enumerate(picture) for c, level in enumerate(row)]
    mass = sum(level for _, _, level in inked)
    if mass == 0:
        return [*map(list, picture)]
    down = sum(r * level for r, _, level in inked)
    across = sum(c * level for _, c, level in inked)
    spread = mass * sum(r * r * level for r, _, level in inked) - down * down
    covariance = mass * sum(r * c * level for r, c, level in inked) - down * across
    slant = min(1.0, max(-1.0, covariance / spread)) if spread else 0.0
    return [_moved(row, _units(slant * (r - down / mass))) for r, row in enumerate(picture)]


def _moved(row: Sequence[int], units: int) -> list[int]:
    """Take each pixel from so many units further right."""

    def level(column: int) -> int:
        return row[column] if 0 <= column < 28 else 0

    whole, part = divmod(units, 256)
    places = [c + whole for c in range(28)]
    return [(level(p) * (256 - part) + level(p + 1) * part + 128) // 256 for p in places]


def _of_width(picture: Picture, width: int) -> list[list[int]]:
    mass = sum(map(sum, picture))
    across = sum(c * level for row in picture for c, level in enumerate(row))
    inked = [c for c in range(28) if any(row[c] >= 77 for row in picture)]
    step = (inked[-1] - inked[0] + 1) / width if inked else 1.0
    middle = across / mass + 0.5 if mass else 14.0
    edges = [_units(middle + step * (c - 14)) for c in range(29)]
    return [[_mean(row, *ends) for ends in pairwise(edges)] for row in picture]


def _mean(row: Sequence[int], start: int, end: int) -> int:
    """Return the mean grey level of a row from one place to another, rounded."""
    ink = sum(
        level * max(0, min(end, 256 * c + 256) - max(start, 256 * c)) for c, level in enumerate(row)
    )
    return (2 * ink + end - start) // (2 * (end - start))


def _units(place: float) -> int:
    return floor(place * 256 + 0.5)
