"""Printed digits, rotated and shifted: pictures of digits that need no download."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from tests.support.boxing import normalize_digit


def draw_digit(digit: int, *, size: int = 56, angle: float = 0, at: float = 0.5) -> Image.Image:
    """Draw a light digit on a dark square picture of (size, size) pixels.

    Args:
        digit: 0 to 9.
        size: of the picture; the digit is about half as high.
        angle: degrees, counter-clockwise.
        at: the digit's middle as a share of the picture, both ways.
    """
    picture = Image.new("L", (size, size))
    font = ImageFont.load_default(size=0.7 * size)
    middle = (at * size, at * size)
    ImageDraw.Draw(picture).text(middle, str(digit), fill=255, font=font, anchor="mm")
    return picture.rotate(angle, resample=Image.Resampling.BILINEAR)


def draw_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Draw digits, each rotated and shifted at random, as (count, 28, 28) uint8 and labels."""
    generator = np.random.default_rng(seed)
    labels = np.arange(count) % 10
    images = []
    for label in labels:
        angle, at = generator.uniform(-15, 15), generator.uniform(0.42, 0.58)
        picture = draw_digit(int(label), angle=angle, at=at)
        images.append(np.asarray(picture.resize((28, 28), Image.Resampling.BOX)))
    return np.stack(images), labels


def write_inputs(folder: Path, *names: str) -> None:
    """Write pictures as MNIST has them, whose names begin with their digit: quickest to read."""
    folder.mkdir(exist_ok=True)
    for name in names:
        ink = np.asarray(draw_digit(int(name[0]), size=112)) / 255
        Image.fromarray(normalize_digit(ink)).save(folder / name)


def write_digits(folder: Path, *names: str) -> None:
    """Write pictures whose names begin with their digit."""
    folder.mkdir(exist_ok=True)
    for name in names:
        draw_digit(int(name[0])).save(folder / name)
