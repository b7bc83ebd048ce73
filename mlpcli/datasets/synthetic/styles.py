"""Ways of writing digits and other signs, read from YAML files.

A style is a few points for the pen to go through, in a few examples.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from math import nan
from typing import Annotated, Any

import numpy as np
import yaml
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.synthetic.curves import Shape
from mlpcli.errors import DataError

PACKAGE = "mlpcli.datasets.synthetic"
FILE, NATIONAL, OUTLIERS = "alphabet.yaml", "national.yaml", "outliers.yaml"
COORDINATES = (-100, 200)


class _Sign(BaseModel):
    """A style as written in a file of signs that are no digits."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    style: Annotated[str, Field(min_length=1)]
    weight: Annotated[float, Field(gt=0)] = 1.0
    freedom: Annotated[float, Field(ge=0, le=1)] = 1.0
    turn: Annotated[float, Field(ge=0, le=180)] = 0.0
    exemplars: Annotated[list[str], Field(min_length=1)]


class _Digit(_Sign):
    """A style as written in a file of digits."""

    digit: Annotated[int, Field(ge=0, le=9)]


@dataclass(frozen=True)
class Style:
    """One way of writing a digit, or a sign that is none.

    Attributes:
        digit: from 0 to 9, or NO_CLASS.
        name: its distinctive feature.
        weight: how common it is among the styles of its digit.
        exemplars: (exemplars, points, 2) float64, x to the right and y downwards.
        shape: the strokes and corners that all exemplars share.
        freedom: what part of the usual slips, bends, slant and width it is written with.
        turn: the largest angle by which it is turned either way, in degrees.
        file: where it is written.
    """

    digit: int
    name: str
    weight: float
    exemplars: NDArray[np.float64]
    shape: Shape
    freedom: float = 1.0
    turn: float = 0.0
    file: str = FILE

    @property
    def place(self) -> str:
        """Where it is written, for errors."""
        return _place(self.file, self.digit, self.name)


def read_styles(file: str) -> list[Style]:
    """Return the styles in a file that comes with the program.

    Raises:
        DataError: one is invalid.
    """
    text = files(PACKAGE).joinpath(file).read_text(encoding="utf-8")
    return parse_alphabet(text, file)


def styles_digest() -> str:
    """Return 16 digits of the SHA-256 of all files of styles, so that a change shows."""
    digest = hashlib.sha256()
    for file in sorted(files(PACKAGE).iterdir(), key=lambda each: each.name):
        if file.name.endswith(".yaml"):
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def parse_alphabet(text: str, file: str = FILE) -> list[Style]:
    """Read styles from YAML.

    Args:
        text: of the file.
        file: its name; in OUTLIERS, styles have no digit.

    Raises:
        DataError: it is not a list of styles, or the exemplars of a style do not match.
    """
    try:
        entries = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise DataError(f"{file}: not YAML, {' '.join(str(error).split())}") from error
    if not isinstance(entries, list):
        raise DataError(f"{file}: must be a list of styles, got {type(entries).__name__}")
    return [_parse_style(entry, file, index) for index, entry in enumerate(entries)]


def _parse_style(values: Any, file: str, index: int) -> Style:
    name = f"{file}: style {index + 1}"
    try:
        entry = (_Sign if file == OUTLIERS else _Digit).model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "it"
        raise DataError(f"{name}: {key}: {first['msg']}, got {first['input']!r:.60}") from error
    digit = entry.digit if isinstance(entry, _Digit) else NO_CLASS
    name = _place(file, digit, entry.style)
    exemplars = [_parse_exemplar(text, name) for text in entry.exemplars]
    points, shape = exemplars[0]
    for text, (own, other) in zip(entry.exemplars, exemplars, strict=True):
        if other != shape:
            raise DataError(
                f"{name}: all exemplars must have the strokes, points and corners of the first, "
                f"which has {len(points)} points, got {len(own)} points in {text!r}"
            )
    every = np.array([own for own, _ in exemplars])
    return Style(digit, entry.style, entry.weight, every, shape, entry.freedom, entry.turn, file)


def _place(file: str, digit: int, style: str) -> str:
    return f"{file}: {style}" if digit == NO_CLASS else f"{file}: {digit}, {style}"


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
