"""Numbers of any type and range → grey levels.

Images come as 0 and 1, as scikit-learn's 0 to 16, as bytes, as 16 bits, as floats from 0 to 1 or
from −1 to 1. The numbers themselves show which: the smallest usual range that holds all of them.
"""

from collections.abc import Callable, Iterator, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.errors import DataError

ValueRange = tuple[float, float]
"""The numbers that stand for black and for white."""

FRACTIONS: ValueRange = (0, 1)
LEVELS: ValueRange = (0, 255)
SIXTEENTHS: ValueRange = (0, 16)
_USUAL: tuple[ValueRange, ...] = (FRACTIONS, SIXTEENTHS, LEVELS, (0, 65535))
_SIGNED: ValueRange = (-1, 1)
_BLOCK = 1 << 20  # numbers converted at a time
_FEW = 1e-4  # share of numbers above 255 that are mistakes rather than white
_DENOMINATORS = (255, 256)  # of floats that once were grey levels


def find_range(parts: Sequence[NDArray[Any]], place: Path | str) -> ValueRange:
    """Return the smallest usual range that holds the numbers of all arrays.

    Args:
        parts: (count, ...) of any numeric type, at least one number in all.
        place: the name used in errors.

    Raises:
        DataError: a number is not finite, or none of the ranges holds them all.
    """
    low, high = extremes(parts, place)
    if not high > low and low == 0:  # blank images
        return LEVELS
    usual = [_SIGNED] if low < 0 else _USUAL
    for least, most in usual:
        if least <= low and high <= most:
            if most == SIXTEENTHS[1] and not _are_whole(parts):
                break  # more likely fractions of which some are too large
            if most > LEVELS[1]:
                _refuse_few_above(parts, place)
            return least, most
    raise DataError(
        f"{place}: images must have numbers from 0 to 1, 255 or 65535, whole ones from 0 to 16, or "
        f"numbers from -1 to 1, got {low:g} to {high:g}; set data.value_range to the values of "
        "black and white"
    )


def to_levels(
    parts: Sequence[NDArray[Any]], value_range: ValueRange, place: Path | str
) -> list[NDArray[np.uint8]]:
    """Return arrays as uint8 grey levels, 0 for black and 255 for white.

    Args:
        parts: (count, ...) of any numeric type.
        value_range: the numbers that stand for black and for white.
        place: the name used in errors.

    Raises:
        DataError: a number is not in the range.
    """
    low, high = value_range
    lowest, highest = extremes(parts, place)
    slack = (high - low) / 1000  # a range given in few digits
    if lowest < low - slack or highest > high + slack:
        raise DataError(
            f"{place}: images must have numbers from {low:g} to {high:g}, as data.value_range "
            f"says, got {lowest:g} to {highest:g}"
        )
    if value_range == LEVELS and all(part.dtype == np.uint8 for part in parts):
        return list(parts)
    scale = _scale(parts, value_range)
    return [_converted(part, scale) for part in parts]


def _scale(
    parts: Sequence[NDArray[Any]], value_range: ValueRange
) -> Callable[[NDArray[Any]], NDArray[np.float64]]:
    """Return the function that makes grey levels, not yet rounded, of numbers."""
    low, high = value_range
    levels = 255
    if value_range == FRACTIONS and all(part.dtype.kind == "f" for part in parts):
        # the notebook's file has multiples of 1/256
        levels = next((each for each in _DENOMINATORS if _are_multiples(parts, each)), 255)
    return lambda block: (block.astype(np.float64) - low) * (levels / (high - low))


def _refuse_few_above(parts: Sequence[NDArray[Any]], place: Path | str) -> None:
    """Raise DataError if hardly any number is above 255, as one mistake would darken all images."""
    above = [block[block > LEVELS[1]] for part in parts for block in _blocks(part)]
    count, size = sum(map(len, above)), sum(part.size for part in parts)
    if count < _FEW * size:
        largest = max(float(block.max()) for block in above if len(block))
        raise DataError(
            f"{place}: images must have numbers from 0 to 255, got {count} above, up to "
            f"{largest:g}; correct them, or set data.value_range"
        )


def _are_whole(parts: Sequence[NDArray[Any]]) -> bool:
    """Tell whether all numbers are whole."""
    floats = [part for part in parts if part.dtype.kind == "f"]
    return all((block == np.rint(block)).all() for part in floats for block in _blocks(part))


def _are_multiples(parts: Sequence[NDArray[Any]], levels: int) -> bool:
    """Tell whether all floats are whole multiples of 1 / levels, and at most 255 of them."""
    for part in parts:
        tolerance = max(1e-3, 256 * float(np.finfo(part.dtype).eps))
        for block in _blocks(part):
            scaled = block.astype(np.float64) * levels
            whole = np.rint(scaled)
            if whole.max() > 255 or not (np.abs(scaled - whole) <= tolerance).all():
                return False
    return True


def _converted(
    part: NDArray[Any], scale: Callable[[NDArray[Any]], NDArray[np.float64]]
) -> NDArray[np.uint8]:
    grey = np.empty(part.shape, dtype=np.uint8)
    for block, rows in zip(_blocks(part), _blocks(grey), strict=True):
        rows[...] = np.clip(np.rint(scale(block)), 0, 255)
    return grey


def extremes(parts: Sequence[NDArray[Any]], place: Path | str) -> tuple[float, float]:
    """Return the smallest and the largest number.

    Raises:
        DataError: the arrays hold something else, or numbers that are not finite.
    """
    lows, highs = [], []
    for part in parts:
        if part.dtype.kind not in "biuf":
            raise DataError(f"{place}: images must be numbers, got {part.dtype}")
        for block in _blocks(part):
            lows.append(float(block.min()))
            highs.append(float(block.max()))
    low, high = float(np.min(lows)), float(np.max(highs))  # unlike Python's, they keep NaN
    if not np.isfinite([low, high]).all():
        raise DataError(f"{place}: images must have finite numbers, got {low:g} to {high:g}")
    return low, high


def _blocks(array: NDArray[Any]) -> Iterator[NDArray[Any]]:
    """Yield views of the rows, a million numbers at a time."""
    rows = max(1, _BLOCK // max(1, prod(array.shape[1:])))
    for start in range(0, len(array), rows):
        yield array[start : start + rows]
