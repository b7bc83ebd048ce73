"""How a network sees a digit: deslanted, and of one width."""

import json
import re
from contextlib import suppress
from pathlib import Path
from runpy import run_path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mlpcli.config.data import ViewConfig
from mlpcli.datasets import Dataset
from mlpcli.images.normalization import Pixels
from mlpcli.images.recipe import DIGIT
from mlpcli.images.view import LEVEL, NARROWEST, WIDEST, View, deslant, split_steps, to_width
from mlpcli.utils.arrays import Float64
from tests.support.recipes import describe
from tests.support.viewing import VIEWS, boxed_digits, odd_images, seen_slowly

PLACES = np.indices((28, 28), dtype=np.float64)
EVERY = st.builds(View, st.booleans(), st.none() | st.integers(NARROWEST, WIDEST))


@pytest.fixture(scope="module")
def digits() -> Pixels:
    """Printed digits, boxed and centred."""
    return boxed_digits(100)


def slants(images: Pixels) -> Float64:
    """Return by how many columns ink moves from row to row, on average, (count,)."""
    row, column = PLACES
    shares = images / images.sum(axis=(1, 2), keepdims=True)
    rows, columns = ((shares * each).sum(axis=(1, 2)) for each in PLACES)
    spread = (shares * row * row).sum(axis=(1, 2)) - rows * rows
    ratio: Float64 = ((shares * row * column).sum(axis=(1, 2)) - rows * columns) / spread
    return ratio


def widths(images: Pixels) -> Float64:
    """Return the widths of what is inked, in pixels."""
    inked = images.max(axis=1) >= LEVEL
    width: Float64 = 28 - inked.argmax(axis=1) - inked[:, ::-1].argmax(axis=1)
    return width


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_number_by_number(digits: Pixels, view: View) -> None:
    """Plain loops over rows and columns make the same images, to the bit."""
    images = np.concatenate([digits[:40], odd_images()])
    np.testing.assert_array_equal(seen_slowly(images, view), view.apply(images))


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_number_by_number_of_mnist(mnist: Dataset, view: View) -> None:
    """So they do for real digits."""
    images = mnist.test.images[:100]
    np.testing.assert_array_equal(seen_slowly(images, view), view.apply(images))


@pytest.mark.slow
def test_as_documented(digits: Pixels, tmp_path: Path) -> None:
    """The program in docs/guide/exports.md makes the same images, to the bit."""
    text = (Path(__file__).parents[2] / "docs/guide/exports.md").read_text("utf-8")
    (code,) = (
        each for each in re.findall(r"```python\n(.*?)```", text, re.DOTALL) if "deslant(" in each
    )
    (tmp_path / "documented.py").write_text(code, "utf-8")
    documented = run_path(str(tmp_path / "documented.py"))
    images = np.concatenate([digits[:10], odd_images()])
    for view in VIEWS:
        seen: Any = images
        if view.deslant:
            seen = [documented["deslant"](image) for image in seen]
        if view.width is not None:
            seen = [documented["to_width"](image, view.width) for image in seen]
        np.testing.assert_array_equal(view.apply(images), seen)


def test_by_hand() -> None:
    """A stroke that leans by a column each row stands upright; six columns squeezed to half."""
    leaning = np.zeros((1, 28, 28), dtype=np.uint8)
    for row in range(10, 19):
        leaning[0, row, row] = 200
    upright = np.zeros_like(leaning)
    upright[0, 10:19, 14] = 200
    np.testing.assert_array_equal(upright, deslant(leaning))
    wide = np.zeros((1, 28, 28), dtype=np.uint8)
    wide[0, 4:24, 4:24] = 100
    narrow = np.zeros_like(wide)
    narrow[0, 4:24, 9:19] = 100
    np.testing.assert_array_equal(narrow, to_width(wide, 10))


def test_upright(digits: Pixels) -> None:
    """Rows and columns of a deslanted digit hardly covary."""
    assert 0.2 < np.abs(slants(digits)).max()
    assert 0.01 > np.abs(slants(deslant(digits))).max()


@pytest.mark.slow
def test_upright_mnist(mnist: Dataset) -> None:
    """So it is with real digits, but for a few that lean by more than a column each row."""
    after = np.abs(slants(deslant(mnist.test.images[:3000])))
    assert 0.99 < (after < 0.01).mean()
    assert 0.1 > after.max()


