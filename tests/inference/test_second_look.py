"""Pictures that are looked at again in other ways."""

import io
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.images import preprocess, read_picture
from mlpcli.images.recipe import DIGIT
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.committee import Judgement
from mlpcli.inference.second_look import CLEAR, DOUBTFUL, look_again
from tests.pictures import draw_picture

FIVE = np.eye(10, dtype=np.float32)[5]


def grey_levels(kind: str, index: int, seed: int) -> NDArray[np.uint8]:
    """Return the grey levels of a hard picture."""
    picture = draw_picture(kind, index, seed)
    return read_picture(io.BytesIO(picture.content), picture.name)


@pytest.mark.slow
def test_hard_shadow() -> None:
    """A digit in the dark part of a picture with a sharp shadow is read."""
    grey = grey_levels("photo, hard shadow", 15, seed=1)
    found, (reading,) = preprocess(grey), Classifier.load([BUNDLED]).predict([grey])
    assert 5 == reading.label
    assert (found.images[0] != reading.image).any()
    assert () == reading.warnings


@pytest.mark.slow
def test_broken() -> None:
    """A digit whose strokes are far apart is read as one, without a warning of several."""
    grey = grey_levels("broken strokes", 14, seed=1)
    found, (reading,) = preprocess(grey), Classifier.load([BUNDLED]).predict([grey])
    assert 1 < found.digits
    assert 4 == reading.label
    assert () == reading.warnings


def test_joined() -> None:
    """Joined, the ink of several digits makes one image, and they count as one."""
    grey = grey_levels("broken strokes", 14, seed=1)
    usual, joined = preprocess(grey), preprocess(grey, way="joined")
    assert (1, 1) == (joined.digits, len(joined.images))
    assert usual.digits > 1
    (one,), (other,) = usual.boxes, joined.boxes
    assert other.width > one.width


@pytest.mark.parametrize(
    ("first", "second", "exchanged"),
    [
        (DOUBTFUL + 0.01, 1.0, False),
        (DOUBTFUL - 0.01, CLEAR + 0.0005, True),
        (DOUBTFUL - 0.01, CLEAR - 0.0005, False),
        (None, None, False),
    ],
)
def test_scores(first: float | None, second: float | None, exchanged: bool) -> None:
    """The other way is taken if the usual one is doubtful and that one is clearly a digit."""
    grey = grey_levels("photo, hard shadow", 15, seed=1)[::4, ::4]
    scores = iter([first, second])
    found = preprocess(grey)

    def judge(_: NDArray[np.uint8]) -> list[Judgement]:
        sure = next(scores)
        return [Judgement(FIVE, None if sure is None else 1 - sure)]

    seen = look_again(found, grey, DIGIT, judge)
    assert exchanged == (seen is not found)
    if exchanged:
        expected = preprocess(grey, way="exchanged")
        assert (expected.images == seen.images).all()


def test_blank() -> None:
    """Where the other way shows no ink, it is not taken."""
    grey = grey_levels("canvas black on white", 3, seed=1)
    found = replace(preprocess(grey), images=np.ones((1, 28, 28), np.uint8))
    blank = np.full_like(grey, 255)
    assert found is look_again(found, blank, DIGIT, lambda _: [Judgement(FIVE, 0.5)])
