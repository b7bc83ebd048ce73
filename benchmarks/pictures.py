"""How well hard pictures of digits are read: drawn, scanned and photographed.

    python -m benchmarks.pictures --weights runs/mnist/best.npz

The pictures come from `tests.pictures`, which takes nothing from MNIST. Beside the
program's own way from a file to the network's input, the same network is given what three scripts
make of the same files that do less:

resized    grey, shrunk to 28×28
inverted   the same, dark and light exchanged where the border is light
recipe     Otsu's threshold, ink cut out, fitted into 20×20, centre of mass in the middle
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.cli.common import say, weights_option
from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.loading import open_weights

if TYPE_CHECKING:
    from tests.pictures import HardPicture

Pixels = NDArray[np.uint8]

COLUMNS = ("ours", "resized", "inverted", "recipe")
SIDE, BOX = 28, 20


@dataclass(frozen=True)
class Reading:
    """What became of one picture.

    Attributes:
        picture: with its label.
        predictions: for each of COLUMNS the digit, or None if the picture was refused.
    """

    picture: HardPicture
    predictions: tuple[int | None, ...]

    @property
    def right(self) -> list[bool]:
        """Whether each prediction is the label."""
        return [digit == self.picture.label for digit in self.predictions]


@click.command()
@weights_option
@click.option("--seed", default=0, show_default=True, help="Of the pictures.")
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pictures to this folder as well.",
)
@click.option("--wrong", is_flag=True, help="Name the pictures that are misread, and as what.")
def main(weights: tuple[Path, ...], seed: int, folder: Path | None, *, wrong: bool) -> None:
    """Print the accuracy for each kind of picture."""
    classifier, _ = open_weights(weights, say)
    click.echo(f"{'kind':<24}{'pictures':>9}" + "".join(f"{name + ' %':>12}" for name in COLUMNS))
    every = []
    for kind, group in groupby(readings(classifier, seed, folder), lambda of: of.picture.kind):
        of_kind = list(group)
        click.echo(line(kind, of_kind))
        every += of_kind
    click.echo(line("all", every))
    for reading in every:
        if wrong and not reading.right[0]:
            digit = "nothing" if reading.predictions[0] is None else reading.predictions[0]
            click.echo(f"{reading.picture.name}: read as {digit}")


def readings(classifier: Classifier, seed: int, folder: Path | None) -> Iterator[Reading]:
    """Draw, keep and read one picture after the other."""
    from tests.pictures import draw_pictures

    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    for picture in draw_pictures(seed):
        if folder:
            (folder / picture.name).write_bytes(picture.content)
        grey = plain_grey(picture.content)
        others = np.stack([resized(grey), resized(dark_border(grey)), recipe(dark_border(grey))])
        of_others = classifier.log_probabilities(others).argmax(axis=1).tolist()
        yield Reading(picture, (predict(classifier, picture), *of_others))


def predict(classifier: Classifier, picture: HardPicture) -> int | None:
    """Return the digit that the program reads, or None where it refuses the picture."""
    try:
        grey = read_picture(io.BytesIO(picture.content), picture.name)
    except ImageError:
        return None
    return int(classifier.log_probabilities(classifier.preprocess(grey).images, tta=True).argmax())


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


def line(name: str, of_kind: list[Reading]) -> str:
    """Return a line of the table."""
    shares = np.mean([reading.right for reading in of_kind], axis=0)
    return f"{name:<24}{len(of_kind):>9}" + "".join(f"{100 * share:>12.1f}" for share in shares)


if __name__ == "__main__":
    main()
