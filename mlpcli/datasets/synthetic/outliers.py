"""Draws what is no digit: signs, scribbles, shapes, dots, parts of digits, and two digits at once.

From these a network learns to say that a picture shows no digit. Whatever a fair reader might take
for one is left out, such as a straight line, which is a one, or a ring, which is a zero.

Every function draws a number of images at once. Coordinates are those of `handwriting`.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.synthetic.alphabet import (
    SAMPLES,
    read_national_alphabet,
    read_outliers,
)
from mlpcli.datasets.synthetic.handwriting import (
    Pens,
    Strokes,
    bend,
    pen_radii,
    turn,
    uniform,
    write,
)
from mlpcli.utils.arrays import Float32, Float64

_ALONG = np.linspace(0, 1, SAMPLES, dtype=np.float32)
SIDES = {0: (1, 3), 2: (1,)}
"""The sides of a digit that are no digit themselves, numbered: right, below, left, above."""
THICKEST = 1.8  # radius of a pen in pixels; thicker ones leave little of a sign to be seen
LONG_LINES = (0.9, 1.4)  # radii for long lines: thinner ones are dotted, thicker ones a blot
KEPT = (0.3, 0.45)  # share of a digit's height or width that a part has


def write_outliers(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Write random drawings that are no digits, choosing each kind with its share."""
    pens = replace(pens, limits=(pens.limits[0], THICKEST))
    kinds = generator.choice(len(KINDS), size=count, p=list(KINDS.values()))
    curves = np.empty((count, SAMPLES, 2), dtype=np.float32)
    radii = np.empty((count, SAMPLES), dtype=np.float32)
    for number, kind in enumerate(KINDS):
        rows = np.flatnonzero(kinds == number)
        if len(rows):
            drawn = kind(len(rows), generator, pens)
            curves[rows], radii[rows] = drawn.curves, drawn.radii
    return Strokes(np.full(count, NO_CLASS), curves, radii)


