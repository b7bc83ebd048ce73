"""Which parts of the ink are digits."""

import numpy as np
import pytest

from mlpcli.images.parts import PartSettings, find_digits
from tests.support.pens import DIGITS, Floats, Stroke, draw, write

SIZE = (200, 260)
SPECK = 0.12


def find(ink: Floats) -> list[Floats]:
    """Find digits with the setting of the recipe, each alone on a picture as large."""
    return [digit.whole(ink.shape) for digit in find_digits(ink, speck=SPECK)]


def rectangle(left: float, top: float, right: float, bottom: float) -> Stroke:
    """Return the corners of a rectangle, the first one twice."""
    return [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]


def assert_alone(expected: Floats, ink: Floats) -> None:
    """Check that one digit is found, and nothing but it."""
    (found,) = find(ink)
    np.testing.assert_array_equal(expected, found)


@pytest.mark.parametrize("digit", DIGITS)
def test_one_digit(digit: int) -> None:
    """A digit is found whole, grey edges included; a nought is no frame."""
    ink = write(digit, SIZE)
    assert_alone(ink, ink)


@pytest.mark.parametrize("size", [(1, 1), (28, 28), (5, 90)])
def test_blank(size: tuple[int, int]) -> None:
    """Paper, and ink too faint to count, show no digit."""
    assert [] == find(np.zeros(size))
    assert [] == find(np.full(size, 0.2))


def test_dots() -> None:
    """Nothing of two or three pixels is a digit."""
    ink = np.zeros((50, 50))
    ink[10:13, 10:12] = ink[40, 40] = 1
    assert [] == find(ink)


@pytest.mark.parametrize("corners", [(20, 15, 240, 185), (45, 10, 215, 192)])
def test_frame(corners: tuple[float, ...]) -> None:
    """A box drawn around a digit is left out."""
    ink = write(5, SIZE)
    assert_alone(ink, np.maximum(ink, draw(SIZE, rectangle(*corners), width=5)))


def test_digit_in_a_nought() -> None:
    """A nought around a blot is no frame, for its sides are round."""
    ring, blot = write(0, SIZE, height=160), draw(SIZE, [(125, 80), (130, 110)], width=14)
    (found,) = find(np.maximum(ring, blot))
    np.testing.assert_array_equal(ring, np.where(ring > 0, found, 0))


@pytest.mark.parametrize("place", [np.s_[:, :14], np.s_[-10:], np.s_[:9, 30:]])
def test_dark_edge(place: tuple[slice, ...]) -> None:
    """What lies along the picture's border is table or shadow."""
    ink = write(2, SIZE)
    spoiled = ink.copy()
    spoiled[place] = 1
    assert_alone(ink, spoiled)


def test_nothing_inside() -> None:
    """A digit that touches the border stays if there is nothing else."""
    ink = write(7, SIZE, height=215)
    assert ink[0].max() == 1
    assert_alone(ink, ink)


def test_specks() -> None:
    """Dots beside a digit are dirt, near or far."""
    ink = write(4, SIZE)
    dots = [[(x, y), (x + 1, y)] for x, y in ((30, 30), (180, 60), (220, 170), (60, 120))]
    specks = draw(SIZE, *dots, width=4)
    assert_alone(ink, np.maximum(ink, np.where(ink > 0, 0, specks)))


@pytest.mark.parametrize("gap", [6, 16])
def test_detached_roof(gap: float) -> None:
    """The roof of a five belongs to it, though it floats above."""
    body = draw(SIZE, [(80 + 120 * x, 50 + 120 * y) for x, y in DIGITS[5][1]], width=9)
    roof = draw(SIZE, [(106, 50 - gap), (172, 50 - gap)], width=9)
    ink = np.maximum(body, roof)
    assert_alone(ink, ink)


def test_gap_in_a_stroke() -> None:
    """A stroke that the pen skipped a little of stays whole."""
    ink = write(0, SIZE, width=8)
    ink[98:102] = 0
    assert_alone(ink, ink)


@pytest.mark.parametrize("digits", [(4, 2), (1, 0), (1, 1), (7, 8, 5), (2, 1, 4)])
def test_several(digits: tuple[int, ...]) -> None:
    """Digits side by side are found one by one, from left to right."""
    lefts = (10, 95, 180)
    each = [
        write(digit, SIZE, height=80, left=at) for digit, at in zip(digits, lefts, strict=False)
    ]
    found = find(np.max(each, axis=0))
    assert len(each) == len(found)
    for one, other in zip(each, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_far_away() -> None:
    """A small thing at some distance, such as a mouse's cursor, belongs to no digit."""
    ink = write(8, SIZE, height=100)
    cursor = draw(SIZE, [(225, 20), (225, 44)], [(225, 20), (238, 38)], width=4)
    assert_alone(ink, np.maximum(ink, cursor))


def test_other_settings() -> None:
    """With `least` above the size of a digit, none is found."""
    ink = write(5, SIZE, height=100)
    assert 1 == len(find(ink))
    assert [] == find_digits(ink, speck=SPECK, settings=PartSettings(least=150))
