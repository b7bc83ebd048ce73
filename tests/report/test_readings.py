"""What is said of a picture that was read."""

import numpy as np

from mlpcli.inference.picture_warnings import PictureWarning
from mlpcli.inference.reading import Prediction, Reading
from mlpcli.report.readings import MOST_WARNINGS, reading_record, reading_text, warning_lines

UNSURE = PictureWarning("low-confidence", "a has only 40 %")


def prediction(share: float, *warnings: PictureWarning) -> Prediction:
    """Return one of class b with some probability."""
    shares = np.array([1 - share, share])
    return Prediction(np.ones((28, 28), np.uint8), shares, ("a", "b"), warnings)


def page(*lines: tuple[Prediction, ...]) -> Reading:
    """Return a page of lines, about which there is one warning."""
    small = PictureWarning("small-picture", "the digit is only 5 pixels high")
    return Reading("p.png", lines, (small,), many=True, steps=[], size=(90, 90))


def test_text_of_lines() -> None:
    """Of several lines each has a number and names its least sure digit; a single one names all."""
    first, second = (prediction(0.9), prediction(0.75)), (prediction(0.8),)
    assert "p.png:1: bb  (least sure: b 75.00 %)\np.png:2: b  (least sure: b 80.00 %)" == (
        reading_text(page(first, second), top=3)
    )
    assert "p.png: bb  (b 90.00 %, b 75.00 %)" == reading_text(page(first), top=3)


def test_where_a_warning_belongs() -> None:
    """A warning about one of several digits says which one it is."""
    lines = (prediction(0.9), prediction(0.9, UNSURE)), (prediction(0.9, UNSURE),)
    assert [
        "p.png: warning: the digit is only 5 pixels high",
        "p.png: warning: line 1, digit 2: a has only 40 %",
        "p.png: warning: line 2, digit 1: a has only 40 %",
    ] == warning_lines(page(*lines))
    assert "p.png: warning: digit 2: a has only 40 %" in warning_lines(page(lines[0]))
    assert "p.png: warning: a has only 40 %" in warning_lines(page(lines[1]))


def test_many_warnings() -> None:
    """Of very many warnings some are counted only."""
    lines = warning_lines(page((prediction(0.9, UNSURE),) * 40))
    assert MOST_WARNINGS + 1 == len(lines)
    assert "p.png: 31 more warnings; --json lists all" == lines[-1]


def test_warnings_in_json() -> None:
    """A page has each code of its own and of its digits once, a digit its own."""
    record = reading_record(
        page((prediction(0.9, UNSURE), prediction(0.9)), (prediction(0.9),) * 2)
    )
    assert ["small-picture", "low-confidence"] == record["warnings"]
    assert [["low-confidence"], [], [], []] == [digit["warnings"] for digit in record["digits"]]
    assert ("bb\nbb", ["bb", "bb"]) == (record["text"], record["lines"])
