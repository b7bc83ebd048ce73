"""Drawings that are no digits: what the set holds, not what is made of them."""

import hashlib
import io

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from mlpcli.images import read_picture
from tests.pictures import NON_DIGITS, draw_non_digit
from tests.pictures.nondigits import COUNT, FILE, ROW, fill, read_things
from tests.pictures.paint import NO_DIGIT, Order, ink
from tests.pictures.strokes import fit, place


def test_numbers() -> None:
    """There are a thousand drawings of forty kinds, 25 of each, at least."""
    assert len(NON_DIGITS) >= 40
    assert COUNT >= 25
    assert len(NON_DIGITS) * COUNT >= 1000


def test_no_digit_like_letters() -> None:
    """No letter is among them that could as well be a digit."""
    letters = {name.split()[1] for name in NON_DIGITS if name.startswith(("capital", "small"))}
    assert not letters & set("OoIlSsZzBbGgqDJQUuiyY")


@pytest.mark.parametrize("kind", NON_DIGITS)
def test_draws(kind: str) -> None:
    """Every kind has strokes, each time others, that fill a box of one by one at most."""
    drawn = []
    for index in (0, 1):
        order = Order(NO_DIGIT, index, np.random.default_rng(index))
        drawn.append(np.concatenate(fit(NON_DIGITS[kind](order))))
        assert pytest.approx(1) == np.ptp(drawn[-1], axis=0).max()
        assert np.isfinite(drawn[-1]).all()
    assert drawn[0].shape != drawn[1].shape or not np.allclose(drawn[0], drawn[1])


@pytest.mark.parametrize("kind", ["capital A", "solid heart", "spiral", "half a digit"])
def test_decodes(kind: str) -> None:
    """A drawing is a picture that the program opens; its name does not pass for a digit's."""
    drawing = draw_non_digit(kind, 3)
    assert 2 == read_picture(io.BytesIO(drawing.content), drawing.name).ndim
    assert "-is-" not in drawing.name


@pytest.mark.parametrize("name", [name for name in read_things() if name.startswith("solid")])
def test_solid(name: str) -> None:
    """What is solid has no hole, even under the thinnest pen, and is large."""
    order = Order(NO_DIGIT, 0, np.random.default_rng(0))
    inked = ink((300, 300), place(fit(NON_DIGITS[name](order)), 200, (150, 150)), 200 * ROW) > 0.5
    np.testing.assert_array_equal(ndimage.binary_fill_holes(inked), inked)
    assert inked.mean() > 0.15 * (200 / 300) ** 2


def test_fill() -> None:
    """A filled square has a line in every row, from side to side."""
    square = np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]], dtype=np.float64)
    outline, *rows = fill(square)
    np.testing.assert_array_equal(square, outline)
    assert round(1 / ROW) == pytest.approx(len(rows), abs=1)
    assert {(0.0, 1.0)} == {tuple(row[:, 0].tolist()) for row in rows}


def test_file_of_things() -> None:
    """All drawings of things are lists of points, and closed outlines where they are solid."""
    assert FILE.is_file()
    for name, drawings in read_things().items():
        for drawing in drawings:
            words = drawing.split()
            assert not name.startswith("solid") or words[0] == words[-1]


@pytest.mark.parametrize("kind", ["cat", "scribble"])
def test_same_again(kind: str) -> None:
    """The same seed gives the same files, another seed others."""
    assert draw_non_digit(kind, 3, seed=1) == draw_non_digit(kind, 3, seed=1)
    assert draw_non_digit(kind, 3, seed=1).content != draw_non_digit(kind, 3, seed=2).content


@pytest.mark.slow
def test_all() -> None:
    """Names and contents are all different, and every picture shows something."""
    names, digests = set(), set()
    some = [(kind, index) for kind in NON_DIGITS for index in range(0, COUNT, 5)]
    for kind, index in some:
        drawing = draw_non_digit(kind, index)
        names.add(drawing.name)
        digests.add(hashlib.sha256(drawing.content).digest())
        with Image.open(io.BytesIO(drawing.content)) as image:
            assert np.ptp(np.asarray(image.convert("L"))) > 0
    assert len(some) == len(names) == len(digests)
