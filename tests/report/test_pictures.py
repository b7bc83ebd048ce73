"""Images as text and as a sheet."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.datasets import Dataset
from mlpcli.report.pictures import GAP, GAP_GREY, INK, SPACE, contact_sheet, picture_text


def lit_pixels(lines: list[str]) -> NDArray[np.bool_]:
    """Read half-block characters back as (height, width)."""
    width = max(map(len, lines))
    codes = np.array(
        [[" ▀▄█".index(character) for character in f"{line:<{width}}"] for line in lines]
    )
    return np.stack([codes & 1, codes >> 1], axis=1).reshape(-1, width).astype(bool)


def test_by_hand() -> None:
    """Each character is two pixels, and a last single row is an upper half."""
    image = np.array([[[9, 0, 0, 9], [0, 9, 0, 9], [0, 0, 9, 2]]], dtype=np.uint8)
    assert "7\n▀▄ █\n  ▀" == picture_text(image, ["7"], width=80)


def test_text_shows_the_ink(glyphs: Dataset) -> None:
    """The text of one image has exactly its inked pixels, without the margins."""
    for image in glyphs.test.images[:10]:
        lit = lit_pixels(picture_text(image[None], ["digit"], width=80).splitlines()[1:])
        inked = np.argwhere(image > INK * image.max())
        np.testing.assert_array_equal(inked - inked.min(axis=0), np.argwhere(lit))


def test_common_margins(glyphs: Dataset) -> None:
    """Images keep their places towards each other: only margins empty in all are cut."""
    images = glyphs.test.images[:3]
    lit = images > INK * images.max(axis=(1, 2), keepdims=True)
    width = np.ptp(np.flatnonzero(lit.any(axis=(0, 1)))) + 1
    height = np.ptp(np.flatnonzero(lit.any(axis=(0, 2)))) + 1
    lines = picture_text(images, ["first", "second", "third"], width=80).splitlines()
    assert [0, width + SPACE, 2 * (width + SPACE)] == [
        lines[0].index(caption) for caption in ("first", "second", "third")
    ]
    assert 1 + (height + 1) // 2 == len(lines)


@pytest.mark.parametrize("width", [50, 80, 200])
def test_text_fits(glyphs: Dataset, width: int) -> None:
    """No line is wider than the terminal, and one image more in a row would be."""
    captions = [f"image{index:02}" for index in range(40)]
    lines = picture_text(glyphs.test.images[:40], captions, width).splitlines()
    assert max(map(len, lines)) <= width
    step = lines[0].index("image01")
    assert (lines[0].count("image") + 1) * step - SPACE > width
    assert captions == [word for line in lines for word in line.split() if "image" in word]


def test_wider_than_the_terminal(glyphs: Dataset) -> None:
    """Images that do not fit are printed whole, one below the other with an empty line between."""
    captions = ["first", "second", "third"]
    lines = picture_text(glyphs.test.images[:3], captions, width=5).splitlines()
    wide = picture_text(glyphs.test.images[:3], captions, width=80).splitlines()
    places = [lines.index(caption) for caption in captions]
    assert [0, len(wide) + 1, 2 * (len(wide) + 1)] == places
    assert ["", ""] == [lines[place - 1] for place in places[1:]]


def test_long_captions(glyphs: Dataset) -> None:
    """Captions longer than an image is wide do not run into each other."""
    captions = ["a caption longer than the digit", "another"]
    first = picture_text(glyphs.test.images[:2], captions, width=80).splitlines()[0]
    assert (" " * SPACE).join(captions) == first


def test_faint_images(glyphs: Dataset) -> None:
    """Grey levels of another range, as 0 to 15, are shown as well."""
    faint = glyphs.test.images[:1] // 17
    shown = picture_text(faint, ["0"], width=80)
    assert lit_pixels(shown.splitlines()[1:]).sum() > 20


def test_black_images() -> None:
    """Images without any ink are captions above empty lines."""
    shown = picture_text(np.zeros((2, 4, 4), dtype=np.uint8), ["0", "1"], width=80)
    assert "0     1\n\n" == shown


def test_strokes_stay_connected(mnist: Dataset) -> None:
    """Of the first MNIST test images one in a hundred falls apart at most."""
    images = mnist.test.images[:300]
    lit = images > INK * images.max(axis=(1, 2), keepdims=True)
    assert np.mean([pieces(image) > 1 for image in lit]) <= 0.01


def pieces(lit: NDArray[np.bool_]) -> int:
    """Count the parts of an image, (height, width), whose pixels touch by sides or corners."""
    left = {(int(row), int(column)) for row, column in np.argwhere(lit)}
    count = 0
    while left:
        count += 1
        reached = [left.pop()]
        while reached:
            row, column = reached.pop()
            around = {(row + down, column + right) for down in (-1, 0, 1) for right in (-1, 0, 1)}
            reached += around & left
            left -= around
    return count


@pytest.mark.parametrize(
    ("count", "rows", "columns"), [(1, 1, 1), (2, 1, 2), (7, 3, 3), (100, 10, 10)]
)
def test_sheet(glyphs: Dataset, count: int, rows: int, columns: int) -> None:
    """A sheet holds the enlarged images row by row, with lines of one grey around them."""
    images = glyphs.test.images[:count]
    sheet = contact_sheet(images)
    cell = (sheet.shape[1] - GAP) // columns
    scale = (cell - GAP) // 28
    assert (rows * (28 * scale + GAP) + GAP, columns * (28 * scale + GAP) + GAP) == sheet.shape
    rest = sheet.copy()
    for index, image in enumerate(images):
        top, left = (GAP + place * cell for place in divmod(index, columns))
        place = slice(top, top + 28 * scale), slice(left, left + 28 * scale)
        np.testing.assert_array_equal(
            np.kron(image, np.ones((scale, scale), np.uint8)), sheet[place]
        )
        rest[place] = GAP_GREY
    assert {GAP_GREY} == set(rest.flat)


@pytest.mark.parametrize(("count", "side"), [(1, 280), (4, 280), (100, 84), (500, 28)])
def test_sheet_scale(glyphs: Dataset, count: int, side: int) -> None:
    """Few images are large, and many are never smaller than they are."""
    sheet = contact_sheet(glyphs.train.images[:count])
    columns = np.ceil(np.sqrt(count))
    assert columns * (side + GAP) + GAP == sheet.shape[1]
