"""Reads images from CSV files: a row of pixels for each image, and its label.

Kaggle's `train.csv` has the label first and its `test.csv` no labels; scikit-learn's
`mnist_784.csv` has the class last.
"""

import csv
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from mlpcli.datasets.dataset import MAX_IMAGES, Content, SplitName
from mlpcli.datasets.divisions import lone_split, part_of
from mlpcli.datasets.formats.columns import NUMBER, Columns, find_columns, split_cells
from mlpcli.datasets.formats.lines import Block, read_blocks
from mlpcli.datasets.formats.text_labels import TextLabels
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion, Pair, interpret
from mlpcli.datasets.interpretation.labels import MOST_LETTERS
from mlpcli.errors import DataError
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import is_csv

_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class Table:
    """The rows of a CSV.

    Attributes:
        images: (count, pixels), uint8 if all of them are whole numbers in [0, 255], or float32.
        labels: (count,) text; empty if the file has none.
        notes: what was understood that may surprise.
    """

    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.str_]
    notes: tuple[str, ...]


def find_tables(folder: Path) -> dict[SplitName, Path]:
    """Return the CSV files of a folder by the split that their names say; a single one is train.

    In a folder with subfolders, which may be of pictures, only CSV files of images count.

    Raises:
        DataError: there is more than one for a split.
    """
    items = [item for item in sorted(folder.iterdir()) if not item.name.startswith(".")]
    files = [item for item in items if is_csv(item)]
    found: dict[SplitName, Path] = {}
    for file in files:
        split = lone_split(file.name) if len(files) == 1 else part_of(file.name)[0]
        if split in found:
            raise DataError(
                f"{folder}: must have one CSV for {split}, got {found[split].name} and {file.name}"
            )
        if split:
            found[split] = file
    if any(item.is_dir() for item in items) and not all(map(_holds_images, found.values())):
        return {}
    return found


def _holds_images(file: Path) -> bool:
    try:
        find_columns(file)
    except DataError:
        return False
    return True


def read_tables(files: dict[SplitName, Path], conversion: Conversion = AS_THEY_ARE) -> Content:
    """Read the CSV files of a data set.

    Args:
        files: of each split. One without labels is left out unless it is the only one.
        conversion: what the configuration says.

    Raises:
        DataError: a file is broken, or none has labels to train on.
    """
    pairs: dict[SplitName, Pair] = {}
    notes: list[str] = []
    for split, path in files.items():
        columns = find_columns(path)
        if columns.label is None and (split == "train" or len(files) == 1):
            raise DataError(
                f"{path}: must have a column of labels, got {columns.count} columns of pixels; "
                "name it label in a first line of names, or read the rows with mlp predict"
            )
        if columns.label is None:
            notes.append(f"{path}: has no labels and is left out; mlp predict reads it")
            continue
        table = read_table(path, columns)
        notes += [f"{path}: {note}" for note in table.notes]
        pairs[split] = Pair(table.images, table.labels)
    (first, *others) = files.values()
    return interpret(pairs, first.parent if others else first, conversion).with_notes(notes)


def read_table(path: Path, columns: Columns) -> Table:
    """Read all rows of a CSV.

    Raises:
        DataError: a row is not like the first, or a cell is no number.
    """
    images: list[NDArray[Any]] = []
    labels = TextLabels(path)
    count = 0
    for block in read_blocks(path):
        lines = [line for _, line in _rows(block, columns)]
        if not lines:
            continue
        try:
            part, texts = _parse(lines, columns)
        except (ValueError, Warning, csv.Error) as error:
            raise _mistake(path, block, columns) from error
        images.append(part)
        labels.add(texts)
        count += len(lines)
        if count > MAX_IMAGES:
            raise DataError(f"{path}: must have at most {MAX_IMAGES} rows, got more")
    if not images:
        raise DataError(f"{path}: must have a row of pixels for each image, got no row")
    return Table(_joined(images, count), labels.array, columns.notes)


def _rows(block: Block, columns: Columns) -> Iterator[tuple[int, str]]:
    """Yield the lines of a block that are neither blank nor the names, with their numbers."""
    for number, line in enumerate(block.lines, block.first):
        if number > columns.header and line.strip():
            yield number, line


