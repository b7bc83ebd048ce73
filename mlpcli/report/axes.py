"""Axes of drawings: where a number stands, and the round numbers that are written beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["linear", "log", "accuracy", "loss"]
"""`accuracy` is logarithmic in the error, so that 98 and 99 % stand as far apart as 80 and 90 %;
`loss` is logarithmic, with the smallest above."""

_MOST = 7  # round numbers at an axis
_APART = 0.94  # the highest place of a number below the one at the end
_SMALLEST = 1e-5  # of an error or a loss that is drawn


@dataclass(frozen=True)
class Scale:
    """Places on an axis, from 0 below to 1 above.

    Attributes:
        kind: how numbers are spread.
        low: one end of the numbers.
        high: the other end.
        floor: an error or a loss that is smaller, perhaps 0, stands where this one does.
    """

    kind: Kind
    low: float
    high: float
    floor: float = _SMALLEST

    @classmethod
    def over(cls, kind: Kind, numbers: Sequence[float]) -> Scale:
        """Return the scale from the smallest to the largest of some numbers.

        No error, an accuracy of 1, stands where half of the smallest other error would.
        """
        low, high = min(numbers, default=0.0), max(numbers, default=1.0)
        sizes = [1 - number if kind == "accuracy" else number for number in numbers]
        others = [size for size in sizes if size > _SMALLEST]
        floor = min(others) / 2 if others and min(sizes) <= _SMALLEST else _SMALLEST
        return cls(kind, low, high, floor)

    def place(self, number: float) -> float:
        """Return where a number stands, in [0, 1]: at an end if it is beyond that."""
        ends = sorted((self._spread(self.low), self._spread(self.high)))
        if ends[0] == ends[1]:
            return 0.5
        inside = min(max(self._spread(number), ends[0]), ends[1])
        return (inside - ends[0]) / (ends[1] - ends[0])

    def _spread(self, number: float) -> float:
        match self.kind:
            case "linear":
                return number
            case "log":
                return math.log(max(number, 1e-300))
            case "accuracy":
                return -math.log(max(1 - number, self.floor))
            case "loss":
                return -math.log(max(number, self.floor))

    def ticks(self) -> list[tuple[float, str]]:
        """Return the places of round numbers and their text, at least of one."""
        numbers = self._round()
        if self.kind == "accuracy" and self.high == 1:
            numbers = [*(each for each in numbers if each < 1 and self.place(each) < _APART), 1.0]
        texts = [_percent(each) if self.kind == "accuracy" else f"{each:.6g}" for each in numbers]
        return [(self.place(number), text) for number, text in zip(numbers, texts, strict=True)]

    def _round(self) -> list[float]:
        if self.low == self.high:
            return [self.low]
        if self.kind == "accuracy":
            ends = max(1 - self.high, self.floor), max(1 - self.low, self.floor)
            errors = _log_round(*ends)
            if len(errors) <= 2:
                errors = _log_round(*ends, (1, 2, 3, 5, 7))
            found = [1 - error for error in errors]
        elif self.kind == "loss":
            found = _log_round(max(self.low, self.floor), max(self.high, self.floor))
        elif self.kind == "log":
            found = _log_round(self.low, self.high)
        else:
            found = []
        return found if len(found) > 2 else _linear_round(self.low, self.high)


def _percent(share: float) -> str:
    return f"{100 * share:.6g}\N{NO-BREAK SPACE}%"


def _log_round(low: float, high: float, digits: Sequence[int] = (1, 2, 5)) -> list[float]:
    """Return the digits times a power of ten between two ends, or the powers alone."""
    exponents = range(math.floor(math.log10(low)), min(math.ceil(math.log10(high)), 308) + 1)
    for chosen in (digits, (1,)):
        found = [digit * 10.0**exponent for exponent in exponents for digit in chosen]
        inside = [each for each in found if low * (1 - 1e-9) <= each <= high * (1 + 1e-9)]
        if len(inside) <= _MOST:
            return inside
    return inside[:: -(-len(inside) // _MOST)]


def _linear_round(low: float, high: float) -> list[float]:
    """Return the multiples of a round step between two ends."""
    rough = (high - low) / _MOST
    if rough < 1e-300:  # no step is so small
        return [low]
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(digit * power for digit in (1, 2, 5, 10) if digit * power >= rough)
    first = math.ceil(low / step - 1e-9)
    return [number * step for number in range(first, math.floor(high / step + 1e-9) + 1)]
