"""Boxing and centring as MNIST's makers did."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.datasets import Dataset
from mlpcli.images.normalization import (
    are_normalized,
    centre_by_mass,
    is_normalized,
    resize,
    to_inputs,
)
from tests.support.boxing import normalize_digit


def test_inputs() -> None:
    """Grey levels become float32 in [0, 1], one row for each image."""
    images = np.array([[[0, 51], [102, 255]]], dtype=np.uint8)
    inputs = to_inputs(images, np.empty((1, 4), dtype=np.float32))
    assert np.float32 == inputs.dtype
    np.testing.assert_allclose(inputs, [[0, 0.2, 0.4, 1]], rtol=1e-6)


@given(st.tuples(*[st.integers(1, 40)] * 4))
def test_resize_keeps_the_mean(sizes: tuple[int, int, int, int]) -> None:
    """Area averaging keeps the mean grey level, whichever way it scales."""
    image = np.random.default_rng(0).random(sizes[:2])
    resized = resize(image, *sizes[2:])
    assert sizes[2:] == resized.shape
    assert image.mean() == pytest.approx(resized.mean())


def test_resize_by_hand() -> None:
    """Three pixels onto two: each new one covers one and a half old ones."""
    np.testing.assert_allclose(resize(np.array([[0.0, 3.0, 6.0]]), 1, 2), [[1.0, 5.0]])


@given(st.integers(1, 60), st.integers(1, 60), st.integers(0, 20), st.integers(0, 20))
def test_box_and_centre(height: int, width: int, top: int, left: int) -> None:
    """Whatever its size and place, ink fills 20 pixels of the longer side, centred."""
    ink = np.zeros((height + top + 3, width + left + 3))
    ink[top : top + height, left : left + width] = 1
    image = normalize_digit(ink)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert (28, 28) == image.shape
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert abs(rows.mean() - 14) <= 0.5
    assert abs(columns.mean() - 14) <= 0.5
    assert is_normalized(image)


def test_no_ink() -> None:
    """A picture without ink stays empty."""
    assert not normalize_digit(np.zeros((10, 10))).any()
    assert not is_normalized(np.zeros((28, 28), dtype=np.uint8))


def test_lopsided_digit_stays_inside() -> None:
    """A digit with nearly all mass at one end is not pushed out of the image."""
    boxed = np.full((20, 20), 1, dtype=np.uint8)
    boxed[0] = 255
    canvas = centre_by_mass(boxed[None])
    assert boxed.sum() == canvas.sum()
    for turns in range(4):  # and is as MNIST's makers would have left it
        assert is_normalized(np.rot90(canvas[0], turns))


@pytest.mark.parametrize("change", ["small", "shifted", "low", "large"])
def test_not_normalized(change: str) -> None:
    """A digit that is too small, off the middle or too large is not taken for MNIST's."""
    image = np.zeros((28, 28), dtype=np.uint8)
    boxes = {
        "small": (11, 18, 12, 17),
        "shifted": (2, 22, 8, 21),
        "low": (8, 28, 8, 21),  # at the border, for no reason
        "large": (3, 26, 8, 21),
    }
    top, bottom, left, right = boxes[change]
    image[top:bottom, left:right] = 255
    assert not is_normalized(image)


def test_real_mnist_is_normalized(mnist: Dataset) -> None:
    """All images of MNIST are recognised."""
    assert are_normalized(mnist.test.images).all()


def test_real_mnist_comes_back(mnist: Dataset) -> None:
    """Boxing and centring an MNIST image again changes next to nothing."""
    images = mnist.test.images[:200]
    again = np.stack([normalize_digit(image / 255) for image in images])
    same = (again == images).all(axis=(1, 2))
    assert same.mean() > 0.95
