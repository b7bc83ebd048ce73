"""What becomes of the boxes of a page."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets.forms.cutting import Cut, cut_boxes
from mlpcli.datasets.forms.layout import Layout, make_layout
from mlpcli.datasets.forms.printing import DPI, draw_form
from mlpcli.datasets.forms.reading import Page, find_page
from mlpcli.images import preprocess
from tests.datasets.forms.filling import PER_MM, bend, fill_form
from tests.datasets.forms.photographing import Shot
from tests.datasets.forms.scoring import score_view, views
from tests.pictures.paint import Floats, ink, shade
from tests.pictures.strokes import Strokes

LAYOUT = make_layout((1, 7), 2, "a4")


def page_with(*drawn: tuple[int, int, Sequence[Sequence[tuple[float, float]]]]) -> Page:
    """Return a scanned form with strokes in some boxes.

    Args:
        *drawn: row and column of a box, and strokes in it: x and y of their points as shares of the
            box.
    """
    paper = shade(draw_form(LAYOUT).convert("L"))
    cover: Floats = np.zeros_like(paper)
    for row, column, strokes in drawn:
        box = LAYOUT.box_at(row, column)
        corner = np.array([box.x, box.y])
        lines: Strokes = [
            (corner + np.array(stroke) * box.width) * DPI / 25.4 for stroke in strokes
        ]
        cover = np.maximum(cover, ink((paper.shape[0], paper.shape[1]), lines, 0.8 * PER_MM))
    scan = Image.fromarray((255 * np.minimum(paper, 1 - cover)).astype(np.uint8)).reduce(2)
    return find_page(np.asarray(scan), "scan")


def cut(page: Page) -> dict[tuple[int, int], Cut]:
    """Return the boxes of a page by row and column."""
    return {(each.row, each.column): each for each in cut_boxes(page)}


ONE = [[(0.5, 0.15), (0.5, 0.85)]]
SEVEN = [[(0.2, 0.2), (0.8, 0.2), (0.4, 0.9)]]
SCRIBBLE = [[(0.3, 0.3 + 0.04 * line), (0.7, 0.32 + 0.04 * line)] for line in range(10)]


def test_empty() -> None:
    """Boxes without ink are empty and white, whose dotted outlines are gone."""
    boxes = cut(page_with())
    assert LAYOUT.rows * LAYOUT.columns == len(boxes)
    assert all(box.is_empty and not box.doubt for box in boxes.values())
    assert all((box.picture == 255).all() for box in boxes.values())


def test_digits() -> None:
    """Boxes with a digit have its label, and no others have a picture."""
    boxes = cut(page_with((0, 0, ONE), (0, 8, ONE), (1, 4, SEVEN)))
    found = {place: box.digit for place, box in boxes.items() if not box.is_empty}
    assert {(0, 0): 1, (0, 8): 1, (1, 4): 7} == found
    assert not any(box.doubt for box in boxes.values())


@pytest.mark.parametrize(
    ("strokes", "doubt"),
    [
        ([[(0.5, 0.4), (0.5, 0.6)]], "very small"),
        ([[(0.2, 0.2), (0.2, 0.8)], [(0.8, 0.2), (0.8, 0.8)]], "looks like 2 digits"),
        (SCRIBBLE, "crossed out, or a blot"),
        ([[(0.5, -0.3), (0.5, 0.9)]], "runs out of the box"),
    ],
)
def test_doubtful(strokes: list[list[tuple[float, float]]], doubt: str) -> None:
    """What may not be a digit is kept, and said to be doubtful."""
    box = cut(page_with((1, 2, strokes)))[1, 2]
    assert (doubt, False) == (box.doubt, box.is_empty)


def test_speck() -> None:
    """A dot is nothing."""
    assert cut(page_with((0, 3, [[(0.5, 0.5), (0.52, 0.5)]])))[0, 3].is_empty


@pytest.mark.parametrize(
    "strokes",
    [
        [[(0.5, -0.06), (0.5, 1.06)]],
        [[(-0.06, 0.3), (1.06, 0.3)], [(1.0, 0.3), (0.5, 0.9)]],
        [[(0.0, 0.0), (1.0, 0.0), (0.5, 1.0)]],
    ],
    ids=["one, up and down", "seven, left and right", "seven, its roof on the outline"],
)
def test_crossing_the_outline(strokes: list[list[tuple[float, float]]]) -> None:
    """A digit that crosses the outline of its box, or lies upon it, stays whole."""
    box = cut(page_with((1, 3, strokes)))[1, 3]
    assert not box.doubt
    scale = len(box.picture) / box.area.width
    outline, margin = LAYOUT.box * scale, (box.area.width - LAYOUT.box) / 2 * scale
    for start, end in (pair for line in strokes for pair in pairwise(line)):
        along = np.linspace(start, end, 50) * outline + margin
        x, y = along.round().astype(int).T
        assert 128 > box.picture[y, x].max()


@pytest.mark.parametrize("reach", [0.15, 0.24])
def test_neighbour_over_the_edge(reach: float) -> None:
    """What comes close to a box from its neighbour, or into it a little, is not in its picture."""
    boxes = cut(page_with((0, 4, [[(-reach, 0.5), (0.8, 0.5)]]), (0, 3, ONE)))
    side = len(boxes[0, 3].picture)
    assert (boxes[0, 3].picture[:, 2 * side // 3 :] == 255).all()
    assert not boxes[0, 3].doubt


def test_training_sees_the_digit() -> None:
    """The steps of training find one digit in a picture, light on dark, with all of its ink."""
    found = preprocess(cut(page_with((1, 4, SEVEN)))[1, 4].picture)
    assert 1 == found.digits
    assert 0.99 < found.ink
    assert 0 < found.images[0, 20:24].sum() < found.images[0, 8:12].sum()  # foot and roof


@pytest.mark.slow
@pytest.mark.parametrize("rise", [2.5, -2.5])
def test_bent_page(rise: float) -> None:
    """On a page that does not lie flat, each box is found where it is."""
    filled = bend(fill_form(LAYOUT, 3), rise)
    scores = score_view(filled, Shot((900, 675), tilt=15, turn=90), 3)
    assert all(score.is_right for score in scores)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [11])
def test_photos(seed: int) -> None:
    """Of the boxes in 20 photos at all angles and in all lights, 99 % are cut and labelled right."""
    scores = [
        score
        for number, (filled, how) in enumerate(views(seed))
        for score in score_view(filled, how, 1000 * seed + number)
    ]
    assert 2300 < len(scores)
    assert 0.99 <= np.mean([score.is_right for score in scores])


@pytest.mark.slow
def test_small_photo() -> None:
    """A photo of 1000×750 pixels is enough."""
    layout: Layout = make_layout(tuple(range(10)), 10, "letter")
    how = replace(Shot((1000, 750)), tilt=20, towards=30, turn=95, noise=0.02)
    scores = score_view(fill_form(layout, 4, pencil=True), how, 4)
    assert 0.99 <= np.mean([score.is_right for score in scores])
