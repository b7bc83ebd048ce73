"""Which parts of a page are digits, and in which lines."""

import numpy as np
import pytest

from mlpcli.images.cutouts import Box, Cutout
from mlpcli.images.pages import find_usual_height, find_writing
from tests.support.pens import DIGITS, Floats, Stroke, draw

SIZE = (400, 500)
HEIGHT, PEN = 50, 5
Place = tuple[int, float, float]
"""A digit, and x and y of its upper left corner."""
ROWS: list[list[Place]] = [
    [(4, 60, 60), (2, 130, 55), (7, 200, 63)],
    [(0, 70, 160), (1, 140, 158)],
    [(8, 60, 260), (5, 150, 262), (2, 230, 255)],
]


def strokes(digit: int, x: float, y: float, height: float = HEIGHT) -> list[Stroke]:
    """Return the strokes of a digit at a place."""
    return [[(x + height * a, y + height * b) for a, b in stroke] for stroke in DIGITS[digit]]


def page(rows: list[list[Place]] = ROWS, height: float = HEIGHT) -> Floats:
    """Write digits on a page."""
    every = [stroke for row in rows for place in row for stroke in strokes(*place, height)]
    return draw(SIZE, *every, width=PEN)


def find(ink: Floats) -> list[list[Cutout]]:
    """Find lines with the setting of the recipe."""
    return find_writing(ink, speck=0.12)


def assert_found(ink: Floats, rows: list[list[Place]] = ROWS, height: float = HEIGHT) -> None:
    """Check that these digits are found, each alone, in their order."""
    found = find(ink)
    assert [len(row) for row in rows] == [len(line) for line in found]
    for row, line in zip(rows, found, strict=True):
        for place, digit in zip(row, line, strict=True):
            alone = draw(SIZE, *strokes(*place, height), width=PEN)
            np.testing.assert_array_equal(alone > 0.3, digit.whole(SIZE) > 0.3)


def test_blank() -> None:
    """On an empty page there are no lines."""
    assert [] == find(np.zeros(SIZE))
    assert 0 == find_usual_height(np.zeros(SIZE))


def test_lines() -> None:
    """Each digit is found alone, line by line from left to right."""
    assert_found(page())


def test_usual_height() -> None:
    """Frames and specks do not count for the height of the digits."""
    frame: Stroke = [(20, 20), (480, 20), (480, 380), (20, 380), (20, 20)]
    specks = [[(x, 350.0), (x + 2, 350.0)] for x in range(40, 440, 20)]
    spoiled = np.maximum(page(), draw(SIZE, frame, *specks, width=4))
    assert pytest.approx(HEIGHT + PEN, abs=4) == find_usual_height(spoiled)


def test_frame() -> None:
    """A frame around the page, a ring around a digit and a line under one are left out."""
    frame: Stroke = [(20, 20), (480, 20), (480, 380), (20, 380), (20, 20)]
    turns = np.linspace(0, 2 * np.pi, 80)
    ring = [(80 + 48 * np.cos(turn), 85 + 48 * np.sin(turn)) for turn in turns]
    underlined: Stroke = [(60, 330), (280, 330)]
    assert_found(np.maximum(page(), draw(SIZE, frame, ring, underlined, width=4)))


@pytest.mark.parametrize("place", [np.s_[:, :20], np.s_[-30:], np.s_[:15, 100:]])
def test_dark_edge(place: tuple[slice, ...]) -> None:
    """What lies along the border is table or shadow."""
    spoiled = page()
    spoiled[place] = 1
    assert_found(spoiled)


def test_shadow_in_a_corner() -> None:
    """A small blot at the border that is much thicker than the strokes is a shadow."""
    down, right = np.mgrid[: SIZE[0], : SIZE[1]]
    corner = (down - right > 330).astype(float)
    assert_found(np.maximum(page(), corner))


def test_specks() -> None:
    """Dots between the digits and far from them are dirt."""
    dots = [[(x, y), (x + 2, y)] for x, y in ((115.0, 80.0), (400.0, 300.0), (30.0, 230.0))]
    assert_found(np.maximum(page(), draw(SIZE, *dots, width=4)))


@pytest.mark.parametrize("gap", [9, 12])
def test_broken(gap: float) -> None:
    """A roof that floats above its five, between two lines, and a broken one are whole digits."""
    body = strokes(5, 60, 160)[1:]
    roof: Stroke = [(70, 160 - gap), (98, 160 - gap)]
    one: list[Stroke] = [[(200, 160), (200, 180)], [(200, 180 + gap), (200, 210)]]
    above = [stroke for place in ROWS[0] for stroke in strokes(*place)]
    found = find(draw(SIZE, *body, roof, *one, *above, width=PEN))
    assert [3, 2] == [len(line) for line in found]
    for parts, digit in zip(([*body, roof], one), found[1], strict=True):
        alone = draw(SIZE, *parts, width=PEN)
        np.testing.assert_array_equal(alone > 0.3, digit.whole(SIZE) > 0.3)


def test_overhanging() -> None:
    """A four under the roof of a seven is a digit of its own."""
    rows: list[list[Place]] = [[(7, 60, 60), (4, 88, 74)]]
    ink = page(rows)
    assert_found(ink, rows)


def test_box() -> None:
    """A box is where the ink is, in pixels of a picture of another size."""
    ink = np.zeros((40, 50))
    ink[8:24, 5:15] = 1
    ((digit,),) = find(ink)
    assert Box(5, 8, 10, 16) == digit.box((40, 50), (40, 50))
    assert Box(20, 16, 40, 32) == digit.box((40, 50), (80, 200))
