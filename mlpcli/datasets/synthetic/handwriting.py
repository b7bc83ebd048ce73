"""Turns styles into strokes, writing a digit or another sign differently each time.

A curve is (SAMPLES, 2) points x, y: x to the right, y downwards, in hundredths of a digit's usual
height. Every function handles a whole block of digits, one per row.

The constants with a value for each digit match the mean ink, slant and proportions of the first
10,000 training images of MNIST. The spread is larger than there, and slips are larger than
people's, because networks trained on more varied digits read those images better. The other
constants were chosen by the same criterion.

The last of the values for each digit is for signs that are no digits, whose label, -1, counts from
the end.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Float32

if TYPE_CHECKING:  # not needed to predict
    from mlpcli.datasets.synthetic.alphabet import Alphabet

CONCENTRATION = 0.7  # of the Dirichlet distribution that mixes exemplars; lower is nearer to one
STRETCH = 1.6  # of a mixture away from the mean of its exemplars; above 1, beyond them
SLIP = 10.0  # standard deviation of the points
BENDS = 3  # waves that bend the plane, along each axis
BEND = 5.0  # standard deviation of a wave's amplitude
WAVE = (0.8, 2.6)  # radians over half a digit's height, less than one full wave
TURN = 0.12  # radians, standard deviation
#        0     1     2     3     4     5     6     7     8     9    none
SLANT = (0.26, 0.28, 0.05, 0.09, 0.26, 0.22, 0.12, 0.13, 0.16, 0.16, 0.10)  # x per y, mean
SLANT_SPREAD = (0.20, 0.24, 0.26, 0.26, 0.29, 0.30, 0.14, 0.18, 0.25, 0.23, 0.22)
WIDTH = (0.00, -0.31, 0.02, -0.12, -0.04, 0.08, -0.13, -0.04, -0.07, -0.19, -0.05)  # log, mean
WIDTH_SPREAD = (0.19, 0.23, 0.20, 0.19, 0.17, 0.19, 0.20, 0.16, 0.19, 0.13, 0.20)
RADIUS = (1.43, 1.26, 1.31, 1.27, 1.21, 1.17, 1.27, 1.31, 1.19, 1.16, 1.25)  # pixels, median
SWELL = 0.24  # standard deviation of the waves in the radius's logarithm along a stroke
SWELLS = 4  # number of these waves
TAPER = 0.3  # largest share of the radius lost at a stroke's ends
TAPERED = 0.15  # share of a stroke, at each end


@dataclass(frozen=True)
class Pens:
    """What people write with.

    Attributes:
        spread: standard deviation of the logarithm of the pens' radius.
        limits: the smallest and the largest radius, pixels of the finished image.
        breaks: share of drawings in whose strokes the ink fails for a moment.
        edge: the narrowest and the widest edge of a stroke, pixels from paper to full ink.
        rough: how ragged an edge is at most, standard deviation in pixels.
    """

    spread: float
    limits: tuple[float, float]
    breaks: float
    edge: tuple[float, float]
    rough: float


MNIST_PENS = Pens(spread=0.28, limits=(0.7, 4.0), breaks=0.0, edge=(0.2, 1.0), rough=0.0)
FINE_PENS = replace(MNIST_PENS, limits=(0.7, 2.5))  # none of them fills a digit with ink
ALL_PENS = Pens(spread=0.36, limits=(0.5, 2.3), breaks=0.12, edge=(0.1, 1.6), rough=0.2)
"""Also ballpoints, markers and the brushes of drawing programs, after preprocessing."""
BREAK = (2, 7)  # samples that a break leaves out


@dataclass(frozen=True)
class Strokes:
    """The paths of a pen.

    Attributes:
        labels: (count,) int64, the digits, or NO_CLASS.
        curves: (count, SAMPLES, 2) float32.
        radii: (count, SAMPLES) float32, of the pen, in pixels of the finished image.
    """

    labels: NDArray[np.int64]
    curves: Float32
    radii: Float32


def write(
    alphabet: Alphabet, count: int, generator: np.random.Generator, pens: Pens = MNIST_PENS
) -> Strokes:
    """Write random digits or signs, choosing each style with its share."""
    styles = generator.choice(len(alphabet.shares), size=count, p=alphabet.shares)
    labels, freedom = alphabet.digits[styles], alphabet.freedom[styles, None, None]
    points = mix(alphabet, styles, generator) + freedom * slips(alphabet, styles, generator)
    curves = alphabet.curves[styles] @ points
    curves = lean(bend(curves, generator, freedom), labels, generator, freedom[:, 0, 0])
    if alphabet.turns.any():
        curves = turn(curves, alphabet.turns[styles], generator)
    radii = pen_radii(alphabet.along[styles], labels, generator, pens)
    return Strokes(labels, interrupt(curves, pens, generator) if pens.breaks else curves, radii)


def mix(alphabet: Alphabet, styles: NDArray[np.intp], generator: np.random.Generator) -> Float32:
    """Mix the exemplars of each style at random; return (count, points, 2)."""
    exemplars = alphabet.exemplars[styles]
    counts = alphabet.counts[styles, None]
    count, most, points, _ = exemplars.shape
    present = np.arange(most) < counts
    weights = generator.standard_gamma(CONCENTRATION, (count, most)) * present + 1e-9 * present
    weights /= weights.sum(axis=1, keepdims=True)  # Dirichlet
    weights = STRETCH * weights + (1 - STRETCH) * present / counts
    mixed = weights.astype(np.float32)[:, None] @ exemplars.reshape(count, most, -1)
    return mixed.reshape(count, points, 2)


def slips(alphabet: Alphabet, styles: NDArray[np.intp], generator: np.random.Generator) -> Float32:
    """Draw displacements, similar for nearby points; return (count, points, 2)."""
    factors = alphabet.slips[styles]
    noise = generator.standard_normal((*factors.shape[:2], 2), dtype=np.float32)
    moved: Float32 = np.float32(SLIP) * (factors @ noise)
    return moved


def bend(
    curves: Float32, generator: np.random.Generator, freedom: Float32 | float = 1.0
) -> Float32:
    """Bend the plane that the digit is written on, with a few long waves along each axis."""
    count = len(curves)
    x, y = (curves[..., axis, None] / 50 - 1 for axis in (0, 1))  # about -1 to 1
    bent = curves.copy()
    for axis in (0, 1):
        direction, phase = uniform(0, 2 * np.pi, (2, count, 1, BENDS), generator)
        wave = uniform(*WAVE, (count, 1, BENDS), generator)
        amplitude = freedom * _normal(BEND, (count, 1, BENDS), generator)
        along = x * np.cos(direction) + y * np.sin(direction)
        bent[..., axis] += (amplitude * np.sin(wave * along + phase)).sum(axis=2)
    return bent


def lean(
    curves: Float32,
    labels: NDArray[np.int64],
    generator: np.random.Generator,
    freedom: Float32 | float = 1.0,
) -> Float32:
    """Widen or narrow, slant and turn each digit around the middle of its plane."""
    count = len(curves)
    widths = _of(WIDTH, labels) + _of(WIDTH_SPREAD, labels) * _normal(1, count, generator)
    widths = np.exp(freedom * widths)
    slants = _of(SLANT, labels) + _of(SLANT_SPREAD, labels) * _normal(1, count, generator)
    slants = freedom * slants
    turns = freedom * _normal(TURN, count, generator)
    cosine, sine = np.cos(turns), np.sin(turns)
    # multiplies a point: widen, then slant, then turn
    affine = np.empty((count, 2, 2), dtype=np.float32)
    affine[:, 0, 0], affine[:, 0, 1] = widths * cosine, widths * sine
    affine[:, 1, 0], affine[:, 1, 1] = -slants * cosine - sine, -slants * sine + cosine
    leant: Float32 = (curves - 50) @ affine
    return leant


def turn(curves: Float32, most: Float32, generator: np.random.Generator) -> Float32:
    """Turn drawings by random angles around the middle of their plane.

    Args:
        curves: (count, SAMPLES, 2), the middle at 0, 0.
        most: (count,) radians, the largest angle either way.
        generator: source of the angles.
    """
    angles = most * uniform(-1, 1, (len(curves),), generator)
    cosine, sine = np.cos(angles), np.sin(angles)
    rotation = np.stack([np.stack([cosine, sine], axis=1), np.stack([-sine, cosine], axis=1)], 1)
    turned: Float32 = curves @ rotation
    return turned


def interrupt(curves: Float32, pens: Pens, generator: np.random.Generator) -> Float32:
    """Leave a short gap in some drawings, where the pen stays at the last point before it."""
    count, samples = len(curves), curves.shape[1]
    start = generator.integers(samples, size=count)
    length = generator.integers(BREAK[0], BREAK[1], size=count)
    length *= generator.random(count) < pens.breaks
    index = np.arange(samples)
    inside = (index >= start[:, None]) & (index < (start + length)[:, None])
    index = np.where(inside, start[:, None], index)
    broken: Float32 = curves[np.arange(count)[:, None], index]
    return broken


def pen_radii(
    along: Float32, labels: NDArray[np.int64], generator: np.random.Generator, pens: Pens
) -> Float32:
    """Draw the pen's radius, which swells along a stroke and tapers at its ends.

    Args:
        along: (count, SAMPLES) in [0, 1], how far along its stroke each sample is.
        labels: (count,) digits.
        generator: source of the radii.
        pens: what is written with.

    Returns:
        (count, SAMPLES) float32, pixels.
    """
    count = len(along)
    logarithm = np.log(_of(RADIUS, labels))[:, None] + _normal(pens.spread, (count, 1), generator)
    for wave in range(1, SWELLS + 1):
        phase = uniform(0, 2 * np.pi, (count, 1), generator)
        amplitude = _normal(SWELL / np.sqrt(wave), (count, 1), generator)
        logarithm = logarithm + amplitude * np.cos(wave * np.pi * along + phase)
    end = np.clip(1 - np.minimum(along, 1 - along) / TAPERED, 0, 1)
    radii = np.exp(logarithm) * (1 - uniform(0, TAPER, (count, 1), generator) * end)
    least, most = pens.limits
    limited: Float32 = np.clip(radii, np.float32(least), np.float32(most))
    return limited


def _of(numbers: tuple[float, ...], labels: NDArray[np.int64]) -> Float32:
    """Return the number for each label."""
    return np.array(numbers, dtype=np.float32)[labels]


def _normal(
    deviation: float, shape: int | tuple[int, ...], generator: np.random.Generator
) -> Float32:
    return np.float32(deviation) * generator.standard_normal(shape, dtype=np.float32)


def uniform(
    low: float, high: float, shape: tuple[int, ...], generator: np.random.Generator
) -> Float32:
    """Draw numbers that are equally likely anywhere between two."""
    return np.float32(low) + np.float32(high - low) * generator.random(shape, dtype=np.float32)
