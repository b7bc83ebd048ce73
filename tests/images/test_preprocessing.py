"""Steps one after the other, for the main digit or for each of several."""

import numpy as np
import pytest

from mlpcli.images import default_recipe, preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.images.recipe import DIGIT
from tests.support.glyphs import draw_digit
from tests.support.pens import Floats, draw, write

STEPS = [step.name for step in DIGIT]
SIZE = (120, 240)
FIVE, FOUR, TWO = (
    write(5, SIZE, height=60, left=15),
    write(4, SIZE, height=60, left=90),
    (write(2, SIZE, height=80, left=165)),
)


def picture(*inks: Floats) -> Pixels:
    """Return dark ink on light paper."""
    return np.asarray(250 - 200 * np.max(inks, axis=0), dtype=np.uint8)


def test_trace() -> None:
    """The picture after each step is kept under the step's name, and the last is the image."""
    grey = 255 - np.asarray(draw_digit(2, size=90))
    names, pictures = zip(*preprocess(grey).trace, strict=True)
    assert ("picture", *STEPS) == names
    np.testing.assert_array_equal(grey / 255, pictures[0])
    assert [(90, 90)] * 5 == [picture.shape for picture in pictures[1:6]]  # up to the choice
    np.testing.assert_array_equal(
        preprocess(grey).images[0], np.rint(255 * pictures[-1]).astype(np.uint8)
    )


def test_trace_of_scaling() -> None:
    """Where images are not boxed, there is one step."""
    grey = picture(TWO)
    names = [name for name, _ in preprocess(grey, default_recipe("scale", 6, 12)).trace]
    assert ["picture", "scale"] == names


def test_many() -> None:
    """Each of several digits becomes the image that it is by itself, from left to right."""
    together = preprocess(picture(TWO, FIVE, FOUR), many=True)
    assert 3 == together.digits
    alone = [preprocess(picture(ink)).images[0] for ink in (FIVE, FOUR, TWO)]
    np.testing.assert_array_equal(alone, together.images)


def test_main_digit() -> None:
    """Of several digits the largest is taken, and it is told how many there are."""
    main = preprocess(picture(FIVE, FOUR, TWO))
    assert 3 == main.digits
    np.testing.assert_array_equal(preprocess(picture(TWO)).images, main.images)
    assert pytest.approx(80 + 8, abs=2) == main.height  # the pen's width on top
    assert pytest.approx(1, abs=0.01) == main.ink


def test_share_of_ink() -> None:
    """What is left out is counted as ink of no digit."""
    cursor = draw(SIZE, [(20, 12), (32, 24)], width=6)
    kept = TWO.sum() / (TWO.sum() + cursor.sum())
    preprocessed = preprocess(picture(TWO, cursor))
    assert 1 == preprocessed.digits
    assert kept < 0.95
    assert pytest.approx(kept, abs=0.01) == preprocessed.ink


def test_shared_edge() -> None:
    """Grey between two digits, which is the edge of both, is counted once."""
    grey = np.zeros((40, 60), dtype=np.uint8)
    grey[10:30, 18:26] = grey[10:30, 27:35] = 255
    grey[10:30, 26] = 50
    preprocessed = preprocess(grey)
    assert 2 == preprocessed.digits
    assert pytest.approx(1) == preprocessed.ink
