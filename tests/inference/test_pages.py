"""Whole pages: digits in lines, apart where they touch, with a box around each."""

import io

import numpy as np
import pytest
from PIL import Image

from mlpcli.images.cutouts import Box
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.committee import Judgement
from mlpcli.inference.dividing import log_chances
from tests.pictures import draw_page, draw_picture
from tests.support.glyphs import draw_digit


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    """The weights that come with the program."""
    return Classifier.load([BUNDLED])


def page(rows: list[str], side: int = 80) -> Image.Image:
    """Print digits in rows, light on dark."""
    picture = Image.new("L", (side * max(map(len, rows)), side * len(rows)))
    for down, row in enumerate(rows):
        for right, digit in enumerate(row):
            picture.paste(draw_digit(int(digit), size=side), (side * right, side * down))
    return picture


ROWS = ["036", "82", "2683"]


def test_lines(classifier: Classifier) -> None:
    """A reading has the digits line by line, and its text a line end between lines."""
    reading = classifier.predict(page(ROWS), many=True)
    assert "036\n82\n2683" == reading.text
    assert [3, 2, 4] == [len(line) for line in reading.lines]
    assert [one for line in reading.lines for one in line] == list(reading.predictions)


def test_boxes(classifier: Classifier) -> None:
    """Boxes are around the ink, in pixels of the picture as it is shown, however large it is."""
    ink = np.asarray(page(ROWS)) > 127
    for enlargement in (1, 9):
        large = Image.fromarray(ink).resize((320 * enlargement, 240 * enlargement))
        reading = classifier.predict(large, many=True)
        box = reading.lines[1][0].box
        rows, columns = (np.flatnonzero(ink[80:160, :80].any(axis=axis)) for axis in (1, 0))
        expected = columns[0], 80 + rows[0], np.ptp(columns) + 1, np.ptp(rows) + 1
        assert pytest.approx(expected, abs=1.5) == np.array(box) / enlargement


def test_box_of_the_main_digit(classifier: Classifier) -> None:
    """Without `many` the digit that is read has a box; an image like MNIST's has none."""
    grey = np.zeros((90, 200), dtype=np.uint8)
    grey[20:70, 110:117] = 255
    assert Box(110, 20, 7, 50) == classifier.predict(grey).predictions[0].box
    image = classifier.predict(grey).image
    (reading,) = classifier.predict([Image.fromarray(image)], many=True)
    assert (None, 1) == (reading.predictions[0].box, len(reading.predictions))


def test_turned(classifier: Classifier) -> None:
    """The boxes in a photo that is stored on its side are where it shows the digits."""
    upright, stream = page(ROWS, side=100), io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    upright.transpose(Image.Transpose.ROTATE_90).save(stream, "PNG", exif=exif)
    stored, shown = classifier.predict([stream, upright], many=True)
    assert (300, 400) == stored.size == shown.size
    assert [one.box for one in shown.predictions] == [one.box for one in stored.predictions]


def test_blank(classifier: Classifier) -> None:
    """A page without ink has one line, of nothing."""
    reading = classifier.predict(np.zeros((60, 90), dtype=np.uint8), many=True)
    assert ("–", ["blank"]) == (reading.text, [warning.code for warning in reading.warnings])
    assert (None, 1) == (reading.predictions[0].box, len(reading.lines))


def test_touching(classifier: Classifier) -> None:
    """Digits that touch are cut apart; a wide one stays whole."""
    apart = np.asarray(page(["83"], side=100))
    columns = np.flatnonzero(apart.any(axis=0))
    gap = columns[np.diff(columns).argmax()] + 1
    after = columns[np.diff(columns).argmax() + 1]
    touching = np.delete(apart, np.s_[gap - 2 : after + 2], axis=1)
    assert "83" == classifier.predict(touching, many=True).text
    wide = Image.fromarray(np.asarray(draw_digit(2, size=100))).resize((190, 100))
    assert "2" == classifier.predict(wide, many=True).text


def test_chances() -> None:
    """How probable a digit is: the likeliest class's share of what is a digit at all."""
    shares = np.array([0.25, 0.75])
    expected = [np.log(0.75), np.log(0.75 * 0.4)]
    found = log_chances([Judgement(shares), Judgement(shares, not_a_digit=0.6)])
    assert pytest.approx(expected) == found


def test_noise_is_no_page(classifier: Classifier) -> None:
    """A broken, blurred or noisy picture of one digit is no page of many."""
    for kind, index in (("broken strokes", 4), ("photo, dusk", 1), ("scan with dark edge", 4)):
        picture = draw_picture(kind, index, seed=1000)
        assert str(picture.label) == classifier.predict(io.BytesIO(picture.content), many=True).text


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["slanting", "squared paper", "photo, lamp", "photo, hard shadow"])
def test_drawn_pages(classifier: Classifier, kind: str) -> None:
    """Hardly a character of drawn pages is wrong, and the boxes are where the digits are."""
    pages = [draw_page(kind, index, seed=1000) for index in range(8)]
    found = [classifier.predict(io.BytesIO(one.content), many=True) for one in pages]
    right = [one.text == reading.text for one, reading in zip(pages, found, strict=True)]
    assert np.mean(right) >= 0.75
    for one, reading in zip(pages, found, strict=True):
        if one.text != reading.text:
            continue
        for expected, prediction in zip(one.boxes, reading.predictions, strict=True):
            assert prediction.box
            middle = expected.x + expected.width / 2, expected.y + expected.height / 2
            box = prediction.box
            other = box.x + box.width / 2, box.y + box.height / 2
            assert pytest.approx(middle, abs=0.25 * expected.height) == other
