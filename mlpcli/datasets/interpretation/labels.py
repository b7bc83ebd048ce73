"""Labels of any usual kind → integers from 0 on, and the names of the classes."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import MAX_CLASSES
from mlpcli.datasets.interpretation.layouts import describe
from mlpcli.errors import DataError

MOST_LETTERS = 100  # in the name of a class
_INTEGER = re.compile(r"[+-]?[0-9]{1,9}(\.0*)?")


@dataclass(frozen=True)
class Numbered:
    """Labels that begin with 0.

    Attributes:
        labels: (count,) int64 of each part, in [0, classes).
        classes: the name of each label.
        notes: what was understood that may surprise.
    """

    labels: list[NDArray[np.int64]]
    classes: tuple[str, ...]
    notes: tuple[str, ...] = ()


def number_labels(
    parts: Sequence[NDArray[Any]], names: tuple[str, ...], place: Path | str
) -> Numbered:
    """Number the classes from 0 on, as a network needs it.

    Args:
        parts: of the splits; (count,) or (count, 1) integers, whole floats or text, or one-hot
            rows (count, classes).
        names: of the classes, if they are known.
        place: the name used in errors.

    Raises:
        DataError: they are something else, or do not fit the names.
    """
    flat = [_flat(part, place) for part in parts]
    if any(part.dtype.kind == "U" for part in flat):
        texts = [part.astype(np.str_) for part in flat]
        if not all(_INTEGER.fullmatch(text) for text in _different(texts).tolist()):
            return _by_text(texts, names, place)
        flat = [part.astype(np.float64) for part in texts]
    numbers = [_whole(part, place) for part in flat]
    used = _different(numbers)
    low, high = int(used[0]), int(used[-1])
    if low < 0 or high >= MAX_CLASSES:
        raise DataError(f"{place}: labels must be in [0, {MAX_CLASSES - 1}], got {low} to {high}")
    if names:
        return _by_names(numbers, low, high, names, place)
    if high == len(used) - 1:
        return Numbered(numbers, tuple(map(str, range(len(used)))))
    begins = f"begin with {low}" if high - low == len(used) - 1 else "have gaps"
    note = f"the labels {begins}: {len(used)} classes, {_shortened(used)}, keep these names"
    return Numbered(
        [np.searchsorted(used, part) for part in numbers], tuple(map(str, used.tolist())), (note,)
    )


def check_names(names: Sequence[str], place: Path | str) -> tuple[str, ...]:
    """Return class names, after a check that tables can print them.

    Raises:
        DataError: one is empty, cannot be printed, is too long or there twice; or there are too
            many.
    """
    for name in names:
        if not name or not name.isprintable() or len(name) > MOST_LETTERS:
            raise DataError(
                f"{place}: class names must be printable and have at most {MOST_LETTERS} "
                f"characters, got {name!a:.80}"
            )
    if len({*names}) < len(names) or len(names) > MAX_CLASSES:
        raise DataError(
            f"{place}: class names must be different and at most {MAX_CLASSES}, got {len(names)}, "
            f"of which {len({*names})} are different"
        )
    return tuple(names)


def natural(name: str) -> tuple[list[str | int], str]:
    """Return a sort key that puts 2 before 10, and a before B."""
    parts = re.split(r"(\d+)", name)  # alternates between text and numbers
    return [int(part) if index % 2 else part.casefold() for index, part in enumerate(parts)], name


def _flat(labels: NDArray[Any], place: Path | str) -> NDArray[Any]:
    """Return labels as (count,), one-hot rows as the number of their column."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.size and labels.dtype.kind in "biuf":
        hot = labels != 0
        if (hot.sum(axis=1) == 1).all() and (labels[hot] == 1).all():
            return np.asarray(hot.argmax(axis=1))
    if labels.ndim != 1 or labels.dtype.kind not in "biufU":
        raise DataError(
            f"{place}: labels must be one integer, text or one-hot row per image, "
            f"got {describe(labels)}"
        )
    return labels


def _whole(labels: NDArray[Any], place: Path | str) -> NDArray[np.int64]:
    if labels.dtype.kind == "f":
        wrong = labels[~(np.abs(labels) < 1e9) | (labels != np.rint(labels))]
        if wrong.size:
            raise DataError(f"{place}: labels must be whole numbers, got {wrong[0]:g}")
    elif labels.dtype.kind == "u" and labels.max(initial=0) > np.iinfo(np.int64).max:
        raise DataError(f"{place}: labels must be in [0, {MAX_CLASSES - 1}], got {labels.max()}")
    return labels.astype(np.int64)


def _different(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the values that occur in any part, sorted."""
    return np.unique(np.concatenate([np.unique(part) for part in parts]))


def _by_text(
    parts: Sequence[NDArray[np.str_]], names: tuple[str, ...], place: Path | str
) -> Numbered:
    """Number classes by their names, in the order of `names` or in natural order."""
    found = check_names(_different(parts).tolist(), place)
    unknown = [name for name in found if name not in {*names}]
    if names and unknown:
        raise DataError(f"{place}: labels must be class names, got {unknown[0]!a}")
    classes = names or tuple(sorted(found, key=natural))
    odd = [text for part in parts for text in part.tolist() if not _INTEGER.fullmatch(text)]
    few = len(odd) < 0.01 * sum(map(len, parts))
    notes = (f"most labels are numbers, but {len(odd)} are not, such as {odd[0]!a}",) if few else ()
    order = np.argsort(np.array(classes))
    ranks = [np.searchsorted(np.array(classes)[order], part) for part in parts]
    return Numbered([order[rank].astype(np.int64) for rank in ranks], classes, notes)


def _by_names(
    numbers: list[NDArray[np.int64]], low: int, high: int, names: tuple[str, ...], place: Path | str
) -> Numbered:
    """Number the classes that have names; their numbers may begin with 1."""
    if high < len(names):
        return Numbered(numbers, names)
    if low == 1 and high == len(names):
        note = f"the labels begin with 1: label 1 is {names[0]}, label {high} is {names[-1]}"
        return Numbered([part - 1 for part in numbers], names, (note,))
    raise DataError(
        f"{place}: labels must be in [0, {len(names) - 1}], one for each class name, "
        f"got {low} to {high}"
    )


def _shortened(used: NDArray[np.int64]) -> str:
    """Return up to six labels, and what comes between the first and the last if there are more."""
    return ", ".join(_few(used.tolist()))


def _few(labels: list[int]) -> Iterator[str]:
    if len(labels) <= 6:
        yield from map(str, labels)
    else:
        yield from (*map(str, labels[:3]), "…", str(labels[-1]))
