"""`mlp data`."""

from __future__ import annotations

import shutil
from collections.abc import Sized
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli import completion, forms
from mlpcli.cli.common import force_option, say, say_notes, split_option
from mlpcli.cli.suggestions import Group
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mlpcli.datasets import Dataset, Selection

PRINTED, ON_SHEET = 12, 100
"""How many images are shown by default."""


def _known(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """Return the name if a published data set has it, or refuse it."""
    from mlpcli.datasets import KNOWN, SOURCES
    from mlpcli.utils.names import guess

    if name in KNOWN and name not in SOURCES:
        raise click.BadParameter(f"{name!r} is drawn when needed, so there is nothing to do")
    if name not in SOURCES:
        raise click.BadParameter(
            f"{name!r} is not one of {', '.join(SOURCES)}{guess(name, SOURCES)}"
        )
    return name


@click.group("data", cls=Group)
def command() -> None:
    """List, fetch, verify, show and export data sets, or make one by hand.

    They are kept in the folder data, or in the one that MLP_DATA names. Synthetic digits are drawn
    by the program, and kept in the user's cache folder or in the one that MLP_CACHE names.

    Example: mlp data list
    """


command.add_command(forms.form)
command.add_command(forms.collect)


@command.command("list")
def list_all() -> None:
    """Print the known data sets and their folders.

    Example: mlp data list
    """
    from mlpcli.config import data_root
    from mlpcli.datasets import DRAWN, SOURCES, CachePolicy, find
    from mlpcli.errors import DataError

    for name, source in SOURCES.items():
        try:
            folder, _ = find(name, Path(data_root()), CachePolicy(splits=()))
            where = str(folder)
        except (DataError, OSError):  # OSError without permission to read the folder
            where = "not here"
        click.echo(f"{name:<18} {source.title:<28} {printable(where)}")
    for drawn, title in DRAWN.items():
        click.echo(f"{drawn:<18} {title:<28} drawn by mlp when needed")


@command.command("fetch")
@click.argument("name", callback=_known, shell_complete=completion.published)
def fetch(name: str) -> None:
    """Download a data set and print its folder.

    A data set that is already here is not downloaded again.

    Example: mlp data fetch mnist
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.config import data_root
    from mlpcli.datasets import find_or_fetch

    with data_bars() as progress:
        folder, _ = find_or_fetch(name, Path(data_root()), progress)
    click.echo(folder)


@command.command("verify")
@click.argument("name", callback=_known, shell_complete=completion.published)
def verify(name: str) -> None:
    """Check that a data set is the published one.

    Example: mlp data verify mnist
    """
    from mlpcli.config import data_root
    from mlpcli.datasets import SOURCES, CachePolicy, find

    folder, content = find(name, Path(data_root()), CachePolicy(refresh=True))
    train, test = len(content.train), len(content.test)
    known = "as published" if SOURCES[name].mirrors else "of which no checksum was published"
    click.echo(f"{printable(folder)}: {train} train and {test} test images, {known}")


@command.command("show")
@click.argument("name", metavar="NAME_OR_PATH", shell_complete=completion.data_sets)
@split_option
@click.option(
    "--count",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"How many images, by default {PRINTED} or, in a PNG file, {ON_SHEET}.",
)
@click.option("--class", "class_name", metavar="C", help="Only images of this class.")
@click.option(
    "--png",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    metavar="FILE",
    help="Write the images as one picture instead.",
)
@force_option
def show(  # noqa: PLR0913  # an argument for each option
    name: str,
    split: Selection,
    count: int | None,
    class_name: str | None,
    png: Path | None,
    *,
    force: bool,
) -> None:
    """Print images in the terminal.

    Above each image are its class, its index in the split, counted from 0, and, for a folder of
    pictures, the name of its file.

    Example: mlp data show mnist --class 7
    """
    from mlpcli.datasets.selection import chosen
    from mlpcli.report.pictures import contact_sheet, picture_text, shown_name
    from mlpcli.utils import outputs

    if png:
        outputs.check_output(png, outputs.PICTURE, force=force)
    dataset = _open_for_looking(name, split)
    every = chosen(dataset, split)
    shown = _indices(dataset, split, class_name)[: count or (ON_SHEET if png else PRINTED)]
    images, labels = every.images[shown], every.labels[shown]
    if png is None:
        width = shutil.get_terminal_size().columns
        captions = []
        for index, label in zip(shown.tolist(), labels.tolist(), strict=True):
            file = every.name_of(index)
            below = "" if file is None else "\n" + shown_name(file, width)
            captions.append(f"{dataset.class_of(label)} (#{index}){below}")
        click.echo(picture_text(images, captions, width))
        return
    outputs.write_output(png, outputs.png(contact_sheet(images)), outputs.PICTURE, force=force)
    say(f"{_how_many(images)} written to {png}")


@command.command("export")
@click.argument("name", metavar="NAME_OR_PATH", shell_complete=completion.data_sets)
@click.argument(
    "directory", type=click.Path(path_type=Path, file_okay=False, readable=False), metavar="DIR"
)
@split_option
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Only the first N images.")
@force_option
def export(name: str, directory: Path, split: Selection, count: int | None, *, force: bool) -> None:
    """Write images as PNG files.

    They are named SPLIT-INDEX-LABEL.png; LABEL is none for an image without a class. The
    validation images are the last sixth of the training images, at most 10,000; synthetic ones are
    drawn separately.

    Example: mlp data export mnist digits --split test --count 100
    """
    from mlpcli.datasets.dataset import NO_CLASS
    from mlpcli.datasets.selection import chosen
    from mlpcli.utils import outputs

    images = chosen(_open_for_looking(name, split), split)[slice(count)]
    labels = ["none" if label == NO_CLASS else label for label in images.labels.tolist()]
    files = [directory / f"{split}-{index:05}-{label}.png" for index, label in enumerate(labels)]
    outputs.make_folder(directory)
    for file in files:  # all of them, before the first is written
        outputs.check_output(file, outputs.PICTURE, force=force)
    for file, image in zip(files, images.images, strict=True):
        content = outputs.png(image)
        outputs.write_output(file, content, outputs.PICTURE, force=force, durable=False)
    say(f"{_how_many(images)} written to {directory}")


def _how_many(images: Sized) -> str:
    return f"{len(images)} image{'' if len(images) == 1 else 's'}"


def _open_for_looking(name: str, split: Selection) -> Dataset:
    """Open a data set; validation images are split off only if they are the ones to show."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.config import data_root
    from mlpcli.config.data import DataConfig
    from mlpcli.datasets.selection import open_split, with_source

    config = with_source(DataConfig(root=data_root()), name)
    if split != "validation":
        config = config.model_copy(update={"validation": 0})
    with data_bars() as progress:
        dataset = open_split(config, split, progress=progress)
    say_notes(dataset)
    return dataset


def _indices(dataset: Dataset, split: Selection, class_name: str | None) -> NDArray[np.intp]:
    """Return the indices of the images of a class in a split, or of all images.

    Raises:
        click.BadParameter: there is no such class.
        DataError: the split has no image of the class.
    """
    import numpy as np

    from mlpcli.errors import DataError
    from mlpcli.utils.names import guess

    labels = dataset.split(split).labels
    if class_name is None:
        return np.arange(len(labels))
    folded = [known.casefold() for known in dataset.classes]
    if class_name in dataset.classes:
        folded = list(dataset.classes)
    elif class_name.casefold() in folded:
        class_name = class_name.casefold()
    else:
        known = ", ".join(dataset.classes) + guess(class_name, dataset.classes)
        raise click.BadParameter(f"{class_name!r} is not one of {known}", param_hint="'--class'")
    label = folded.index(class_name)
    indices = np.flatnonzero(labels == label)
    if not len(indices):
        raise DataError(
            f"{dataset.name}: the {split} split has no image of class {dataset.classes[label]}"
        )
    return indices
