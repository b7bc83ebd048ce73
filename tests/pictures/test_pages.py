"""Pages of digits: what the set holds, not how well it is read."""

import io
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mlpcli.images import read_picture
from tests.pictures import PAGES, Page, draw_page
from tests.pictures.layout import MOST_DIGITS, MOST_LINES
from tests.pictures.paint import NO_DIGIT, Order
from tests.pictures.writers import meet_writer, shift_until, write_line

DRAWN = ("canvas", "columns", "sizes", "slanting", "touching")  # black on white, without noise


def inked(page: Page) -> NDArray[np.bool_]:
    """Return where a page that was drawn black on white has ink."""
    with Image.open(io.BytesIO(page.content)) as image:
        return np.asarray(image.convert("L")) < 128


def test_numbers() -> None:
    """There are twenty pages of each of a dozen kinds, with 1 to 8 lines and 1 to 60 digits."""
    assert len(PAGES) >= 10
    assert {20} == {kind.count for kind in PAGES.values()}
    pages = [draw_page(kind, index) for kind in ("touching", "columns") for index in range(8)]
    lines = [page.text.split("\n") for page in pages]
    assert {*range(1, MOST_LINES + 1)} == {len(each) for each in lines}
    assert MOST_DIGITS >= max(sum(map(len, each)) for each in lines)
    assert all(line and line.isdecimal() for each in lines for line in each)


@pytest.mark.parametrize("kind", PAGES)
def test_decodes(kind: str) -> None:
    """Every kind is a picture that the program opens, and has a box for each digit inside it."""
    page = draw_page(kind, 2)
    assert 2 == read_picture(io.BytesIO(page.content), page.name).ndim
    with Image.open(io.BytesIO(page.content)) as image:
        width, height = image.size
    assert len(page.text.replace("\n", "")) == len(page.boxes)
    for box in page.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= width
        assert box.y + box.height <= height


@pytest.mark.parametrize("kind", DRAWN)
def test_boxes(kind: str) -> None:
    """A box ends where the ink of its digit does, and no ink is outside all boxes."""
    page = draw_page(kind, 11)
    ink = inked(page)
    outside = ink.copy()
    for box in page.boxes:
        left, top = int(box.x), int(box.y)
        right, bottom = int(np.ceil(box.x + box.width)), int(np.ceil(box.y + box.height))
        outside[max(0, top - 1) : bottom + 1, max(0, left - 1) : right + 1] = False
        inside = ink[top:bottom, left:right]
        for axis, length in ((1, box.height), (0, box.width)):
            along = np.flatnonzero(inside.any(axis=axis))
            assert pytest.approx(length, abs=3) == along[-1] - along[0] + 1
    assert not outside.any()


@pytest.mark.parametrize("kind", ["canvas", "slanting"])
def test_apart(kind: str) -> None:
    """Neighbours do not touch: there are at least as many pieces of ink as digits."""
    for index in range(5):
        page = draw_page(kind, index)
        assert ndimage.label(inked(page), np.ones((3, 3)))[1] >= len(page.boxes)


def test_touching() -> None:
    """Where neighbours may touch, some do: there are fewer pieces of ink than digits."""
    pages = [draw_page("touching", index) for index in range(10)]
    pieces = sum(ndimage.label(inked(page), np.ones((3, 3)))[1] for page in pages)
    assert pieces < 0.9 * sum(len(page.boxes) for page in pages)


def test_in_order() -> None:
    """Digits of a line come from left to right, lines from top to bottom, slanting ones too."""
    for index in range(8):
        page = draw_page("slanting", index)
        boxes = iter(page.boxes)
        lines = [[next(boxes) for _ in line] for line in page.text.split("\n")]
        for line in lines:
            assert all(one.x < other.x for one, other in pairwise(line))
        assert all(one[0].y < other[0].y for one, other in pairwise(lines))


def test_one_hand() -> None:
    """The same digit of one writer is nearly as high each time, and never quite the same."""
    order = Order(NO_DIGIT, 0, np.random.default_rng(0))
    written = write_line(meet_writer(order), [3] * 9, order)
    heights = [np.ptp(np.concatenate(strokes)[:, 1]) for strokes in written]
    assert np.std(np.log(heights)) < 0.15
    assert 9 == len({round(height, 6) for height in heights})


def test_shift_until() -> None:
    """A point moves to the right until it is as far from a line as asked for."""
    line = np.stack([np.zeros(101), np.linspace(0, 1, 101)], axis=1)
    point = np.array([[0.0, 1.3]])
    assert pytest.approx(0.4, abs=1e-3) == shift_until(line, point, 0.5, 0.1)


@pytest.mark.parametrize("kind", ["columns", "photo, lamp"])
def test_same_again(kind: str) -> None:
    """The same seed gives the same page, another seed another."""
    assert draw_page(kind, 3, seed=1) == draw_page(kind, 3, seed=1)
    assert draw_page(kind, 3, seed=1).text != draw_page(kind, 3, seed=2).text
