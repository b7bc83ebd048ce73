"""Ink of one digit → an image like MNIST's."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from mlpcli.images.normalization import BOX, CENTRE
from mlpcli.images.shaping import (
    BoxSettings,
    StrokeSettings,
    centre,
    enlarge,
    fit_box,
    fit_strokes,
    full_ink,
    scale,
)
from tests.support.pens import DIGITS, Floats, draw, write

LEAST, MOST = 1.9, 3.8


def stroke_width(ink: Floats) -> float:
    """Return how wide the strokes will be in the box, by twice the depth of their ridges."""
    mask = ink > 0.5
    depth = ndimage.distance_transform_edt(mask)
    ridge = depth[mask & (depth == ndimage.maximum_filter(depth, 3))]
    rows, columns = np.nonzero(mask)
    longer = max(np.ptp(rows), np.ptp(columns)) + 1
    return float((2 * np.median(ridge) - 0.5) * BOX / longer)


@pytest.mark.parametrize("width", [5, 8, 60])
@pytest.mark.parametrize("digit", [2, 4, 5, 7, 8])
def test_strokes_come_within_limits(digit: int, width: float) -> None:
    """Strokes too thin or too thick are as wide as the nearer limit afterwards."""
    ink = write(digit, (300, 300), width=width, height=200)
    assert not LEAST <= stroke_width(ink) <= MOST
    fitted = fit_strokes(ink, least=LEAST, most=MOST)
    if width < 20:
        assert pytest.approx(LEAST, abs=0.3) == stroke_width(fitted)
    else:  # as far as the thinnest strokes bear it
        assert LEAST - 0.1 <= stroke_width(fitted) < stroke_width(ink)


@pytest.mark.parametrize("digit", DIGITS)
def test_strokes_within_limits(digit: int) -> None:
    """Strokes that are as wide as some in MNIST stay as they are."""
    ink = write(digit, (300, 300), width=30, height=200)
    assert ink is fit_strokes(ink, least=LEAST, most=MOST)


def test_edge_moves_evenly() -> None:
    """A straight stroke becomes wider by the same on both sides."""
    ink = draw((200, 100), [(50, 20), (50, 180)], width=4)
    fitted = fit_strokes(ink, least=LEAST, most=MOST)
    columns = np.flatnonzero(fitted.max(axis=0) > 0.5)
    assert pytest.approx(fitted.shape[1] / 2, abs=3) == columns.mean() + 0.5
    assert pytest.approx(LEAST * 160 / BOX, abs=3) == len(columns)


@pytest.mark.parametrize("size", [(300, 300), (60, 200), (12, 7)])
@pytest.mark.parametrize("digit", [1, 2, 4])
def test_box(digit: int, size: tuple[int, int]) -> None:
    """The longer side is the box's, and the proportions are those of the ink."""
    ink = write(digit, size, width=size[0] / 12, height=size[0] * 0.7)
    rows, columns = np.nonzero(ink > 0.1)
    height, width = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
    boxed = fit_box(ink, side=BOX)
    assert BOX == max(boxed.shape)
    assert (
        pytest.approx(width / height, abs=1.5 / min(BOX, height)) == boxed.shape[1] / boxed.shape[0]
    )
    assert 0 <= boxed.min() <= boxed.max() <= 1 + 1e-9


def test_box_keeps_what_fits() -> None:
    """Ink that already fills the box is cut out, and no point of it changes."""
    ink = np.zeros((28, 28))
    ink[4:24, 9:17] = np.random.default_rng(0).uniform(0.2, 1, (20, 8))
    np.testing.assert_allclose(ink[4:24, 9:17], fit_box(ink, side=BOX))


def test_full_ink_by_hand() -> None:
    """The strongest tenth of the inked pixels becomes full, the rest grows in proportion."""
    ink = np.array([[0.0, 0.1, *np.linspace(0.4, 0.5, 11)]])
    expected = np.array([[0.0, 0.1 / 0.49, *np.linspace(0.4, 0.5, 11) / 0.49]]).clip(max=1)
    np.testing.assert_allclose(expected, full_ink(ink, share=0.9))


def test_full_ink_stays_full() -> None:
    """Ink whose strokes are full is not changed."""
    ink = write(8, (28, 28), width=4)
    np.testing.assert_allclose(ink, full_ink(ink, share=0.9))


@pytest.mark.parametrize("digit", DIGITS)
def test_centre(digit: int) -> None:
    """The centre of mass lies in the middle of 28×28, as exactly as whole pixels allow."""
    boxed = fit_box(write(digit, width=14), side=BOX)
    image = centre(boxed)
    assert (28, 28) == image.shape
    assert pytest.approx(boxed.sum(), rel=0.01) == image.sum()
    for axis in (0, 1):
        ink = image.sum(axis=1 - axis)
        assert pytest.approx(CENTRE, abs=0.55) == ink @ np.arange(28) / ink.sum()


def shape(ink: Floats) -> Floats:
    """Take all steps that make an image of ink."""
    boxed = fit_box(fit_strokes(ink, least=LEAST, most=MOST), side=BOX)
    return centre(full_ink(boxed, share=0.9))


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1), (28, 28), (200, 200)])
def test_blank(size: tuple[int, int]) -> None:
    """Nothing stays nothing."""
    np.testing.assert_array_equal(np.zeros((28, 28)), shape(np.zeros(size)))


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([0.05, 0.2, 0.31, 0.6, 1.0]))
def test_tiny(height: int, width: int, level: float) -> None:
    """A blot of any size and strength, from a single point on, makes an image."""
    image = shape(np.full((height, width), level))
    assert (28, 28) == image.shape
    assert 0 <= image.min() <= image.max() <= 1
    assert (level < 0.1) == (not image.any())


def test_scale_by_hand() -> None:
    """Data that are not boxed are resized whole: each point is the mean of what it covers."""
    light = np.array([[0.0, 0.5, 1.0, 1.0], [0.5, 1.0, 0.0, 0.2]])
    np.testing.assert_allclose([[0.5, 0.55]], scale(light, height=1, width=2))


def test_other_settings() -> None:
    """Where thin strokes may vanish, thick ones become thinner; `edge` decides what is boxed."""
    thick = draw((300, 300), [(80, 40), (80, 260)], width=60)
    ink = np.maximum(thick, draw((300, 300), [(80, 260), (200, 260)], width=14))
    thinner = fit_strokes(ink, least=LEAST, most=MOST, settings=StrokeSettings(thinnest=1))
    assert thinner.sum() < fit_strokes(ink, least=LEAST, most=MOST).sum()
    pale = np.full((40, 20), 0.5)
    pale[10:30] = 1
    assert (20, 10) == fit_box(pale, side=20).shape
    assert (20, 20) == fit_box(pale, side=20, settings=BoxSettings(edge=0.7)).shape


@given(
    shape=st.tuples(st.integers(1, 30), st.integers(1, 30)),
    factor=st.integers(2, 25),
    seed=st.integers(0, 999),
)
def test_enlarging(shape: tuple[int, int], factor: int, seed: int) -> None:
    """Enlarged ink is that of scipy's zoom, bit for bit."""
    ink = np.random.default_rng(seed).integers(0, 256, shape) / 255
    expected = ndimage.zoom(np.pad(ink, 1), factor, order=1, grid_mode=True, mode="grid-constant")
    assert np.array_equal(expected, enlarge(ink, factor * max(shape)))
