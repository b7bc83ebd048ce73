"""Soft edges are shadows, sharp ones ink."""

import numpy as np
import pytest
from scipy import ndimage

from mlpcli.images.shadows import ShadowSettings, drop_soft, fill
from tests.support.pens import Floats, draw, write

STROKE = [(40, 30), (60, 170)]


def blob(size: tuple[int, int], *, x: float, y: float, radius: float) -> Floats:
    """Return a shadow that fades out: strength falls like a bell."""
    down, right = np.ogrid[: size[0], : size[1]]
    return np.asarray(np.exp(-((right - x) ** 2 + (down - y) ** 2) / (2 * radius**2)))


@pytest.mark.parametrize("depth", [0.5, 0.8])
def test_shadow_beside_a_stroke(depth: float) -> None:
    """A soft blob is erased, and the stroke beside it stays."""
    stroke = draw((200, 200), STROKE, width=12)
    shadow = depth * blob((200, 200), x=145, y=100, radius=18)
    strength = drop_soft(np.maximum(0.8 * stroke, shadow))
    np.testing.assert_allclose(0.8 * stroke[:, :80], strength[:, :80], atol=1e-3)
    assert strength[:, 100:].max() < 0.5 * 0.8


@pytest.mark.parametrize("blur", [0, 1])
def test_two_strokes(blur: float) -> None:
    """Strokes that are alike are no shadows, also where the lens has blurred both."""
    strokes = draw((200, 200), STROKE, [(140, 30), (150, 170)], width=12)
    blurred = ndimage.gaussian_filter(strokes, blur) if blur else strokes
    np.testing.assert_array_equal(blurred, drop_soft(blurred))


def test_one_part() -> None:
    """Where there is one thing only, it stays, soft or not; paper stays paper."""
    soft = blob((120, 120), x=60, y=60, radius=15)
    assert soft is drop_soft(soft)
    assert not drop_soft(np.zeros((70, 70))).any()


def test_hollow_blot() -> None:
    """A blot whose middle a narrow window took for paper is filled as the wide one shows it."""
    wide = draw((200, 200), STROKE, [(130, 70), (135, 110)], width=40)
    hollow = np.where(ndimage.binary_erosion(wide > 0.5, iterations=8), 0, wide)
    filled = fill(hollow, wide)
    np.testing.assert_array_equal(wide, filled)
    assert hollow[90, 132] < wide[90, 132]


def test_shadow_is_not_filled_in() -> None:
    """What a wide window shows besides, with a soft edge, is not taken for the inside of a blot."""
    narrow = draw((200, 200), STROKE, width=12)
    wide = np.maximum(narrow, 0.8 * blob((200, 200), x=145, y=100, radius=20))
    np.testing.assert_array_equal(narrow, fill(narrow, wide))


def test_nothing_to_fill() -> None:
    """The inside of a nought, which both windows show as paper, stays paper."""
    ink = write(0, (200, 200), width=14)
    assert ink is fill(ink, ink)


def test_other_settings() -> None:
    """With `sharp` at 0 no part is too soft, and with `beside` at 1 no hole is filled."""
    soft = np.maximum(draw((200, 200), STROKE, width=12), blob((200, 200), x=145, y=100, radius=18))
    np.testing.assert_array_equal(soft, drop_soft(soft, ShadowSettings(sharp=0)))
    wide = draw((200, 200), STROKE, [(130, 70), (135, 110)], width=40)
    hollow = np.where(ndimage.binary_erosion(wide > 0.5, iterations=8), 0, wide)
    np.testing.assert_array_equal(hollow, fill(hollow, wide, ShadowSettings(beside=1)))
