"""Lightness → strength of the ink, whatever the paper and the lamp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.images.lighting import FlattenSettings, flatten, otsu, ring, shrink
from tests.support.pens import lamp, write

WINDOW = 0.25


@pytest.mark.parametrize("level", [0.0, 77 / 255, 0.98, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (40, 30), (200, 150)])
def test_nothing_drawn(size: tuple[int, int], level: float) -> None:
    """Paper alone has no ink."""
    assert not flatten(np.full(size, level), window=WINDOW).any()


@pytest.mark.parametrize("paper", [0.95, 0.6, 0.3])
def test_even_light(paper: float) -> None:
    """Ink's strength is the share of the paper's light that it absorbs: 0.75 at full ink."""
    ink = write(5, width=10)
    strength = flatten(1 - paper * (1 - 0.75 * ink), window=WINDOW)
    np.testing.assert_allclose(0.75 * ink, strength, atol=1e-9)


@pytest.mark.parametrize("size", [(50, 50), (200, 200), (300, 200)])
@pytest.mark.parametrize("digit", [2, 8])
def test_lamp(digit: int, size: tuple[int, int]) -> None:
    """Under a lamp at one side ink is as strong as in even light, and paper is still nothing."""
    ink = write(digit, size, width=size[0] / 20)
    light = 0.9 * lamp(size, 0.4) * (1 - 0.75 * ink)
    strength = flatten(1 - light, window=WINDOW)
    assert np.abs(0.75 * ink - strength).mean() < 0.015
    assert strength[ink == 0].max() < 0.12


@pytest.mark.parametrize("column", [60, 100, 140])
def test_hard_shadow(column: int) -> None:
    """A shadow that crosses the digit takes nothing from its ink and adds none."""
    ink = write(2, (200, 200), width=10)
    light = 0.9 * (1 - 0.75 * ink)
    light[:, column:] *= 0.5
    strength = flatten(1 - light, window=WINDOW)
    assert np.abs(0.75 * ink - strength)[ink > 0.9].mean() < 0.05
    assert (strength[ink == 0] > 0.3).mean() < 0.01


def test_otsu_by_hand() -> None:
    """The threshold lies in the middle of the gap between two heaps."""
    assert pytest.approx(0.5, abs=0.01) == otsu(np.array([0.0] * 70 + [1.0] * 30))
    assert pytest.approx(0.45, abs=0.01) == otsu(np.array([0.1, 0.2, 0.2, 0.7, 0.8]))
    assert 0.2 < otsu(np.array([0.0, 0.1, 0.2, 0.9, 1.0, 1.1])) < 0.9


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 40))
def test_shrink(height: int, width: int, most: int) -> None:
    """Averaging keeps the mean, and the longer side is at most as asked for."""
    light = np.random.default_rng(height * width).random((height, width))
    small = shrink(light, most)
    assert pytest.approx(light.mean()) == small.mean()
    assert max(small.shape) <= most or small is light
    assert small is light or max(height, width) > most


def test_ring_by_hand() -> None:
    """The border is one point wide in a small picture, and three in one of 100."""
    picture = np.arange(20).reshape(4, 5)
    assert [0, 1, 2, 3, 4, 5, 9, 10, 14, 15, 16, 17, 18, 19] == ring(picture, 0.03).tolist()
    assert 100**2 - 94**2 == ring(np.zeros((100, 100)), 0.03).size
    assert 1 == ring(np.zeros((1, 1)), 0.03).size


def test_other_settings() -> None:
    """With `even` so high that all light passes for even, a lamp's darkness passes for ink."""
    light = 1 - 0.9 * lamp((100, 100), 0.4)
    assert flatten(light, window=WINDOW).max() < 0.12
    assert flatten(light, window=WINDOW, settings=FlattenSettings(even=1)).max() > 0.3
