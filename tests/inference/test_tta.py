"""The same image seen a little differently."""

import numpy as np
import pytest
from scipy import ndimage

from mlpcli.images.normalization import Pixels
from mlpcli.inference.tta import SHIFTS, copies
from tests.support.glyphs import draw_digits
from tests.support.pens import write


@pytest.fixture
def images() -> Pixels:
    """Printed digits, (10, 28, 28)."""
    return draw_digits(10, seed=0)[0]


def test_seven(images: Pixels) -> None:
    """There are seven views of the same shape and type, and the first is the image itself."""
    seen = list(copies(images))
    assert 7 == len(seen)
    assert images is seen[0]
    assert {(images.shape, images.dtype)} == {(view.shape, view.dtype) for view in seen}


def test_all_different(images: Pixels) -> None:
    """No view is seen twice."""
    assert 7 == len({view.tobytes() for view in copies(images)})


def test_shifts_by_hand() -> None:
    """A point moves up, down, left and right by one pixel; zeros come in from outside."""
    image = np.zeros((1, 5, 7), dtype=np.uint8)
    image[0, 2, 3] = image[0, 0, 0] = 200
    expected = [{(1, 3)}, {(3, 3), (1, 0)}, {(2, 2)}, {(2, 4), (0, 1)}]
    for points, view in zip(expected, list(copies(image))[1:5], strict=True):
        assert points == {(int(row), int(column)) for row, column in np.argwhere(view[0])}
        assert 200 == view.max()
    assert ((-1, 0), (1, 0), (0, -1), (0, 1)) == SHIFTS


def test_turning() -> None:
    """The views turn by the same angle, clockwise first, around the middle."""
    bar = np.zeros((1, 41, 41), dtype=np.uint8)
    bar[0, 20, 20:] = 255  # from the middle to the right
    *_, clockwise, counter = copies(bar)
    np.testing.assert_array_equal(clockwise[0], counter[0, ::-1])
    rows, columns = np.nonzero(clockwise[0] > 100)
    slope = np.polyfit(columns - 20, rows - 20, 1)[0]
    assert pytest.approx(np.tan(np.radians(6)), abs=0.02) == slope  # rows count downwards


def test_turning_by_scipy(images: Pixels) -> None:
    """A turned view is what SciPy makes of an image with an empty border."""
    images[:, [0, -1]] = images[:, :, [0, -1]] = 0
    for angle, view in zip((-6, 6), list(copies(images))[5:], strict=True):
        turned = ndimage.rotate(images, angle, axes=(2, 1), reshape=False, order=1)
        assert np.abs(view.astype(int) - turned.astype(int)).max() <= 1


def test_turning_back() -> None:
    """What is turned one way and then the other is nearly the image again."""
    images = np.asarray(255 * write(2)[None], dtype=np.uint8)
    *_, clockwise, counter = copies(images)
    for back in (list(copies(clockwise))[6], list(copies(counter))[5]):
        again = np.abs(back.astype(float) - images).sum()
        once = np.abs(clockwise.astype(float) - images).sum()
        assert again < 0.3 * once


def test_ink_is_kept(images: Pixels) -> None:
    """As much ink is seen in every view."""
    for view in copies(images):
        assert pytest.approx(images.sum(), rel=0.02) == view.sum()
