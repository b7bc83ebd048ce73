"""Steps one after the other, for the main digit or for each of several."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from mlpcli.datasets import Dataset
from mlpcli.images import default_recipe, preprocess
from mlpcli.images.normalization import Pixels, is_normalized
from mlpcli.images.recipe import DIGIT
from tests.support.boxing import normalize_digit
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
    """With the preprocessing "scale" there is one step."""
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
    """Ink that belongs to no digit is counted."""
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


def preprocessed(picture: Image.Image) -> Pixels:
    """Prepare a grey picture of a digit."""
    image: Pixels = preprocess(np.asarray(picture)).images[0]
    return image


def distance(one: Pixels, other: Pixels) -> float:
    """Return how far two images differ, as a share of the first one's ink.

    Centring rounds to whole pixels, so that a shift by one pixel is forgiven.
    """
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    shifted = [np.roll(other, shift, axis=(0, 1)) for shift in shifts]
    return float(min(np.abs(one.astype(float) - image).sum() for image in shifted) / one.sum())


def test_inverted() -> None:
    """Dark on light gives what light on dark gives."""
    picture = draw_digit(4, size=100)
    inverted = Image.eval(picture, lambda grey: 255 - grey)
    assert distance(preprocessed(picture), preprocessed(inverted)) < 0.02


@pytest.mark.parametrize("at", [0.3, 0.7])
@pytest.mark.parametrize("size", [120, 400])
def test_place_and_size(size: int, at: float) -> None:
    """Neither the position nor the size of the digit matters."""
    expected = preprocessed(draw_digit(5, size=150))
    assert is_normalized(expected)
    assert distance(expected, preprocessed(draw_digit(5, size=size, at=at))) < 0.25


def test_faint() -> None:
    """A pale digit on grey paper is stretched to full contrast."""
    picture = draw_digit(7, size=100)
    pale = Image.eval(picture, lambda grey: 180 - grey // 4)
    assert preprocessed(pale).max() > 200
    assert distance(preprocessed(picture), preprocessed(pale)) < 0.1


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (28, 28), (50, 50), (300, 200)])
@pytest.mark.parametrize("level", [0, 77, 200, 250, 255])
def test_empty_paper(level: int, size: tuple[int, int]) -> None:
    """A uniform picture of any lightness and size has no ink."""
    blank = preprocess(np.full(size, level, dtype=np.uint8))
    assert not blank.images.any()
    assert (0, 0, (1, 28, 28)) == (blank.digits, blank.height, blank.images.shape)


def test_grainy_paper() -> None:
    """Blank paper with a little noise has no ink."""
    noise = np.random.default_rng(0).integers(240, 256, (50, 50)).astype(np.uint8)
    assert not preprocess(noise).images.any()


def like_mnist() -> Iterator[Pixels]:
    """Make boxed and centred images of printed digits."""
    for digit in range(10):
        yield normalize_digit(np.asarray(draw_digit(digit, size=112)) / 255)


def assert_untouched(image: Pixels) -> None:
    """Check that an image stays as it is, and that its negative is inverted only."""
    np.testing.assert_array_equal(image[None], preprocess(image).images)
    np.testing.assert_array_equal(image[None], preprocess(255 - image).images)


def test_normalized_passes_untouched() -> None:
    """An image preprocessed as MNIST was stays unchanged."""
    for image in like_mnist():
        assert_untouched(image)
        assert ["picture"] == [name for name, _ in preprocess(image).trace]


def test_mnist_passes_untouched(mnist: Dataset) -> None:
    """An image of MNIST stays as it is, and its negative is inverted only."""
    for image in mnist.test.images[:100]:
        assert_untouched(image)


def test_scale() -> None:
    """With the preprocessing "scale" a picture is only resized, light or dark."""
    picture = np.full((56, 56), 255, dtype=np.uint8)
    picture[:28, 20:] = 0
    recipe = default_recipe("scale", 28, 28)
    np.testing.assert_array_equal(picture[::2, ::2], preprocess(picture, recipe).images[0])
    np.testing.assert_array_equal(
        255 - picture[::2, ::2], preprocess(255 - picture, recipe).images[0]
    )


@settings(max_examples=60)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_what_has_the_size_is_not_touched(grey: Pixels) -> None:
    """With the preprocessing "scale" an image of the right size stays unchanged."""
    preprocessed = preprocess(grey, default_recipe("scale", *grey.shape))
    np.testing.assert_array_equal(grey[None], preprocessed.images)


def test_two_specks() -> None:
    """Specks so small and far apart that nothing of them is left make an empty image."""
    paper = np.zeros((640, 640), dtype=np.uint8)
    paper[0, 0] = paper[-1, -1] = 255
    assert not preprocess(paper).images.any()


SIZES = st.one_of(
    st.tuples(st.integers(1, 40), st.integers(1, 40)),
    st.sampled_from([(1, 300), (300, 1), (2, 130), (90, 3), (70, 65)]),
)


@settings(max_examples=60)
@given(SIZES, st.data(), st.booleans())
def test_any_picture(size: tuple[int, int], data: st.DataObject, many: bool) -> None:
    """Any picture becomes images, and no step fails or warns."""
    levels = st.sampled_from([0, 1, 30, 128, 200, 254, 255])
    grey = data.draw(arrays(np.uint8, size, elements=levels, fill=levels))
    check_any(grey, many=many)


@pytest.mark.parametrize("seed", range(20))
def test_any_shapes(seed: int) -> None:
    """Overlapping rectangles of any size and lightness become images too."""
    generator = np.random.default_rng(seed)
    height, width = generator.integers(1, 160, 2)
    grey = np.full((height, width), generator.integers(256), dtype=np.uint8)
    for _ in range(generator.integers(1, 6)):
        top, left = generator.integers(0, height), generator.integers(0, width)
        high, wide = generator.integers(1, 100, 2)
        grey[top : top + high, left : left + wide] = generator.integers(256)
    check_any(grey, many=bool(seed % 2))


def check_any(grey: Pixels, *, many: bool) -> None:
    """Check what must hold for every picture."""
    result = preprocess(grey, many=many)
    assert np.uint8 == result.images.dtype
    assert (max(result.digits, 1) if many else 1, 28, 28) == result.images.shape
    assert 0 <= result.ink <= 1 + 1e-9
    assert 0 <= result.height <= len(grey)
    scaled = preprocess(grey, default_recipe("scale", 9, 7)).images
    assert (1, 9, 7) == scaled.shape
