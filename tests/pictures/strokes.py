"""Digits as a careful person writes them.

The styles are those of the alphabet that synthetic digits are drawn from, but slips and slant are
small: what is hard about these pictures is the picture, not the handwriting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.synthetic.alphabet import Alphabet, lay_out
from mlpcli.datasets.synthetic.handwriting import STRETCH, bend, mix, slips
from mlpcli.datasets.synthetic.styles import FILE, parse_alphabet
from mlpcli.utils.arrays import Float32

Points = NDArray[np.float64]
Strokes = list[Points]
"""For each stroke the points the pen goes through, (points, 2): x to the right, y downwards."""

CARE = 0.25  # of the slips and bends that digits for training have
TURN = 3.0  # degrees, standard deviation
SLANT = (0.06, 0.07)  # x per y, mean and standard deviation
DOUBTFUL = {  # styles that somebody might take for another digit, or for a letter
    (0, "open at the top"),
    (1, "arched flag"),
    (2, "ring, no hook"),
    (3, "leaning over"),
    (3, "lower bow like a hook"),
    (4, "bent, like a nine"),
    (4, "open, rounded, one stroke"),
    (4, "small head on a long stem"),
    (5, "belly closed to the stem"),
    (7, "foot"),
    (7, "long serif"),
    (7, "long serif, sagging roof"),
    (7, "narrow"),
    (7, "roof begun downwards"),
    (7, "sagging roof"),
    (7, "slanted, serif and sagging roof"),
    (7, "tail at the foot"),
    (8, "top open on the right"),
    (9, "angular head"),
    (9, "open top"),
}
SQUEEZE = 0.08  # standard deviation of the width's logarithm


@dataclass(frozen=True)
class Form:
    """How somebody writes a digit.

    Attributes:
        alphabet: of the style.
        style: its place in the alphabet, (1,).
        points: that the pen goes through, (1, points, 2), in hundredths of a digit's height.
    """

    alphabet: Alphabet
    style: NDArray[np.int64]
    points: Float32


def write_digit(label: int, generator: np.random.Generator, least_strokes: int = 1) -> Strokes:
    """Write a digit around the origin, one high and no wider than that.

    Args:
        label: 0 to 9.
        generator: what style and slips are drawn from.
        least_strokes: how many the style must have.
    """
    alphabet = read_legible()
    fits = (alphabet.digits == label) & (_stroke_counts(alphabet) >= least_strokes)
    strokes = trace(choose_form(alphabet, fits, generator), generator)
    return fit(lean(strokes, generator))


def choose_form(
    alphabet: Alphabet, fits: NDArray[np.bool_], generator: np.random.Generator
) -> Form:
    """Choose one of the styles that fit, (styles,), and mix its exemplars."""
    shares = alphabet.shares * fits
    style = generator.choice(len(shares), size=1, p=shares / shares.sum())
    mean = alphabet.exemplars[style].sum(axis=1) / alphabet.counts[style, None, None]
    return Form(alphabet, style, mean + (mix(alphabet, style, generator) - mean) / STRETCH)


def trace(form: Form, generator: np.random.Generator, care: float = CARE) -> Strokes:
    """Write a digit in a form, with slips of the pen; in hundredths of its usual height."""
    alphabet, style = form.alphabet, form.style
    curves = alphabet.curves[style] @ (form.points + care * slips(alphabet, style, generator))
    curve = (curves + care * (bend(curves.astype(np.float32), generator) - curves))[0]
    ends = np.flatnonzero(np.diff(alphabet.along[style[0]]) < 0) + 1
    return np.split(curve.astype(np.float64), ends)


@cache
def read_legible() -> Alphabet:
    """Return the alphabet without the styles in which even a careful digit is in doubt."""
    styles = parse_alphabet(
        files("mlpcli.datasets.synthetic").joinpath(FILE).read_text(encoding="utf-8")
    )
    return lay_out([style for style in styles if (style.digit, style.name) not in DOUBTFUL])


def place(strokes: Strokes, height: float, centre: tuple[float, float]) -> Strokes:
    """Scale a written digit to `height` pixels and move its middle to `centre` (x, y)."""
    return [stroke * height + centre for stroke in strokes]


def extent(strokes: Strokes) -> Points:
    """Return width and height of the strokes' box, (2,)."""
    span: Points = np.ptp(np.concatenate(strokes), axis=0)
    return span


def break_strokes(strokes: Strokes, gap: float, generator: np.random.Generator) -> Strokes:
    """Lift the pen on the way, for `gap` of the digit's height, once in each of the longest two."""
    broken = []
    longest = sorted(map(_length, strokes))[-2:]
    for stroke in strokes:
        length = _length(stroke)
        if length not in longest or length < 0.5:
            broken.append(stroke)
            continue
        along = np.linspace(0, length, len(stroke))
        lifted = length * generator.uniform(0.3, 0.7)  # both pieces are more than a dot
        broken += [stroke[along < lifted - gap / 2], stroke[along > lifted + gap / 2]]
    return broken


def lift_roof(strokes: Strokes, gap: float, generator: np.random.Generator) -> Strokes:
    """Move the uppermost stroke away from the others, upwards and to the right."""
    roof = min(range(len(strokes)), key=lambda place: strokes[place][:, 1].mean())
    others = np.concatenate(strokes[:roof] + strokes[roof + 1 :])
    low = strokes[roof][:, 1].max() - others[:, 1].min()
    shift = np.array([generator.uniform(0, 0.06), -max(low, 0) * 0.7 - gap])
    return [stroke + shift * (place == roof) for place, stroke in enumerate(strokes)]


def _stroke_counts(alphabet: Alphabet) -> NDArray[np.int64]:
    """Return how many strokes each style has: how far along one is starts again with each."""
    counts: NDArray[np.int64] = 1 + (np.diff(alphabet.along, axis=1) < 0).sum(axis=1)
    return counts


def _length(stroke: Points) -> float:
    """Return how long a stroke is; its points lie evenly."""
    return float(np.linalg.norm(np.diff(stroke, axis=0), axis=1).sum())


def lean(
    strokes: Strokes,
    generator: np.random.Generator,
    *,
    squeeze: tuple[float, float] = (0.0, SQUEEZE),
    slant: tuple[float, float] = SLANT,
    turn: float = TURN,
) -> Strokes:
    """Widen or narrow, slant and turn by a little.

    Args:
        strokes: of a digit.
        generator: what all is drawn from.
        squeeze: the width's logarithm, mean and standard deviation.
        slant: x per y, mean and standard deviation.
        turn: degrees, standard deviation.
    """
    wide = np.exp(generator.normal(*squeeze))
    slanting = generator.normal(*slant)
    turned = np.radians(np.clip(generator.normal(0, turn), -2 * turn, 2 * turn))
    cosine, sine = np.cos(turned), np.sin(turned)
    leaning = np.array([[wide, 0], [-slanting, 1]]) @ np.array([[cosine, sine], [-sine, cosine]])
    return [stroke @ leaning for stroke in strokes]


def fit(strokes: Strokes) -> Strokes:
    """Move the middle of the strokes' box to the origin and make its longer side 1."""
    every = np.concatenate(strokes)
    low, high = every.min(axis=0), every.max(axis=0)
    return [(stroke - (low + high) / 2) / (high - low).max() for stroke in strokes]
