"""The ways of writing digits and other signs, laid out as arrays.

The curve between the points of a style, and the way a slip of the pen spreads along a stroke, are
linear in these points. Both therefore become matrices, and a few batched products draw a whole
block of digits in different styles.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlpcli.datasets.synthetic.curves import slip_matrix, spline, steps_between
from mlpcli.datasets.synthetic.styles import FILE, NATIONAL, OUTLIERS, Style, read_styles
from mlpcli.errors import DataError
from mlpcli.utils.arrays import Float32

SAMPLES = 80  # points of a drawn curve, less than a pixel apart on a digit 20 pixels high
#                  0     1     2     3     4     5     6     7     8     9
NATIONAL_SHARES = (0.04, 0.11, 0.04, 0.04, 0.05, 0.04, 0.04, 0.09, 0.03, 0.05)
"""How often a digit is written in one of its national styles."""
USUAL_SHARES = (0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.05, 0.02, 0.05, 0.05)
"""How often it is written in one of the usual styles beside these."""
USUAL_FREEDOM = 0.7  # of the usual styles among the national ones
UNCLEAR = {
    (7, "sagging roof"),
    (7, "long serif"),
    (7, "long serif, sagging roof"),
    (7, "slanted, serif and sagging roof"),
    (7, "roof begun downwards"),
    (7, "narrow"),
    (7, "tail at the foot"),
    (0, "ends in a curl"),
    (2, "ring, no hook"),
    (3, "leaning over"),
    (3, "lower bow like a hook"),
    (4, "bent, like a nine"),
    (5, "belly closed to the stem"),
    (9, "open top"),
}
"""Usual styles that look like other digits, such as sevens like ones that have an upstroke."""


@dataclass(frozen=True)
class Alphabet:
    """All styles, padded with zeros to the largest number of exemplars and of points.

    Attributes:
        digits: (styles,) int64, the digit of each style, or NO_CLASS.
        shares: (styles,) float64, how often each is chosen.
        counts: (styles,) int64, the number of exemplars of each.
        exemplars: (styles, exemplars, points, 2) float32.
        curves: (styles, SAMPLES, points) float32; multiplied by points, gives samples of the curve.
        slips: (styles, points, points) float32; multiplied by independent noise, correlates it.
        along: (styles, SAMPLES) float32 in [0, 1], how far along its stroke a sample is.
        freedom: (styles,) float32 in [0, 1], what part of the usual variation each is given.
        turns: (styles,) float32, radians, the largest angle by which each is turned.
    """

    digits: NDArray[np.int64]
    shares: NDArray[np.float64]
    counts: NDArray[np.int64]
    exemplars: Float32
    curves: Float32
    slips: Float32
    along: Float32
    freedom: Float32
    turns: Float32


@cache
def read_alphabet() -> Alphabet:
    """Return the usual ways of writing digits.

    Raises:
        DataError: a style in the file is invalid.
    """
    return lay_out(read_styles(FILE))


@cache
def read_national_alphabet() -> Alphabet:
    """Return the usual ways of writing digits, and those that are taught in many countries.

    Raises:
        DataError: a style in a file is invalid.
    """
    usual = [
        replace(style, freedom=USUAL_FREEDOM)
        for style in read_styles(FILE)
        if (style.digit, style.name) not in UNCLEAR
    ]
    national = read_styles(NATIONAL)
    shares = _shares(usual, USUAL_SHARES) + _shares(national, NATIONAL_SHARES)
    return _arrays(usual + national, shares)


@cache
def read_outliers() -> Alphabet:
    """Return signs that are no digits.

    Raises:
        DataError: a sign in the file is invalid.
    """
    signs = read_styles(OUTLIERS)
    total = sum(sign.weight for sign in signs)
    return _arrays(signs, [sign.weight / total for sign in signs])


def lay_out(styles: list[Style]) -> Alphabet:
    """Turn styles into arrays; the shares of a digit's styles sum to 0.1.

    Raises:
        DataError: a digit has no style.
    """
    digits = np.array([style.digit for style in styles])
    missing = set(range(10)) - set(digits.tolist())
    if missing:
        raise DataError(f"{FILE}: every digit must have a style, got none of {min(missing)}")
    weights = np.array([style.weight for style in styles])
    return _arrays(styles, weights / np.bincount(digits, weights)[digits] / 10)


def _shares(styles: list[Style], of_digits: Sequence[float]) -> list[float]:
    """Return how often each style is chosen, if the shares of each digit's styles are given."""
    totals = [sum(style.weight for style in styles if style.digit == d) for d in range(10)]
    return [of_digits[style.digit] * style.weight / totals[style.digit] for style in styles]


def _arrays(styles: list[Style], shares: ArrayLike) -> Alphabet:
    """Turn styles and how often each is chosen into arrays."""
    digits = np.array([style.digit for style in styles])
    counts = np.array([len(style.exemplars) for style in styles])
    points = max(style.exemplars.shape[1] for style in styles)
    exemplars = np.zeros((len(styles), counts.max(), points, 2), dtype=np.float32)
    curves = np.zeros((len(styles), SAMPLES, points), dtype=np.float32)
    slips = np.zeros((len(styles), points, points), dtype=np.float32)
    along = np.empty((len(styles), SAMPLES), dtype=np.float32)
    for index, style in enumerate(styles):
        count, own_points, _ = style.exemplars.shape
        exemplars[index, :count, :own_points] = style.exemplars
        mean = style.exemplars.mean(axis=0)
        curves[index, :, :own_points], along[index] = _curve(style, mean)
        slips[index, :own_points, :own_points] = slip_matrix(mean, style.shape)
    freedom = np.array([style.freedom for style in styles], dtype=np.float32)
    turns = np.radians([style.turn for style in styles]).astype(np.float32)
    shares = np.asarray(shares, dtype=np.float64)
    return Alphabet(digits, shares, counts, exemplars, curves, slips, along, freedom, turns)


def _curve(
    style: Style, mean: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrix from points to samples, and how far along its stroke each sample is.

    The samples are spread evenly over the length of all strokes together.
    """
    lengths = [
        [steps_between(mean[first : last + 1]).sum() for first, last in _pieces(stroke)]
        for stroke in style.shape
    ]
    total = sum(map(sum, lengths))
    curve, along = np.zeros((SAMPLES, len(mean))), np.zeros(SAMPLES)
    done, row = 0.0, 0
    for stroke, pieces in zip(style.shape, lengths, strict=True):
        start = done
        for (first, last), length in zip(_pieces(stroke), pieces, strict=True):
            done += length
            end = round(done / total * SAMPLES) if total else 0
            if end < row + 2:
                raise DataError(
                    f"{style.place}: every stretch between ends and corners "
                    f"must be long enough to be drawn, got one of length {length:.1f} in the "
                    "mean of the exemplars"
                )
            curve[row:end, first : last + 1] = spline(mean[first : last + 1], end - row)
            within = np.linspace(done - length, done, end - row) - start
            along[row:end] = within / sum(pieces)
            row = end
    return curve, along


def _pieces(stroke: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the first and last point of each smooth piece of a stroke."""
    return list(pairwise(stroke))
