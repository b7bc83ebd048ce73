"""Tells what the columns of a CSV are: which one has the labels, and which have the pixels."""

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from math import isqrt
from pathlib import Path

from mlpcli.datasets.formats.lines import read_blocks
from mlpcli.errors import DataError
from mlpcli.utils.escaping import first_line

NUMBER = re.compile(r" *[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)? *")
_SEPARATORS = ",;\t"
LABELS = ("label", "labels", "target", "targets", "class", "y")
_INDICES = ("", "id", "imageid", "image_id", "index", "unnamed: 0")
_MOST_ROWS = 100_000  # that are looked at to find the labels
_LEAST_COUNT = 16  # columns that count 0, 1, 2, … in a first line of column numbers


@dataclass(frozen=True)
class Columns:
    """What each column of a table is.

    Attributes:
        separator: between the cells of a line.
        names: of the columns, if a line has them.
        count: of all columns.
        pixels: which columns have pixels.
        label: which column has the labels, if any.
        header: the number of the line with the names; 0 for none.
        notes: what was understood that may surprise.
    """

    separator: str
    names: tuple[str, ...] | None
    count: int
    pixels: tuple[int, ...]
    label: int | None
    header: int = 0
    notes: tuple[str, ...] = ()

    def name(self, column: int) -> str:
        """Return how messages call a column: by its number, and its name if it has one."""
        named = f" ({first_line(self.names[column], 40)})" if self.names else ""
        return f"column {column + 1}{named}"


def split_cells(line: str, separator: str) -> list[str]:
    """Return the cells of a line, without the quotes around them.

    Raises:
        csv.Error: a quote is not closed, or a quoted cell is followed by text.
    """
    if '"' not in line:
        return line.split(separator)
    return next(csv.reader([line], delimiter=separator, strict=True), [])


def find_columns(path: Path, pixels: int | None = None) -> Columns:
    """Tell from the first lines of a CSV what its columns are.

    The labels are in the column whose name says so. Otherwise they are in the first column, or in
    the last one if the first has the same value in every row, as a corner of the image has.

    Args:
        path: of the file.
        pixels: of an image; None for those of any square image.

    Raises:
        DataError: it is no table of images.
    """
    number, line = next(_filled_lines(path), (1, ""))
    separator = max(_SEPARATORS, key=line.count)
    cells = _cells(path, number, line, separator)
    names = tuple(cell.strip() for cell in cells) if _are_names(cells) else None
    lowered = [name.lower() for name in names or ()]
    label = next((i for i, name in enumerate(lowered) if name in LABELS), None)
    left_out = [i for i, name in enumerate(lowered) if name in _INDICES and i != label]
    others = [i for i in range(len(cells)) if i != label and i not in left_out]
    notes = [_left_out(names[i], i) for i in left_out] if names else []
    if label is None and not _fits(len(others), pixels) and _fits(len(others) - 1, pixels):
        label = _label_column(path, separator, others, header=names is not None)
        others.remove(label)
        if label > others[0]:
            notes.append(f"the labels are in the last column, {label + 1}")
    if not _fits(len(others), pixels):
        wanted = f"{'a square number of' if pixels is None else pixels} columns of pixels"
        beside = "" if label is None else " beside the labels"
        hint = "; name the column of the labels: label" if label is None else ""
        raise DataError(f"{path}:{number}: must have {wanted}{beside}, got {len(others)}{hint}")
    header = number if names else 0
    return Columns(separator, names, len(cells), tuple(others), label, header, tuple(notes))


def _filled_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for block in read_blocks(path):
        for number, line in enumerate(block.lines, block.first):
            if line.strip():
                yield number, line


def _cells(path: Path, number: int, line: str, separator: str) -> list[str]:
    try:
        cells = split_cells(line, separator)
    except csv.Error as error:
        raise DataError(f"{path}:{number}: not a line of a CSV, {first_line(error)}") from error
    if len(cells) < 2:
        got = "an empty file" if not line else repr(first_line(line, 40))
        raise DataError(
            f"{path}:{number}: must be a CSV whose columns are separated by commas, semicolons or "
            f"tabs, got {got}"
        )
    return cells


def _are_names(cells: Sequence[str]) -> bool:
    """Tell whether the first line names the columns, be it by numbers that count up."""
    lowered = {cell.strip().lower() for cell in cells}
    texts = [cell for cell in cells if not NUMBER.fullmatch(cell)]
    if lowered & {*LABELS, *_INDICES[1:]} or 2 * len(texts) > len(cells):
        return True
    counts = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 9]
    enough = len(counts) >= max(_LEAST_COUNT, len(cells) - 2)
    return enough and counts == [*range(counts[0], counts[0] + len(counts))]


def _fits(columns: int, pixels: int | None) -> bool:
    if pixels is not None:
        return columns == pixels
    return columns > 0 and isqrt(columns) ** 2 == columns


def _label_column(path: Path, separator: str, columns: Sequence[int], *, header: bool) -> int:
    """Return the column with the labels: the first or the last of those given."""
    lines = _filled_lines(path)
    if header:
        next(lines, None)
    candidates = columns[0], columns[-1]
    before: list[str] = []
    last_varies = False
    for number, line in islice(lines, _MOST_ROWS):
        cells = _cells(path, number, line, separator)
        ends = [cells[i].strip() if i < len(cells) else "" for i in candidates]
        before = before or ends
        texts = [bool(end) and not NUMBER.fullmatch(end) for end in ends]
        if ends[0] != before[0] or any(texts):
            return candidates[1] if texts == [False, True] else candidates[0]
        last_varies = last_varies or ends[1] != before[1]
    return candidates[1] if last_varies else candidates[0]


def _left_out(name: str, column: int) -> str:
    called = f"{first_line(name, 40)}, " if name else ""
    return f"column {column + 1}, {called}is left out: it numbers the rows"
