"""`mlp data`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import open_configured, split_option, with_source

if TYPE_CHECKING:
    from mlpcli.datasets import SplitName


def _known(_context: click.Context, _parameter: click.Parameter, name: str) -> str:
    """Return the name of a known data set, or refuse it."""
    from mlpcli.datasets import SOURCES

    if name not in SOURCES:
        raise click.BadParameter(f"{name!r} is not one of {', '.join(SOURCES)}")
    return name


@click.group("data")
def command() -> None:
    """List, fetch, verify and export data sets.

    They are kept in the folder data, or the one that MLP_DATA names.

    Example: mlp data list
    """


@command.command("list")
def list_all() -> None:
    """Print the known data sets and their folders.

    Example: mlp data list
    """
    from mlpcli.config import data_root
    from mlpcli.datasets import SOURCES, find
    from mlpcli.errors import DataError

    for name, source in SOURCES.items():
        try:
            folder, _ = find(name, Path(data_root()))
            where = str(folder)
        except DataError:
            where = "not here"
        click.echo(f"{name:<14} {source.title:<28} {where}")


@command.command("fetch")
@click.argument("name", callback=_known)
def fetch(name: str) -> None:
    """Download a data set and print its folder.

    One that is here already is not downloaded again.

    Example: mlp data fetch mnist
    """
    from mlpcli.cli.progress import download_bars
    from mlpcli.config import data_root
    from mlpcli.datasets import find_or_fetch

    with download_bars() as progress:
        folder, _ = find_or_fetch(name, Path(data_root()), progress)
    click.echo(folder)


@command.command("verify")
@click.argument("name", callback=_known)
def verify(name: str) -> None:
    """Check that a data set is the published one.

    Example: mlp data verify mnist
    """
    from mlpcli.config import data_root
    from mlpcli.datasets import find

    folder, (train, test) = find(name, Path(data_root()))
    click.echo(f"{folder}: {len(train)} train and {len(test)} test images, as published")


@command.command("export")
@click.argument("name", metavar="NAME_OR_PATH")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
@split_option
@click.option("--count", type=click.IntRange(min=1), metavar="N", help="Only the first N images.")
def export(name: str, directory: Path, split: SplitName, count: int | None) -> None:
    """Write images as PNG files.

    They are named SPLIT-INDEX-LABEL.png. The validation images are the last 10,000 training images.

    Example: mlp data export mnist digits --split test --count 100
    """
    from PIL import Image

    from mlpcli.config import data_root
    from mlpcli.config.schema import DataConfig
    from mlpcli.errors import MlpError

    config = DataConfig(root=data_root())
    if split != "validation":
        config = config.model_copy(update={"validation": 0})  # export all there are
    images = open_configured(with_source(config, name)).split(split)[slice(count)]
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for index, (image, label) in enumerate(zip(images.images, images.labels, strict=True)):
            Image.fromarray(image).save(directory / f"{split}-{index:05}-{label}.png")
    except OSError as error:
        raise MlpError(f"{directory}: cannot be written, {error.strerror or error}") from error
    click.echo(f"{len(images)} images written to {directory}", err=True)
