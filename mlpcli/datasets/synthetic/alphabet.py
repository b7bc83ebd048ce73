"""The ways of writing digits, read from `alphabet.yaml` and laid out as arrays.

A style is a few points for the pen to go through. The curve between them, and the way a slip of the
pen spreads along a stroke, are linear in these points. Both therefore become matrices, and a few
batched products draw a whole block of digits in different styles.
"""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import pairwise
from math import nan
from typing import Annotated, Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlpcli.errors import DataError
from mlpcli.utils.arrays import Float32

FILE = "alphabet.yaml"
COORDINATES = (-100, 200)
SAMPLES = 80  # points of a drawn curve, less than a pixel apart on a digit 20 pixels high
SLIP_REACH = 100.0  # distance along a stroke, in its units, at which a slip falls to 1/e

Shape = tuple[tuple[int, ...], ...]
"""First point, corners and last point of each stroke, numbered over all strokes."""


class _Entry(BaseModel):
    """A style as written in the file."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    digit: Annotated[int, Field(ge=0, le=9)]
    style: Annotated[str, Field(min_length=1)]
    weight: Annotated[float, Field(gt=0)] = 1.0
    exemplars: Annotated[list[str], Field(min_length=1)]


@dataclass(frozen=True)
class Style:
    """One way of writing a digit.

    Attributes:
        digit: from 0 to 9.
        name: its distinctive feature.
        weight: how common it is among the styles of its digit.
        exemplars: (exemplars, points, 2) float64, x to the right and y downwards.
        shape: the strokes and corners that all exemplars share.
    """

    digit: int
    name: str
    weight: float
    exemplars: NDArray[np.float64]
    shape: Shape


@dataclass(frozen=True)
class Alphabet:
    """All styles, padded with zeros to the largest number of exemplars and of points.

    Attributes:
        digits: (styles,) int64, the digit of each style.
        shares: (styles,) float64, how often each is chosen; the styles of a digit sum to 0.1.
        counts: (styles,) int64, the number of exemplars of each.
        exemplars: (styles, exemplars, points, 2) float32.
        curves: (styles, SAMPLES, points) float32; multiplied by points, gives samples of the curve.
        slips: (styles, points, points) float32; multiplied by independent noise, correlates it.
        along: (styles, SAMPLES) float32 in [0, 1], how far along its stroke a sample is.
    """

    digits: NDArray[np.int64]
    shares: NDArray[np.float64]
    counts: NDArray[np.int64]
    exemplars: Float32
    curves: Float32
    slips: Float32
    along: Float32


@cache
def read_alphabet() -> Alphabet:
    """Return the alphabet that comes with the program.

    Raises:
        DataError: a style in the file is invalid.
    """
    text = files("mlpcli.datasets.synthetic").joinpath(FILE).read_text(encoding="utf-8")
    return lay_out(parse_alphabet(text))


def parse_alphabet(text: str) -> list[Style]:
    """Read styles from YAML.

    Raises:
        DataError: it is not a list of styles, or the exemplars of a style do not match.
    """
    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"{FILE}: not YAML, {' '.join(str(error).split())}") from error
    if not isinstance(entries, list):
        raise DataError(f"{FILE}: must be a list of styles, got {type(entries).__name__}")
    return [_parse_style(entry, index) for index, entry in enumerate(entries)]


def _parse_style(values: Any, index: int) -> Style:
    name = f"{FILE}: style {index + 1}"
    try:
        entry = _Entry.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "it"
        raise DataError(f"{name}: {key}: {first['msg']}, got {first['input']!r:.60}") from error
    name = f"{FILE}: {entry.digit}, {entry.style}"
    exemplars = [_parse_exemplar(text, name) for text in entry.exemplars]
    points, shape = exemplars[0]
    for text, (own, other) in zip(entry.exemplars, exemplars, strict=True):
        if other != shape:
            raise DataError(
                f"{name}: all exemplars must have the strokes, points and corners of the first, "
                f"which has {len(points)} points, got {len(own)} points in {text!r}"
            )
    every = np.array([own for own, _ in exemplars])
    return Style(entry.digit, entry.style, entry.weight, every, shape)


def _parse_exemplar(text: str, name: str) -> tuple[list[list[float]], Shape]:
    """Read `x,y x,y! x,y / x,y x,y`."""
    points: list[list[float]] = []
    shape = []
    for stroke in text.split("/"):
        words = stroke.split()
        first, last = len(points), len(points) + len(words) - 1
        corners = [first + place for place, word in enumerate(words) if word.endswith("!")]
        shape.append((first, *corners, last))
        points += [_parse_point(word, name) for word in words]
        if last <= first or {first, last} & {*corners}:
            raise DataError(
                f"{name}: a stroke must have two or more points, with corners only between its "
                f"ends, got {stroke.strip()!r}"
            )
    return points, tuple(shape)


def _parse_point(word: str, name: str) -> list[float]:
    """Read `x,y` or `x,y!`."""
    try:
        x, y = map(float, word.removesuffix("!").split(","))
    except ValueError:
        x = y = nan
    low, high = COORDINATES
    if not (low <= x <= high and low <= y <= high):
        raise DataError(
            f"{name}: a point must be x,y or, at a corner, x,y! with numbers from {low} to {high}, "
            f"got {word!r}"
        )
    return [x, y]


def lay_out(styles: list[Style]) -> Alphabet:
    """Turn styles into arrays.

    Raises:
        DataError: a digit has no style.
    """
    digits = np.array([style.digit for style in styles])
    missing = set(range(10)) - set(digits.tolist())
    if missing:
        raise DataError(f"{FILE}: every digit must have a style, got none of {min(missing)}")
    weights = np.array([style.weight for style in styles])
    counts = np.array([len(style.exemplars) for style in styles])
    points = max(style.exemplars.shape[1] for style in styles)
    exemplars = np.zeros((len(styles), counts.max(), points, 2), dtype=np.float32)
    curves = np.zeros((len(styles), SAMPLES, points), dtype=np.float32)
    slips = np.zeros((len(styles), points, points), dtype=np.float32)
    along = np.empty((len(styles), SAMPLES), dtype=np.float32)
    for index, style in enumerate(styles):
        count, own_points, _ = style.exemplars.shape
        exemplars[index, :count, :own_points] = style.exemplars
        curves[index, :, :own_points], along[index] = _curve(style)
        slips[index, :own_points, :own_points] = _slips(style)
    shares = weights / np.bincount(digits, weights)[digits] / 10
    return Alphabet(digits, shares, counts, exemplars, curves, slips, along)


def _curve(style: Style) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the matrix from points to samples, and how far along its stroke each sample is.

    The samples are spread evenly over the length of all strokes together.
    """
    mean = style.exemplars.mean(axis=0)
    lengths = [
        [_steps(mean[first : last + 1]).sum() for first, last in _pieces(stroke)]
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
                    f"{FILE}: {style.digit}, {style.name}: every stretch between ends and corners "
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


def _steps(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances between successive points."""
    distances: NDArray[np.float64] = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return distances


def spline(points: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Return the matrix that turns points into evenly spaced samples of a smooth curve.

    The curve is a Catmull-Rom spline with centripetal knots, which has no loops of its own (Yuksel,
    Schaefer and Keyser, Parameterization and applications of Catmull-Rom curves, 2011). Knots and
    spacing come from the given points, and the matrix also suits points in similar positions.

    Args:
        points: (points, 2), two or more.
        samples: how many, from the first point to the last.

    Returns:
        (samples, points), each row summing to 1.
    """
    steps = np.sqrt(_steps(points)).clip(1e-3)
    knots = np.concatenate([[0.0], np.cumsum(steps)])
    values = np.eye(len(points))
    slopes = np.diff(values, axis=0) / steps[:, None]
    tangents = np.concatenate([slopes[:1], slopes])  # for two points, a straight line
    if len(points) > 2:
        before, after = steps[:-1, None], steps[1:, None]
        tangents[1:-1] = (slopes[:-1] * after + slopes[1:] * before) / (before + after)
        tangents[0] = 1.5 * slopes[0] - 0.5 * tangents[1]  # no curvature at the ends
        tangents[-1] = 1.5 * slopes[-1] - 0.5 * tangents[-2]

    def curve(at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the cubic Hermite form between the knots."""
        segment = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(steps) - 1)
        step = steps[segment][:, None]
        t = (at - knots[segment])[:, None] / step
        ends = (2 * t**3 - 3 * t**2 + 1) * values[segment]
        ends += (3 * t**2 - 2 * t**3) * values[segment + 1]
        bends = (t**3 - 2 * t**2 + t) * tangents[segment] + (t**3 - t**2) * tangents[segment + 1]
        weights: NDArray[np.float64] = ends + step * bends
        return weights

    fine = np.linspace(0, knots[-1], 400)
    length = np.concatenate([[0.0], np.cumsum(_steps(curve(fine) @ points))])
    return curve(np.interp(np.linspace(0, length[-1], samples), length, fine))


def _slips(style: Style) -> NDArray[np.float64]:
    """Return the matrix that correlates the noise of nearby points on the same stroke.

    It is the Cholesky factor of the correlations exp(-distance along the stroke / SLIP_REACH).
    """
    mean = style.exemplars.mean(axis=0)
    correlations = np.zeros((len(mean), len(mean)))
    for first, *_, last in style.shape:
        place = np.concatenate([[0.0], np.cumsum(_steps(mean[first : last + 1]))])
        apart = np.abs(place[:, None] - place)
        correlations[first : last + 1, first : last + 1] = np.exp(-apart / SLIP_REACH)
    factor = np.linalg.cholesky(correlations + 1e-6 * np.eye(len(mean)))
    return np.asarray(factor, dtype=np.float64)
