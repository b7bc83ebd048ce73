"""`mlp data form` and `mlp data collect`: a data set that a class writes by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import force_option, say
from mlpcli.cli.sources import find_sources
from mlpcli.cli.suggestions import Choice
from mlpcli.errors import DataError, ImageError

if TYPE_CHECKING:
    from mlpcli.datasets.forms.cutting import Cut
    from mlpcli.datasets.forms.layout import PaperName

_RANGE = re.compile(r"([0-9])(?:-([0-9]))?")


def _digits(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    """Return the digits that ranges and single ones name, in ascending order."""
    chosen: set[int] = set()
    for part in text.split(","):
        match = _RANGE.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last:
            raise click.BadParameter(
                f"must be digits and ranges of them, such as 0-9 or 1,7, got {text!r}"
            )
        chosen.update(range(first, last + 1))
    return tuple(sorted(chosen))


@click.command("form")
@click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False, readable=False), metavar="FILE"
)
@click.option(
    "--digits",
    default="0-9",
    show_default=True,
    callback=_digits,
    metavar="LIST",
    help="Which digits to write, in ranges and lists such as 0-4 or 1,7.",
)
@click.option(
    "--rows",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many rows of boxes, up to 16. Each row is for the next digit; after the last digit "
    "comes the first again. By default each digit has the same number of rows, up to 12 in all.",
)
@click.option(
    "--paper",
    type=Choice(["a4", "letter"]),
    default="a4",
    show_default=True,
    help="Size of the paper.",
)
@force_option
def form(
    file: Path, digits: tuple[int, ...], rows: int | None, paper: PaperName, *, force: bool
) -> None:
    """Make a page to print, with boxes to write digits in.

    FILE ends in .pdf or .png. Beside each row stands the digit to write into its boxes. The page
    itself tells the writer and mlp data collect what its boxes are for; mlp data collect makes a
    data set from scans or photos of such pages.

    Example: mlp data form form.pdf

    Example: mlp data form form.pdf --digits 1,7 --paper letter
    """
    from mlpcli.datasets.forms.layout import MOST_ROWS, make_layout, usual_rows
    from mlpcli.datasets.forms.printing import form_pdf, form_png
    from mlpcli.utils import outputs

    kinds = {".pdf": (form_pdf, outputs.DOCUMENT), ".png": (form_png, outputs.PICTURE)}
    suffix = file.suffix.lower()
    if suffix not in kinds:
        raise click.BadParameter(f"must end in .pdf or .png, got {str(file)!r}", param_hint="FILE")
    if rows is not None and not len(digits) <= rows <= MOST_ROWS:
        raise click.BadParameter(
            f"must be between {len(digits)}, one for each digit, and {MOST_ROWS}, got {rows}",
            param_hint="'--rows'",
        )
    make, kind = kinds[suffix]
    outputs.check_output(file, kind, force=force)
    layout = make_layout(digits, rows or usual_rows(len(digits)), paper)
    outputs.write_output(file, make(layout), kind, force=force)
    say(f"{layout.rows} rows of {layout.columns} boxes written to {file}")


@click.command("collect")
@click.argument("photos", nargs=-1, required=True, metavar="PHOTO...")
@click.argument("directory", type=click.Path(path_type=Path, readable=False), metavar="DIR")
@click.option("--add", is_flag=True, help="Put the pictures into a DIR that has some already.")
def collect(photos: tuple[str, ...], directory: Path, *, add: bool) -> None:
    """Make a data set from photos of filled-in forms.

    PHOTO is a scan or photo of a page that mlp data form made, a folder of them or a pattern such
    as '*.jpg'. It may be turned, taken at an angle and in any light, but must show the whole page
    with its four corner marks.

    Each box becomes a picture in DIR, in a folder for its digit, such as DIR/7, and mlp train
    quickstart --data DIR trains on them. Look at DIR/check.png first: it shows each box with its
    label, the doubtful ones in red. Empty boxes are left out. A photo that cannot be read is
    reported, the others are still read, and the exit code is 1.

    Example: mlp data collect photos/*.jpg class
    """
    from mlpcli.cli.progress import count_bar
    from mlpcli.datasets.forms.collecting import Collection
    from mlpcli.datasets.forms.cutting import cut_boxes
    from mlpcli.datasets.forms.reading import read_page
    from mlpcli.report.check_sheets import CheckSheets

    sources = find_sources(photos)
    sheets, failures, read = CheckSheets(), 0, 0
    with Collection(directory, add=add) as collection:
        bar = count_bar(sources, "reading", " photos")
        for place, source in bar:
            with bar.external_write_mode():
                try:
                    page = read_page(source() if callable(source) else source, place)
                except ImageError as error:
                    say(str(error))
                    failures += 1
                    continue
                cuts = [*cut_boxes(page)]
                paths = collection.put(place, cuts)
                if paths is None:
                    say(f"{place}: already in {directory}, so it is left out")
                    continue
                for line in _findings(cuts, paths):
                    say(f"{place}: {line}")
                sheets.add(place, cuts)
                read += 1
        if collection.counts:
            checks = collection.finish(sheets.files())
            _print(collection.counts, read, directory, checks)
        elif read:
            raise DataError(f"{directory}: not written, because every box is empty")
    if failures:
        click.get_current_context().exit(ImageError.exit_code)


def _findings(cuts: Sequence[Cut], paths: dict[tuple[int, int], Path]) -> Iterator[str]:
    """Yield a line on each doubtful box, and on each run of empty ones in a row."""
    rows = [[*row] for _, row in groupby(cuts, key=lambda cut: cut.row)]
    for is_empty, group in groupby(rows, key=lambda row: all(cut.is_empty for cut in row)):
        some = [*group]
        if is_empty:
            yield f"{_range('row', some[0][0].row, some[-1][0].row)}: empty"
        else:
            yield from (line for row in some for line in _findings_in_row(row, paths))


def _findings_in_row(row: Sequence[Cut], paths: dict[tuple[int, int], Path]) -> Iterator[str]:
    for is_empty, group in groupby(row, key=lambda cut: cut.is_empty):
        boxes = [*group]
        if is_empty:
            columns = _range("column", boxes[0].column, boxes[-1].column)
            yield f"row {row[0].row + 1}, {columns}: empty"
            continue
        for cut in boxes:
            if cut.doubt:
                file = paths[cut.row, cut.column]
                yield f"row {cut.row + 1}, column {cut.column + 1}: {cut.doubt}; look at {file}"


def _range(what: str, first: int, last: int) -> str:
    """Return what people call some rows or columns, which are counted from 0 here."""
    return f"{what} {first + 1}" if first == last else f"{what}s {first + 1} to {last + 1}"


def _print(counts: dict[int, int], photos: int, directory: Path, checks: Sequence[Path]) -> None:
    """Print how many pictures there are of each digit, and where."""
    from mlpcli.utils.escaping import printable

    for digit, number in sorted(counts.items()):
        click.echo(f"{digit}  {number:6,}  {printable(directory / str(digit))}")
    total = sum(counts.values())
    click.echo(f"{total:,} pictures from {photos} photo{'' if photos == 1 else 's'}")
    say(f"to check: {', '.join(map(str, checks))}")
    say(f"next: mlp train quickstart --data {directory}")
