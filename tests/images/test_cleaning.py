"""Strength of ink → the ink alone."""

from typing import Any

import numpy as np
import pytest

from mlpcli.images.cleaning import (
    RuledLineSettings,
    ThresholdSettings,
    noise,
    remove_lines,
    threshold,
)
from tests.support.pens import DIGITS, Floats, Stroke, draw, write

THRESHOLD: dict[str, Any] = {"faint": 0.1, "low": 0.35, "high": 0.6}
LINES: dict[str, Any] = {"reach": 0.75, "thickness": 0.016, "tilt": 6.0}
SIZE = (240, 300)


def grain(size: tuple[int, int], sigma: float, seed: int = 0) -> Floats:
    """Return Gaussian noise."""
    return np.random.default_rng(seed).normal(0, sigma, size)


def ruled(angle: float, apart: float, *, squared: bool = False) -> Floats:
    """Return lines across the picture, two pixels wide and turned by so many degrees."""
    slope, (height, width) = np.tan(np.radians(angle)), SIZE
    lines: list[Stroke] = [
        [(-9, y - slope * (width / 2)), (width + 9, y + slope * (width / 2))]
        for y in np.arange(-20, height + 20, apart)
    ]
    if squared:
        lines += [
            [(x + slope * (height / 2), -9), (x - slope * (height / 2), height + 9)]
            for x in np.arange(-20, width + 20, apart)
        ]
    return draw(SIZE, *lines, width=2)


def test_threshold_by_hand() -> None:
    """Full ink is 1, edges keep their grey, and what is weak or has no strong point is paper."""
    strength = np.zeros((9, 16))
    strength[2:7, 2:6] = 0.8
    strength[2:7, 6] = 0.4  # an edge that is half covered
    strength[2:7, 7] = 0.2  # weaker than `low`, but next to ink
    strength[2:7, 12:14] = 0.4  # stronger than `low`, nowhere than `high`
    expected = np.zeros((9, 16))
    expected[2:7, 2:6], expected[2:7, 6], expected[2:7, 7] = 1, 0.5, 0.25
    np.testing.assert_allclose(expected, threshold(strength, **THRESHOLD))


@pytest.mark.parametrize("full", [0.2, 0.5, 0.9])
def test_threshold_stretches(full: float) -> None:
    """However pale the pen, its ink comes out as if it had been black."""
    ink = write(5, width=8)
    np.testing.assert_allclose(ink, threshold(full * ink, **THRESHOLD), atol=0.02)


@pytest.mark.parametrize("level", [0.0, 0.09])
@pytest.mark.parametrize("size", [(1, 1), (1, 90), (100, 100)])
def test_blank(size: tuple[int, int], level: float) -> None:
    """What is fainter than any ink is nothing."""
    assert not threshold(np.full(size, level), **THRESHOLD).any()


@pytest.mark.parametrize("sigma", [0.02, 0.08])
def test_grain_is_paper(sigma: float) -> None:
    """Noise alone gives no ink, and a digit under noise is found with hardly any beside it."""
    assert not threshold(np.abs(grain((150, 150), sigma / 2)), **THRESHOLD).any()
    ink = write(2, (200, 200), width=12)
    found = threshold(np.clip(0.8 * ink + grain((200, 200), sigma), 0, 1), **THRESHOLD)
    assert ((found > 0.5) == (ink > 0.5)).mean() > 0.99


def test_salt_and_pepper() -> None:
    """Single points all over are wiped away, inside the ink as well."""
    ink = write(2, (200, 200), width=12)
    chance = np.random.default_rng(0).random((200, 200))
    spoiled = np.where(chance < 0.02, 1.0, np.where(chance > 0.98, 0.0, 0.8 * ink))
    found = threshold(spoiled, **THRESHOLD)
    assert ((found > 0.5) == (ink > 0.5)).mean() > 0.99


@pytest.mark.parametrize("sigma", [0.01, 0.03, 0.1])
def test_noise(sigma: float) -> None:
    """The estimate is right within 15 %, with a digit and a gradient below the noise."""
    assert pytest.approx(sigma, rel=0.15) == noise(grain((120, 120), sigma))
    lit = write(8) * 0.7 + np.linspace(0, 0.5, 120)
    assert pytest.approx(sigma, rel=0.15) == noise(lit + grain((120, 120), sigma))


def test_no_noise() -> None:
    """A plane has none, nor has a picture too small to tell."""
    down, right = np.ogrid[:30, :40]
    assert noise(0.01 * down + 0.02 * right) < 1e-9
    assert 0 == noise(grain((2, 50), 0.1))


@pytest.mark.parametrize("squared", [False, True], ids=["ruled", "squared"])
@pytest.mark.parametrize("angle", [0, 1, 3, -3])
@pytest.mark.parametrize("digit", [2, 5, 8])
def test_lines(digit: int, angle: float, squared: bool) -> None:
    """Printed lines are erased, also tilted ones, and a digit that crosses them keeps its ink."""
    ink, lines = write(digit, SIZE, width=12), ruled(angle, 48, squared=squared)
    cleaned = remove_lines(np.maximum(ink, lines), **LINES)
    assert cleaned[ink > 0].sum() > 0.97 * ink.sum()
    assert cleaned[ink == 0].sum() < 0.05 * lines[ink == 0].sum()


@pytest.mark.parametrize("width", [5, 14])
@pytest.mark.parametrize("digit", DIGITS)
def test_strokes_are_no_lines(digit: int, width: float) -> None:
    """Nothing of a digit is taken for a line, be it the roof of a 7, or a 1."""
    ink = write(digit, SIZE, width=width)
    np.testing.assert_array_equal(ink, remove_lines(ink, **LINES))


@pytest.mark.parametrize("digit", [1, 2, 4, 5, 7])
def test_strokes_of_tight_crops(digit: int) -> None:
    """Nor is it where the picture ends at the ink, so that strokes go from side to side."""
    ink = write(digit, (300, 300), width=16)
    rows, columns = np.nonzero(ink)
    ink = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    np.testing.assert_array_equal(ink, remove_lines(ink, **LINES))


def test_lines_alone() -> None:
    """Where nothing but lines is seen, they stay: one of them may be a thin 1."""
    lines = ruled(0, 48)
    assert lines is remove_lines(lines, **LINES)


def test_other_settings() -> None:
    """Far above the noise there is no ink, and lines wider than the picture are not there."""
    strength = 0.5 * write(5, width=8) + grain((120, 120), 0.02)
    assert threshold(strength, **THRESHOLD).any()
    careful = ThresholdSettings(noise_margin=1000)
    assert not threshold(strength, **THRESHOLD, settings=careful).any()
    ink = np.maximum(write(5, SIZE), ruled(0, 40))
    assert ink is not remove_lines(ink, **LINES)
    assert ink is remove_lines(ink, **LINES, settings=RuledLineSettings(sparse=1.1))