def _parse(lines: list[str], columns: Columns) -> tuple[NDArray[Any], list[str]]:
    """Return pixels (count, pixels) and labels of lines.

    Raises:
        ValueError, Warning, csv.Error: a line is not as it must be.
    """
    separator, label, used = columns.separator, columns.label, columns.pixels
    if any('"' in line for line in lines):
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
        if len(rows) != len(lines) or any(len(row) != columns.count for row in rows):
            raise ValueError("another number of columns")
        texts = [] if label is None else [row[label] for row in rows]
        lines = [separator.join([row[i] for i in used]) for row in rows]
        used, count = tuple(range(len(used))), len(used)
    else:
        texts = [] if label is None else list(map(_cell_getter(columns), lines))
        count = columns.count
    if any(line.count(separator) != count - 1 for line in lines):
        raise ValueError("another number of columns")
    texts = [text.strip() for text in texts]
    if not all(0 < len(text) <= MOST_LETTERS for text in texts):
        raise ValueError("no label")
    return _numbers(lines, separator, used), texts


def _cell_getter(columns: Columns) -> Callable[[str], str]:
    """Return the function that gives the label of a line without quotes."""
    separator, label = columns.separator, columns.label or 0
    if label == columns.count - 1:
        return lambda line: line.rpartition(separator)[2]
    return lambda line: "".join(line.split(separator, label + 1)[label : label + 1])


def _numbers(lines: list[str], separator: str, columns: Sequence[int]) -> NDArray[Any]:
    """Return the numbers in some columns, as uint8 if they are whole and in [0, 255].

    Raises:
        ValueError, Warning: a cell is no finite number.
    """

    def load(dtype: DTypeLike) -> NDArray[Any]:
        return np.loadtxt(
            lines, dtype, comments=None, delimiter=separator, usecols=columns, ndmin=2
        )

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # NumPy warns where it reads a fraction as an integer
        try:
            return load(np.uint8)
        except (ValueError, Warning):
            numbers = load(np.float32)
    if not np.isfinite(numbers).all():
        raise ValueError("a number is not finite")
    levels = np.clip(numbers, 0, 255).astype(np.uint8)
    return levels if (levels == numbers).all() else numbers


def _mistake(path: Path, block: Block, columns: Columns) -> DataError:
    """Return the error for the first line of a block that is not as it must be."""
    for number, line in _rows(block, columns):
        if wrong := _wrong(line, columns):
            return DataError(f"{path}:{number}: {wrong}")
    return DataError(f"{path}:{block.first}: must be rows of numbers from here on, got others")


def _wrong(line: str, columns: Columns) -> str:
    """Return what is wrong with a line; nothing if it is as it must be."""
    try:
        cells = split_cells(line, columns.separator)
    except csv.Error as error:
        return f"not a line of a CSV, {first_line(error)}"
    if len(cells) != columns.count:
        return f"must have {columns.count} columns like the first line, got {len(cells)}"
    if columns.label is not None and not 0 < len(cells[columns.label].strip()) <= MOST_LETTERS:
        return (
            f"{columns.name(columns.label)} must be a label of 1 to {MOST_LETTERS} letters, "
            f"got {_shown(cells[columns.label])}"
        )
    for column in columns.pixels:
        cell = cells[column]
        if not NUMBER.fullmatch(cell) or abs(float(cell)) > _LARGEST:
            return f"{columns.name(column)} must be a finite number, got {_shown(cell)}"
    return ""


def _shown(cell: str) -> str:
    return repr(first_line(cell, 40)) if cell.strip() else "an empty cell"


def _joined(parts: list[NDArray[Any]], count: int) -> NDArray[Any]:
    """Return arrays one below the other, giving each one's memory back once it is copied."""
    whole = np.empty((count, parts[0].shape[1]), np.result_type(*parts))
    start = 0
    parts.reverse()
    while parts:
        part = parts.pop()
        whole[start : start + len(part)] = part
        start += len(part)
    return whole
