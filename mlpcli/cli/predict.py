"""`mlp predict`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mlpcli.cli.common import force_option, say, weights_option
from mlpcli.cli.reporting import check_table, write_table
from mlpcli.cli.sources import Source, find_sources, listed_sources
from mlpcli.errors import ImageError, MlpError
from mlpcli.utils.stems import Stems

if TYPE_CHECKING:
    from mlpcli.inference.reading import Reading
    from mlpcli.report.predictions import PredictionTable

FEW = 20  # pictures; a bar is shown for more


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
@click.option("--many", is_flag=True, help="Read all digits, line by line.")
@click.option(
    "--show",
    is_flag=True,
    help="Draw what the network saw, and its probabilities; with --many, the lines, and up to "
    "10 digits.",
)
@click.option(
    "--show-steps",
    type=click.Path(path_type=Path, file_okay=False, readable=False),
    metavar="DIR",
    help="Write the picture after each step of its preprocessing, as PNG files; with --many, also "
    "with a box around each digit.",
)
@click.option(
    "--csv",
    "csv_file",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    metavar="FILE",
    help="Write the predictions to a file, or - for standard output. The columns are image, "
    "predicted, probability and warnings for pictures, and ImageId and Label, as Kaggle takes "
    "them, for one CSV.",
)
@click.option(
    "--probabilities",
    is_flag=True,
    help="With --csv, add a column for each class with its probability.",
)
@force_option
@click.option(
    "--tta/--no-tta",
    default=True,
    show_default=True,
    help="Test-time augmentation: for digits, average the predictions for small shifts and "
    "rotations of the image.",
)
@click.option(
    "--from-list",
    is_flag=True,
    help="Read names of pictures from standard input, one per line; give - as IMAGE.",
)
@click.option(
    "--recursive", is_flag=True, help="Also read the pictures in the subfolders of a folder."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per image.")
def command(  # noqa: PLR0913  # an argument for each option
    images: tuple[str, ...],
    weights: tuple[Path, ...],
    top: int,
    show_steps: Path | None,
    csv_file: str | None,
    *,
    probabilities: bool,
    force: bool,
    many: bool,
    show: bool,
    tta: bool,
    from_list: bool,
    recursive: bool,
    as_json: bool,
) -> None:
    """Read digits in pictures.

    IMAGE is a file, a folder of pictures, a pattern such as '*.png', or - for one picture on
    standard input; pictures of a folder or a pattern are read in alphabetical order. Links to
    folders and hidden files in a folder are not read; a note says how many there are. A .csv or
    .csv.gz file has an image of the network's size in each row; labels, if any, are ignored.

    Drawings, scans and photos, dark on light or light on dark, are turned into images like MNIST's;
    a warning says where that may have failed. If the network was trained on anything but digits
    like MNIST's, a picture is only resized: it must be light on dark or dark on light, whichever
    the training images were. A picture that cannot be read is reported, the others are still read,
    and the exit code is 1.

    Example: mlp predict seven.png --show

    Example: mlp predict test.csv --csv submission.csv
    """
    from mlpcli.inference.loading import open_weights
    from mlpcli.inference.rows import is_in_rows, read_sources
    from mlpcli.report.predictions import PredictionTable

    _check_options(click.get_current_context().params)
    check_table(csv_file, force=force)
    classifier, _ = open_weights(weights, say)
    sources = listed_sources() if from_list else find_sources(images, recursive=recursive)
    numbered = len(sources) == 1 and is_in_rows(sources[0])
    table = PredictionTable(classifier.classes, numbered=numbered, probabilities=probabilities)
    answer = _collector(table) if csv_file else _printer(top, show=show, as_json=as_json)
    counted, beside_bar = _counted(sources)
    failures = 0
    steps = _Steps(show_steps, force=force) if show_steps else None
    for reading in read_sources(classifier, counted, say, many=many, tta=tta):
        if steps and not isinstance(reading, MlpError):
            steps.write(reading)
        with beside_bar():
            if isinstance(reading, MlpError):
                say(str(reading))
                failures += 1
            else:
                answer(reading)
    if csv_file and len(table):
        write_table(csv_file, table.text, force=force, content=_how_many(len(table), failures))
    if failures:
        click.get_current_context().exit(ImageError.exit_code)


def _check_options(given: dict[str, Any]) -> None:
    """Refuse options that do not go together.

    Raises:
        click.UsageError: the message says which.
    """
    if given["show"] and given["as_json"]:
        raise click.UsageError("--show draws, --json prints data: give one of them")
    if given["from_list"] and given["images"] != ("-",):
        raise click.UsageError("--from-list takes the names from standard input: give - as IMAGE")
    if given["csv_file"] and (given["show"] or given["as_json"] or given["many"]):
        raise click.UsageError("--csv writes a class per image: leave out --show, --json, --many")
    if given["probabilities"] and not given["csv_file"]:
        raise click.UsageError("--probabilities adds columns to a CSV: give --csv FILE")


def _how_many(predictions: int, failures: int) -> str:
    return f"{predictions} predictions" + (f", {failures} not read" if failures else "")


def _collector(table: PredictionTable) -> Callable[[Reading], None]:
    """Return the function that puts a reading into a table; warnings of pictures are said too."""

    def collect(reading: Reading) -> None:
        table.add(reading)
        if not table.numbered:
            _say_warnings(reading)

    return collect


def _printer(top: int, *, show: bool, as_json: bool) -> Callable[[Reading], None]:
    """Return the function that prints a reading."""
    from mlpcli.report.readings import reading_record

    if as_json:
        return lambda reading: click.echo(json.dumps(reading_record(reading)))
    return lambda reading: _print(reading, top, show=show)


def _print(reading: Reading, top: int, *, show: bool) -> None:
    """Print a reading and its warnings."""
    from mlpcli.report.readings import reading_drawing, reading_text

    click.echo(reading_text(reading, top))
    _say_warnings(reading)
    if show:
        click.echo(reading_drawing(reading))


def _say_warnings(reading: Reading) -> None:
    from mlpcli.report.readings import warning_lines

    for line in warning_lines(reading):
        say(line)


class _Steps:
    """Writes pictures after each preprocessing step, each with a name of its own.

    Args:
        folder: for them.
        force: whether to replace any file that has such a name.
    """

    def __init__(self, folder: Path, *, force: bool) -> None:
        self._folder, self._force = folder, force
        self._stems = Stems()

    def write(self, reading: Reading) -> None:
        """Write a picture after each step.

        Raises:
            OutputError: a file must not or cannot be written.
        """
        import numpy as np

        from mlpcli.report.page_drawings import boxed
        from mlpcli.utils.outputs import PICTURE, make_folder, png, write_output

        make_folder(self._folder)
        stem = self._stems.give(reading.place)
        pictures = [(name, np.rint(255 * step).astype(np.uint8)) for name, step in reading.steps]
        if reading.many:
            pictures.append(("boxes", boxed(reading)))
        for number, (name, picture) in enumerate(pictures):
            content = png(picture)
            file = self._folder / f"{stem}-{number:02}-{name}.png"
            write_output(file, content, PICTURE, force=self._force, durable=False)


def _counted(
    sources: list[Source],
) -> tuple[Iterable[Source], Callable[[], AbstractContextManager[None]]]:
    """Return the pictures, with a bar if there are many, and a context for printing above it."""
    if len(sources) <= FEW:
        return sources, nullcontext
    from mlpcli.cli.progress import count_bar

    bar = count_bar(sources, "reading", " pictures")
    return bar, bar.external_write_mode