def signs(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Write letters, punctuation, figures and other signs of `outliers.yaml`."""
    return write(read_outliers(), count, generator, pens)


def scribbles(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Move the pen to and fro along smooth, tangled curves."""
    waves = np.array([[[[5], [7], [9]]], [[[6], [8], [10]]]])  # others across than down: no ring
    heights = generator.standard_normal((2, 2 * count, 3, 1))
    phases = uniform(0, 2 * np.pi, (2, 2 * count, 3, 1), generator)
    x, y = (heights * np.cos(waves * np.pi * _ALONG + phases)).sum(axis=2)
    curves = np.stack([x, y], axis=2)
    return _as_strokes(curves[_rounder_half(curves)], generator, replace(pens, limits=LONG_LINES))


def zigzags(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Move the pen to and fro, in six strokes or more."""
    most = 12
    lines = generator.integers(6, most + 1, size=(count, 1))
    side = 100 * (np.arange(most + 1) % 2) + uniform(-18, 18, (count, most + 1), generator)
    steps = uniform(0.5, 1.5, (count, most + 1), generator)
    ahead = np.cumsum(steps, axis=1) * (uniform(80, 180, (count, 1), generator) / lines)
    corners = np.stack([side, ahead], axis=2, dtype=np.float64)
    return _as_strokes(_through(corners, lines), generator, replace(pens, limits=LONG_LINES))


def hatchings(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Draw three to six parallel lines, of one direction or of two that cross."""
    lines = generator.integers(3, 7, size=(count, 1))
    number, within = np.divmod(np.arange(SAMPLES) * lines / SAMPLES, 1)
    ends = uniform(-12, 12, (count, 6, 2), generator)  # lines begin and end unevenly
    row = np.arange(count)[:, None]
    first = ends[row, number.astype(int)]
    aside = (number + 0.5) / lines * 100 + first[..., 0]
    ahead = within * uniform(60, 140, (count, 1), generator) + first[..., 1]
    crossed = (generator.random((count, 1)) < 0.4) & (lines > 3) & (number % 2 == 1)
    x, y = np.where(crossed, ahead, aside), np.where(crossed, aside, ahead)
    return _as_strokes(np.stack([x, y], axis=2), generator, pens)


def blobs(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Fill round and jagged shapes with ink."""
    drawn = _outlines(count, generator)
    inward = np.array([1.0, 0.55, 0.8, 0.2])[np.arange(SAMPLES) % 4]
    strokes = _as_strokes(drawn * inward[:, None], generator, pens)
    thick = uniform(2.2, 3.2, (count, 1), generator)
    return Strokes(strokes.labels, strokes.curves, np.broadcast_to(thick, strokes.radii.shape))


def _outlines(count: int, generator: np.random.Generator) -> Float32:
    """Return closed lines around the origin, uneven enough to be no ring."""
    angles, waves = 2 * np.pi * _ALONG, np.arange(3, 8)[:, None]
    heights = uniform(-0.2, 0.3, (count, 5, 1), generator).clip(0)
    phases = uniform(0, 2 * np.pi, (count, 5, 1), generator)
    radius = 1 + (heights * np.cos(waves * angles + phases)).sum(axis=1)
    return np.stack([np.cos(angles) * radius, np.sin(angles) * radius], axis=2).astype(np.float32)


def polygons(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Draw closed lines with three or four corners, or stars with up to seven points."""
    points = generator.choice([3, 4, 5, 6, 7], size=(count, 1))
    star = (points > 4) | (generator.random((count, 1)) < 0.2)
    corners = np.where(star, 2 * points, points)
    most = 14
    angle = 2 * np.pi * (np.arange(most + 1) % corners) / corners
    angle = angle + uniform(-0.2, 0.2, (count, most + 1), generator) * (6 / corners)
    radius = uniform(0.75, 1.25, (count, most + 1), generator)
    radius = np.where(star & (np.arange(most + 1) % 2 == 1), 0.4 * radius, radius)
    corner = np.stack([np.cos(angle), np.sin(angle)], axis=2, dtype=np.float64) * radius[..., None]
    corner[np.arange(count), corners[:, 0]] = corner[:, 0]  # the last is the first again
    return _as_strokes(_through(corner, corners), generator, pens)


def dots(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Scatter two to twenty dots and spots."""
    number = generator.integers(2, 21, size=(count, 1))
    which = np.arange(SAMPLES) % number
    row = np.arange(count)[:, None]
    places = generator.random((count, 20, 2))[row, which] * 100
    strokes = _as_strokes(places, generator, pens)
    sizes = np.exp(uniform(np.log(0.6), np.log(3.5), (count, 20), generator))
    same = uniform(0, 1, (count, 1), generator)
    radii = sizes[row, which] ** (1 - same) * sizes[:, :1] ** same
    return Strokes(strokes.labels, strokes.curves, radii.astype(np.float32))


def strewn_lines(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Scatter five to eight short strokes in all directions."""
    lines = generator.integers(5, 9, size=(count, 1))
    number, within = np.divmod(np.arange(SAMPLES) * lines / SAMPLES, 1)
    which, row = number.astype(int), np.arange(count)[:, None]
    starts = generator.random((count, 8, 2)) * 100
    angles = uniform(0, 2 * np.pi, (count, 8), generator)
    lengths = uniform(15, 40, (count, 8), generator)
    steps = np.stack([np.cos(angles), np.sin(angles)], axis=2) * lengths[..., None]
    places = starts[row, which] + steps[row, which] * within[..., None]
    return _as_strokes(places, generator, pens)


def parts(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Cut off less than half of a digit, where that is no digit itself."""
    whole = _digits(2 * count, tuple(SIDES), generator, pens)
    sides = [generator.choice(SIDES[label]) for label in whole.labels.tolist()]
    angle = np.array(sides)[:, None] * (np.pi / 2)
    angle = angle + uniform(-0.2, 0.2, angle.shape, generator)
    height = whole.curves[..., 0] * np.cos(angle) + whole.curves[..., 1] * np.sin(angle)
    low, high = height.min(axis=1, keepdims=True), height.max(axis=1, keepdims=True)
    kept = height > high - (high - low) * uniform(*KEPT, angle.shape, generator)
    order = np.argsort(~kept, axis=1, kind="stable")
    index = np.arange(SAMPLES) * kept.sum(axis=1, keepdims=True) // SAMPLES
    rows = np.arange(len(order))[:, None]
    index = order[rows, index]
    curves = whole.curves[rows, index]
    best = _rounder_half(curves)
    return Strokes(whole.labels[best], curves[best], whole.radii[rows, index][best])


def _rounder_half(curves: Float32 | Float64) -> NDArray[np.intp]:
    """Return the indices of the half of some drawings that least resembles straight lines."""
    centred = curves - curves.mean(axis=1, keepdims=True)
    spreads = np.linalg.eigvalsh(np.swapaxes(centred, 1, 2) @ centred)
    return np.argsort(-spreads[:, 0] / spreads[:, 1])[: len(curves) // 2]


def pairs(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Write two digits side by side, at times touching."""
    first, second = (_digits(count, tuple(range(10)), generator, pens) for _ in range(2))
    curves = []
    for digit in first, second:
        low, high = digit.curves.min(axis=1, keepdims=True), digit.curves.max(axis=1, keepdims=True)
        size = 100 / (high - low)[..., 1:]
        curves.append((digit.curves - (low + high) / 2)[:, ::2] * size)
    half = [np.ptp(curve[..., 0], axis=1) / 2 for curve in curves]
    gap = uniform(-15, 40, (count,), generator)
    narrow = np.isin(first.labels, (0, 1)) | np.isin(second.labels, (0, 1))
    gap = np.where(narrow, np.abs(gap) + 12, gap)
    lift = uniform(-15, 15, (count,), generator)
    curves[1] += np.stack([half[0] + half[1] + gap, lift], axis=1)[:, None]
    radii = np.concatenate([first.radii[:, ::2], second.radii[:, ::2]], axis=1)
    return Strokes(first.labels, np.concatenate(curves, axis=1), radii)


def misplaced_threes(count: int, generator: np.random.Generator, pens: Pens) -> Strokes:
    """Write threes as in a mirror, or lying on their side; other digits might still be read so."""
    drawn = _digits(count, (3,), generator, pens)
    x, y = drawn.curves[..., 0], drawn.curves[..., 1]
    sign = generator.choice(np.array([-1, 1], dtype=np.float32), size=(count, 1))
    lying = np.stack([sign * y, -sign * x], axis=2)
    mirrored = np.stack([-x, y], axis=2)
    curves = np.where(generator.random((count, 1, 1)) < 0.5, lying, mirrored)
    return Strokes(drawn.labels, curves, drawn.radii)


KINDS: dict[Callable[[int, np.random.Generator, Pens], Strokes], float] = {
    signs: 0.48,
    scribbles: 0.08,
    zigzags: 0.04,
    hatchings: 0.05,
    blobs: 0.06,
    polygons: 0.06,
    dots: 0.04,
    strewn_lines: 0.04,
    parts: 0.04,
    pairs: 0.10,
    misplaced_threes: 0.01,
}
"""The kinds of drawings, with the share of each."""


def _through(points: Float64, lines: NDArray[np.int64]) -> Float64:
    """Return samples of straight lines from point to point.

    Args:
        points: (count, most + 1, 2), of which those up to `lines` are used.
        lines: (count, 1), how many.
    """
    place = _ALONG * lines
    before = np.minimum(place.astype(np.intp), lines - 1)
    part, row = (place - before)[..., None], np.arange(len(points))[:, None]
    samples: Float64 = (1 - part) * points[row, before] + part * points[row, before + 1]
    return samples


def _digits(
    count: int, digits: tuple[int, ...], generator: np.random.Generator, pens: Pens
) -> Strokes:
    """Write some of the digits, each equally often."""
    alphabet = read_national_alphabet()
    shares = np.isin(alphabet.digits, digits) * alphabet.shares
    shares /= np.bincount(alphabet.digits, shares)[alphabet.digits].clip(1e-9) * len(digits)
    return write(replace(alphabet, shares=shares), count, generator, pens)


def _as_strokes(
    curves: NDArray[np.floating], generator: np.random.Generator, pens: Pens
) -> Strokes:
    """Scale drawings to the size of digits, bend and turn them, and choose a pen for each."""
    low, high = curves.min(axis=1, keepdims=True), curves.max(axis=1, keepdims=True)
    scaled = ((curves - low) * (100 / (high - low).max(axis=2, keepdims=True))).astype(np.float32)
    count = len(curves)
    turned = turn(bend(scaled, generator) - 50, np.full(count, np.pi, np.float32), generator)
    labels = np.full(count, NO_CLASS)
    along = np.broadcast_to(_ALONG, (count, SAMPLES))
    return Strokes(labels, turned, pen_radii(along, labels, generator, pens))