@pytest.mark.parametrize("width", [8, 13, 20])
def test_width(digits: Pixels, width: int) -> None:
    """What is inked has the width that was asked for, within a pixel, and as much ink a pixel."""
    seen = to_width(digits, width)
    assert 1 >= np.abs(widths(seen) - width).max()
    ink = seen.sum(axis=(1, 2)) / digits.sum(axis=(1, 2))
    np.testing.assert_allclose(ink, width / widths(digits), rtol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("width", [8, 13, 20])
def test_width_of_mnist(mnist: Dataset, width: int) -> None:
    """So it is with real digits, but for a few that have hardly any ink at one side."""
    off = np.abs(widths(to_width(mnist.test.images[:3000], width)) - width)
    assert 0.99 < (off <= 1).mean()


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_in_the_middle(digits: Pixels, view: View) -> None:
    """The centre of mass is in the middle, at an edge between pixels, and no row changes place."""
    seen = view.apply(digits).astype(np.float64)
    _, column = PLACES
    middle = (seen * column).sum(axis=(1, 2)) / seen.sum(axis=(1, 2)) + 0.5
    if view.width is None:  # it is where it was
        expected = (digits * column).sum(axis=(1, 2)) / digits.sum(axis=(1, 2)) + 0.5
        np.testing.assert_allclose(middle, expected, atol=0.05)
    else:
        np.testing.assert_allclose(middle, 14, atol=0.15)
    np.testing.assert_array_equal(digits.any(axis=2), seen.any(axis=2))


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_blank(view: View) -> None:
    """An image without ink stays one; no image stays none."""
    blank = np.zeros((2, 28, 28), dtype=np.uint8)
    np.testing.assert_array_equal(blank, view.apply(blank))
    assert (0, 28, 28) == view.apply(blank[:0]).shape


def test_nothing_to_change(digits: Pixels) -> None:
    """The view of an image as it is hands on the same array."""
    assert View().apply(digits) is digits
    assert not View().changes


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_one_by_one(digits: Pixels, view: View) -> None:
    """An image is seen in the same way whichever others come with it."""
    together = view.apply(digits)
    alone = np.stack([view.apply(image[None])[0] for image in digits[:7]])
    np.testing.assert_array_equal(alone, together[:7])
    np.testing.assert_array_equal(together[::-3], view.apply(digits[::-3]))


@given(arrays(np.uint8, (3, 28, 28)), EVERY)
def test_any_image(images: Pixels, view: View) -> None:
    """Whatever the images are, they come out as images, and are left as they were."""
    before = images.copy()
    seen = view.apply(images)
    assert ((3, 28, 28), "uint8") == (seen.shape, seen.dtype.name)
    np.testing.assert_array_equal(before, images)


@given(EVERY)
def test_round_trip(view: View) -> None:
    """What is described is read as it was, after the steps of a recipe."""
    described = json.loads(json.dumps(describe(DIGIT) + view.describe()))
    assert (describe(DIGIT), view) == split_steps(described)


@pytest.mark.parametrize("described", [None, "deslant", {}, 7, [], [None], ["width"], [[]]])
def test_other_steps(described: Any) -> None:
    """What is no list, or ends with another step, is left for others to check."""
    assert (described, View()) == split_steps(described)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["name", "deslant", "width"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "pixels", "x"]), inner, max_size=3)
    ),
)


@given(st.lists(JSON, max_size=3))
def test_any_steps(described: Any) -> None:
    """Whatever a stranger's steps are, they are refused, or nothing of them is lost."""
    with suppress(ValueError):
        steps, view = split_steps(described)
        assert described == steps + view.describe()


@pytest.mark.parametrize("pixels", [7, 21, -12, 12.0, "12", True, None, [12], 1 << 70])
def test_wrong_width(pixels: Any) -> None:
    """A width that is no whole number from 8 to 20 is refused."""
    with pytest.raises(ValueError, match=r"^have width\.pixels in \[8, 20\], got "):
        split_steps([*describe(DIGIT), {"name": "width", "pixels": pixels}])


@pytest.mark.parametrize(
    ("settings", "got"), [({}, "'none'"), ({"pixels": 12, "side": 1}, "'pixels, side'")]
)
def test_other_settings(settings: dict[str, int], got: str) -> None:
    """A step to a width with anything but the pixels is refused."""
    with pytest.raises(ValueError, match=f"^give width pixels, got {got}$"):
        split_steps([{"name": "width", **settings}])


@pytest.mark.parametrize(
    ("config", "view", "text"),
    [
        (None, View(), "as they are"),
        (ViewConfig(), View(), "as they are"),
        (ViewConfig(deslant=True), View(deslant=True), "deslanted"),
        (ViewConfig(width=9), View(width=9), "9 pixels wide"),
        (ViewConfig(deslant=True, width=20), View(True, 20), "deslanted, 20 pixels wide"),
    ],
)
def test_of_configuration(config: ViewConfig | None, view: View, text: str) -> None:
    """A configuration's `data.view` is a view, which says in words what it is."""
    assert view == View.of(config)
    assert text == str(view)
