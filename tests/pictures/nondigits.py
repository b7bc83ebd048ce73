"""Drawings that are no digits: letters, signs, shapes, animals, scribbles and spoilt digits.

Nobody takes one for a digit: letters such as O, S or Z, a ring and a plain stroke are not among
them. `things.yaml` says how the pen moves for those that have a name; the others are made up here.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml

from mlpcli.datasets.synthetic.curves import spline
from mlpcli.datasets.synthetic.handwriting import bend
from tests.pictures.files import file_name
from tests.pictures.forms import DRESSES
from tests.pictures.paint import NO_DIGIT, Order
from tests.pictures.strokes import Points, Strokes, fit, lean, write_digit

FILE = Path(__file__).with_name("things.yaml")
COUNT = 25  # of each kind
SLIP = 2.0  # standard deviation of the points, in hundredths
CARE = 0.4  # of the bends that digits for training have
STEP = 2.5  # from one point of a curve to the next, in hundredths
ROW = 0.014  # from one line of a filling to the next; less than the thinnest pen is wide

OVER = ((2, 3), (2, 4), (2, 6), (4, 5), (4, 6))
"""Digits of which neither hides in the other, and which do not make up a third."""
HALVES = ((8, "left"), (5, "upper"), (4, "left"), (0, "upper"), (0, "lower"), (3, "left"))
"""Of digits, with what is left of them: no half that is a digit itself, as a ring is."""


@dataclass(frozen=True)
class NonDigit:
    """A file that shows no digit.

    Attributes:
        kind: what it shows, a key of NON_DIGITS.
        name: of the file.
        content: of the file.
    """

    kind: str
    name: str
    content: bytes


def draw_non_digits(seed: int = 0) -> Iterator[NonDigit]:
    """Draw all, kind by kind; the same for the same seed, whatever else is drawn."""
    for kind in NON_DIGITS:
        for index in range(COUNT):
            yield draw_non_digit(kind, index, seed)


def draw_non_digit(kind: str, index: int, seed: int = 0) -> NonDigit:
    """Draw one of a kind, on a canvas, in a photo or on a scan by turns."""
    generator = np.random.default_rng([seed, zlib.crc32(f"no digit: {kind}".encode()), index])
    order = Order(NO_DIGIT, index, generator)
    order = replace(order, strokes=fit(NON_DIGITS[kind](order)))
    dress, save = DRESSES[order.turn % len(DRESSES)]
    content, suffix = save(dress(order), order)
    return NonDigit(kind, file_name(f"no digit {kind}", index, suffix), content)


@cache
def read_things() -> dict[str, tuple[str, ...]]:
    """Return the drawings of each thing that has a name."""
    things = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {name: tuple(drawings) for name, drawings in things.items()}


def thing(name: str) -> Callable[[Order], Strokes]:
    """Return what draws one of the things that have a name."""

    def draw(order: Order) -> Strokes:
        """Draw the thing as one or another drawing has it, each time a little differently."""
        text = order.pick(read_things()[name])
        strokes = [_curve(stroke.split(), order) for stroke in text.split("/")]
        if name.startswith("solid"):
            return fill(varied(strokes, order)[0])
        return varied(strokes, order)

    return draw


def _curve(words: list[str], order: Order) -> Points:
    """Return the points of a curve through `x,y`, with corners at `x,y!`."""
    points = np.array([[float(each) for each in word.rstrip("!").split(",")] for word in words])
    closed = words[0] == words[-1]
    points = points + SLIP * order.generator.standard_normal(points.shape)
    if closed:
        points[-1] = points[0]
    corners = [place for place, word in enumerate(words) if word.endswith("!")]
    ends = [0, *corners, len(words) - 1]
    pieces = [_smooth(points[first : last + 1]) for first, last in pairwise(ends)]
    return np.concatenate(pieces)


def _smooth(points: Points) -> Points:
    """Return points close to each other on a smooth curve through some points."""
    length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
    curve: Points = spline(points, max(2, round(length / STEP))) @ points
    return curve


def varied(strokes: Strokes, order: Order) -> Strokes:
    """Bend, widen, slant and turn strokes, in hundredths of their size, a little."""
    every = np.concatenate(strokes).astype(np.float32)[None]
    bent = every + CARE * (bend(every, order.generator) - every)
    ends = np.cumsum([len(stroke) for stroke in strokes])[:-1]
    moved = np.split(bent[0].astype(np.float64), ends)
    return lean(moved, order.generator, squeeze=(0, 0.12), slant=(0.03, 0.07), turn=4)


def fill(outline: Points) -> Strokes:
    """Return an outline and lines so close to each other that they fill it."""
    outline = outline / np.ptp(outline, axis=0).max()
    strokes = [outline]
    (x, y), (after_x, after_y) = outline.T, np.roll(outline, -1, axis=0).T
    for row in np.arange(y.min() + ROW / 2, y.max(), ROW):
        crossed = (y <= row) != (after_y <= row)
        share = (row - y[crossed]) / (after_y - y)[crossed]
        ends = np.sort(x[crossed] + share * (after_x - x)[crossed])
        strokes += [
            np.array([[left, row], [right, row]])
            for left, right in zip(ends[::2], ends[1::2], strict=True)
        ]
    return strokes


def scribble(order: Order) -> Strokes:
    """A pen that goes to and fro without a plan."""
    points = order.generator.uniform(0, 100, (order.whole(12, 24), 2))
    return [_smooth(points)]


def zigzag(order: Order) -> Strokes:
    """Up and down in straight lines."""
    count = order.whole(6, 10)
    x = np.linspace(0, 100, count) + order.generator.normal(0, 2, count)
    high = order.between(25, 60)
    y = high * (np.arange(count) % 2) + order.generator.normal(0, 3, count)
    return varied([np.stack([x, y], axis=1)], order)


def wave(order: Order) -> Strokes:
    """Up and down in curves."""
    x = np.linspace(0, 100, 120)
    high, count = order.between(12, 25), order.between(2.5, 4.5)
    return varied([np.stack([x, high * np.sin(2 * np.pi * count * x / 100)], axis=1)], order)


def spiral(order: Order) -> Strokes:
    """Round and round, from the inside or the other way."""
    count, way = order.between(3, 4.5), order.pick((-1, 1))
    along = np.linspace(0.05, 1, 200)
    angle = way * 2 * np.pi * count * along + order.between(0, 2 * np.pi)
    return varied([50 * along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)], order)


def grid(order: Order) -> Strokes:
    """Lines across and down."""
    places = np.linspace(0, 100, order.whole(4, 6))
    flat = [np.array([[0, at], [50, at], [100, at]]) for at in places]
    lines = flat + [line[:, ::-1] for line in flat]
    return varied([line + order.generator.normal(0, 2, line.shape) for line in lines], order)


def hatching(order: Order) -> Strokes:
    """Slanting lines beside each other."""
    lines = []
    for at in np.linspace(0, 100, order.whole(6, 10)):
        line = np.array([[at + 40, 0], [at + 20, 40], [at, 80]])
        lines.append(line + order.generator.normal(0, 2, line.shape))
    return varied(lines, order)


def dots(order: Order) -> Strokes:
    """Points of the pen here and there."""
    points = order.generator.uniform(0, 100, (order.whole(7, 14), 2))
    return [np.stack([point, point + 1]) for point in points]


def over_each_other(order: Order) -> Strokes:
    """Two digits, one written over the other."""
    below, above = (write_digit(digit, order.generator) for digit in order.pick(OVER))
    shift = order.generator.uniform(-0.12, 0.12, 2)
    return below + [stroke + shift for stroke in above]


def crossed_out(order: Order) -> Strokes:
    """A digit that was crossed out twice and more."""
    strokes = write_digit(order.whole(0, 9), order.generator)
    for _ in range(order.whole(3, 5)):
        x, y = order.generator.uniform(-0.1, 0.1, 2)
        slope = order.between(-0.25, 0.25)
        strokes.append(np.array([[-0.6 + x, y + slope], [0.6 + x, y - slope]]))
    return strokes


def half(order: Order) -> Strokes:
    """Half of a digit; the other half is missing."""
    digit, side = order.pick(HALVES)
    axis, way = (0, 1) if side == "left" else (1, 1 if side == "upper" else -1)
    kept = []
    for stroke in write_digit(digit, order.generator):
        inside = way * stroke[:, axis] < 0
        bounds = np.flatnonzero(np.diff(inside)) + 1
        parts = zip(np.split(stroke, bounds), np.split(inside, bounds), strict=True)
        kept += [part for part, within in parts if within[0] and len(part) > 2]
    return kept


NON_DIGITS: dict[str, Callable[[Order], Strokes]] = {
    **{name: thing(name) for name in read_things()},
    "scribble": scribble,
    "zigzag": zigzag,
    "wave": wave,
    "spiral": spiral,
    "grid": grid,
    "hatching": hatching,
    "dots": dots,
    "two digits over each other": over_each_other,
    "digit crossed out": crossed_out,
    "half a digit": half,
}
