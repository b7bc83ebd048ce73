"""`mlp predict`."""

from __future__ import annotations

import io
import itertools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from mlpcli.cli.common import weights_option, weights_or_newest
from mlpcli.errors import ImageError

if TYPE_CHECKING:
    from mlpcli.arrays import Array
    from mlpcli.classifier import Classifier


@click.command("predict")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@weights_option
@click.option(
    "--top",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="K",
    help="How many of the likeliest classes to print.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per image.")
def command(images: tuple[str, ...], weights: tuple[Path, ...], top: int, *, as_json: bool) -> None:
    """Read digits in pictures.

    IMAGE is a file, a folder of pictures, or - for one picture on standard input. Dark digits on
    light paper and light ones on dark are both read. A picture that cannot be read is reported,
    the others are still answered, and the exit code is 1.

    Example: mlp predict seven.png --weights runs/mnist/best.npz
    """
    from mlpcli.classifier import Classifier
    from mlpcli.report.records import prediction_record
    from mlpcli.report.text import prediction_line

    classifier = Classifier.load(weights_or_newest(weights))
    classes = classifier.inputs.classes
    failed = False
    for place, source in itertools.chain.from_iterable(map(_pictures, images)):
        try:
            probabilities = _predict(classifier, source, place)
        except ImageError as error:
            click.echo(str(error), err=True)
            failed = True
            continue
        if as_json:
            click.echo(json.dumps(prediction_record(place, probabilities, classes)))
        else:
            click.echo(prediction_line(place, probabilities, classes, top))
    if failed:
        click.get_current_context().exit(ImageError.exit_code)


def _predict(classifier: Classifier, source: Path | IO[bytes], place: str) -> Array:
    """Return the probabilities, (classes,), for one picture."""
    import numpy as np

    from mlpcli.images import read_picture

    image = classifier.prepare(read_picture(source, place))
    probabilities: Array = np.exp(classifier.log_probabilities(image[None]))[0]
    return probabilities


def _pictures(name: str) -> Iterator[tuple[str, Path | IO[bytes]]]:
    """Yield name and source of each picture that an argument means."""
    path = Path(name)
    if name == "-":
        yield name, io.BytesIO(sys.stdin.buffer.read())
    elif os.path.isdir(path):  # noqa: PTH112  # unlike pathlib it never raises
        yield from ((str(item), item) for item in _folder(path))
    else:
        yield name, path


def _folder(folder: Path) -> list[Path]:
    """Return the pictures of a folder in the order of their names; the folder if there are none."""
    from mlpcli.images import SUFFIXES

    try:
        found = sorted(item for item in folder.iterdir() if item.suffix.lower() in SUFFIXES)
    except OSError:
        found = []
    return found or [folder]
