"""What scripts that do less than this program make of a picture of a digit."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

SIDE, BOX = 28, 20


def plain_grey(content: bytes) -> Pixels:
    """Decode a picture as most scripts do, without a thought for transparency or orientation."""
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(image.convert("L"))


def resized(grey: Pixels) -> Pixels:
    """Shrink to (28, 28)."""
    return np.asarray(Image.fromarray(grey).resize((SIDE, SIDE), Image.Resampling.BOX))


def dark_border(grey: Pixels) -> Pixels:
    """Exchange dark and light where the border is light."""
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    return 255 - grey if np.median(border) >= 128 else grey


def recipe(grey: Pixels) -> Pixels:
    """Do what tutorials do with light on dark: threshold, cut out, fit into 20×20, centre."""
    ink = grey > otsu(grey)
    rows, columns = (np.flatnonzero(ink.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(side * BOX / max(cut.shape))) for side in cut.shape)
    image = Image.fromarray(cut.astype(np.uint8) * 255)
    small = np.asarray(image.resize((width, height), Image.Resampling.BOX))
    total = max(1, int(small.sum()))
    middle = [
        round(float(small.sum(axis=1 - axis) @ np.arange(small.shape[axis])) / total)
        for axis in (0, 1)
    ]
    top, left = (
        int(np.clip(SIDE // 2 - at, 0, SIDE - side))
        for at, side in zip(middle, small.shape, strict=True)
    )
    centred = np.zeros((SIDE, SIDE), dtype=np.uint8)
    centred[top : top + height, left : left + width] = small
    return centred


def otsu(grey: Pixels) -> int:
    """Return the grey level that separates dark from light (Otsu, A threshold, 1979)."""
    counts = np.bincount(grey.ravel(), minlength=256).astype(np.float64)
    below = counts.cumsum()
    sums = (counts * np.arange(256)).cumsum()
    above = (below[-1] - below).clip(1)
    apart = sums / below.clip(1) - (sums[-1] - sums) / above
    return int((below * (below[-1] - below) * apart**2).argmax())
