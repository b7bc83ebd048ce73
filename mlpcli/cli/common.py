"""What several commands share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.printable import printable

if TYPE_CHECKING:
    from mlpcli.config.schema import DataConfig
    from mlpcli.datasets import Dataset, Selection, Split

weights_option = click.option(
    "--weights",
    multiple=True,
    type=click.Path(path_type=Path, readable=False),
    metavar="FILE",
    help="Weights to use, by default the newest run's best or, without a run, those that come with "
    "mlp; given more than once, averaged.",
)
split_option = click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    default="test",
    show_default=True,
    help="Which of the images.",
)


def say(text: str) -> None:
    """Print one line on stderr, if that is still open, with what does not print in it escaped."""
    with suppress(OSError):  # a closed terminal must not keep a training from its end
        click.echo(printable(text), err=True)


def open_configured(data: DataConfig, seed: int = 0) -> Dataset:
    """Open the data set that a configuration names, with bars for what takes long.

    Synthetic digits are drawn from the configuration's seed.
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.datasets import Drawing, open_dataset

    source = data.name if data.path is None else Path(data.path)
    with data_bars() as progress:
        return open_dataset(
            source,
            root=Path(data.root),
            validation=data.validation,
            drawing=Drawing(data.train, data.test, seed),
            progress=progress,
        )


def with_source(data: DataConfig, name_or_path: str) -> DataConfig:
    """Return a copy that means another data set: a known one by name, any other by path."""
    from mlpcli.datasets import KNOWN

    known = name_or_path in KNOWN
    change = {"name": name_or_path, "path": None} if known else {"path": name_or_path}
    return data.model_copy(update=change)


def drawing_only(data: DataConfig, split: Selection) -> DataConfig:
    """Return a copy by which hardly any synthetic digits are drawn besides those of one split."""
    changes = {}
    if split in ("validation", "test"):
        changes["train"] = data.validation + 1  # there must be one to train on
    if split in ("train", "validation"):
        changes["test"] = 1
    return data.model_copy(update=changes)


def chosen(dataset: Dataset, split: Selection) -> Split:
    """Return the images that --split means.

    Raises:
        DataError: there are none.
    """
    from mlpcli.errors import DataError

    images = dataset.split(split)
    if not len(images):
        hint = "data.validation is 0" if split == "validation" else "--split all takes every image"
        raise DataError(f"{dataset.name}: the {split} split is empty, {hint}")
    return images


def weights_or_newest(weights: Sequence[Path]) -> list[Path]:
    """Return the given files, the newest run's best, or those that come with the program.

    Which of the last two it is stands on stderr.
    """
    if weights:
        return list(weights)
    from mlpcli.classifier import BUNDLED
    from mlpcli.runs import newest_weights

    newest = newest_weights(Path("runs"))
    if newest is None:
        say("weights: those that come with mlp, trained on synthetic digits")
        return [BUNDLED]
    say(f"weights: {newest}")
    return [newest]


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Make one clear line of what the system says against writing a file or folder."""
    from mlpcli.errors import MlpError

    try:
        yield
    except OSError as error:
        raise MlpError(f"{place}: cannot be written, {error.strerror or error}") from error
