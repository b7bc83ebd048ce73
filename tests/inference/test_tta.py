"""The same image seen a little differently."""

import numpy as np
import pytest
from scipy import ndimage

from mlpcli.images.normalization import Pixels
from mlpcli.inference.copy_counts import MOST, USUAL, copy_count
from mlpcli.inference.tta import FURTHER, SHIFTS, Move, copies, moved, moves, spread_moves
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


@pytest.mark.parametrize("count", [1, 2, 6, 7, 8, 20])
def test_first_of_more(images: Pixels, count: int) -> None:
    """So many copies are the first of more, and no two are the same."""
    found = [view.tobytes() for view in copies(images, count)]
    assert count == len({*found})
    assert found == [view.tobytes() for view in copies(images, 25)][:count]


def test_further_copies_spread() -> None:
    """From the eighth on copies keep within small ranges, and fill them evenly."""
    further = list(moves(USUAL - 1 + 64))[USUAL - 1 :]
    assert further == list(spread_moves(FURTHER, 64))
    shares = {
        "down": [each.down / FURTHER.shift for each in further],
        "right": [each.right / FURTHER.shift for each in further],
        "angle": [each.angle / FURTHER.angle for each in further],
        "scale": [np.log(each.scale) / FURTHER.scale for each in further],
        "shear": [each.shear / FURTHER.shear for each in further],
    }
    for values in shares.values():
        counts, _ = np.histogram(values, bins=8, range=(-1, 1))
        assert 64 == counts.sum()
        assert 5 <= counts.min() <= counts.max() <= 11


def test_moves_by_hand() -> None:
    """An enlarged bar is longer, and a sheared one leans to the right at its top."""
    bar = np.zeros((1, 21, 21), dtype=np.uint8)
    bar[0, 5:16, 10] = 255  # eleven pixels, upright
    (larger,) = moved(bar, Move(scale=1.4))
    assert 15 == np.count_nonzero(larger[:, 10] > 127)
    (leaning,) = moved(bar, Move(shear=0.4))
    assert [12, 10, 8] == [int(leaning[row].argmax()) for row in (5, 10, 15)]


def test_how_many() -> None:
    """True stands for as many copies as usual, False for the image alone."""
    assert [USUAL, 1, 1, 12] == [copy_count(each) for each in (True, False, 1, 12)]
    assert USUAL < MOST
