"""How hard pictures are counted: distances, boxes, the area under a curve, and what is kept."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from click import ClickException
from click.testing import CliRunner

from benchmarks.hard_pictures.common import auroc, codes, score
from benchmarks.hard_pictures.digits import ReadDigit, table_of_digits
from benchmarks.hard_pictures.nondigits import ReadNonDigit, table_of_non_digits
from benchmarks.hard_pictures.pages import ReadPage, distance, shared, table_of_pages
from benchmarks.hard_pictures.results import Results, compare, keep
from benchmarks.pictures import main
from mlpcli.inference.picture_warnings import PictureWarning
from mlpcli.inference.reading import Prediction, Reading

SEVEN = ReadDigit("a.png", "noise", 7, 7, 0.9, 0.1, (), (7, 1, 1))
ONE = ReadDigit("b.png", "noise", 1, 7, 0.6, 0.4, ("not-a-digit",), (1, 1, 7))
CAT = ReadNonDigit("c.png", "cat", 8, 0.4, ())
KEY = ReadNonDigit("d.png", "key", 1, 0.9, ("several-digits", "not-a-digit"))
PAGE = ReadPage("e.png", "canvas", "12\n3", "12\n8", 1, 3, 3)


def reading(no_digit: float | None, *, blank: bool = False) -> Reading:
    """Return the reading of a picture of which a network makes 70 % a one."""
    shares = np.array([0.3, 0.7], dtype=np.float32)
    warnings = (PictureWarning("not-a-digit", ""), PictureWarning("small-margin", ""))
    image = np.zeros((28, 28), dtype=np.uint8)
    one = Prediction(image, shares, "01", warnings, not_a_digit=no_digit, blank=blank)
    return Reading("a.png", ((one,),), (warnings[0],), many=False, steps=[], size=(28, 28))


def test_score() -> None:
    """The score is that of a network that learnt outliers, or else what is left of the digit's."""
    assert 0.2 == score(reading(0.2))
    assert pytest.approx(0.3) == score(reading(None))
    assert [1, 1] == [score(reading(None, blank=True)), score(None)]


def test_codes() -> None:
    """Each code comes once, those of the picture first; a refused picture has none."""
    assert ("not-a-digit", "small-margin") == codes(reading(None))
    assert () == codes(None)


def test_auroc_by_hand() -> None:
    """Of four pairs two are in order, one is a tie and one is not: 2.5 of 4."""
    assert pytest.approx(2.5 / 4) == auroc([0.9, 0.4], [0.4, 0.6])


def test_auroc_of_pairs() -> None:
    """The area is the share of pairs in which the positive is higher, ties counted half."""
    generator = np.random.default_rng(0)
    positives, negatives = generator.integers(0, 9, 50) / 9, generator.integers(0, 6, 70) / 9
    pairs = [(a > b) + (a == b) / 2 for a, b in product(positives, negatives)]
    assert pytest.approx(np.mean(pairs)) == auroc(positives, negatives)


def test_auroc_extremes() -> None:
    """It is 1 where all positives are higher, 0 where all are lower, 1/2 where all are equal."""
    areas = [auroc(scores, [0.5, 0.5]) for scores in ([0.6, 0.7], [0.1], [0.5])]
    assert [1, 0, 0.5] == areas


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("", "", 0),
        ("123", "", 3),
        ("", "12", 2),
        ("12\n34", "12\n34", 0),
        ("12\n34", "1234", 1),
        ("1234", "1284", 1),
        ("1234", "234", 1),
        ("kitten", "sitting", 3),
    ],
)
def test_distance(one: str, other: str, expected: int) -> None:
    """Every insertion, deletion and replacement counts one, a line end as any character."""
    assert expected == distance(one, other)
    assert expected == distance(other, one)


def test_shared() -> None:
    """Of two squares of side 2, one shifted by 1, the union is 6 and both share 2."""
    box, others = np.array([0.0, 0, 2, 2]), np.array([[1.0, 0, 2, 2], [5, 5, 2, 2], [0, 0, 2, 2]])
    np.testing.assert_allclose([2 / 6, 0, 1], shared(box, others))


def test_table_of_digits() -> None:
    """A line has the share read right by the program and by each script, and the share warned."""
    _, line, total = table_of_digits([SEVEN, ONE])
    shares = ["2", "50.0", "100.0", "50.0", "0.0", "50.0"]
    assert ["noise", *shares] == line.split()
    assert ["all", "pictures", *shares] == total.split()


def test_table_of_pages() -> None:
    """One wrong character of four is an error rate of 25 %, and no page is exact."""
    _, line, total = table_of_pages([PAGE])
    assert ["canvas", "1", "0.0", "25.0", "100.0", "100.0"] == line.split()
    assert ["all", "pages", "1", "0.0", "25.0", "100.0", "100.0"] == total.split()


def test_table_of_non_digits() -> None:
    """Each kind's score is compared with those of all digits, whose warnings are in the last line."""
    _, cat, key, total, digits = table_of_non_digits([CAT, KEY], [SEVEN, ONE])
    assert ["cat", "1", "0.0", "0.0", "75.0"] == cat.split()
    assert ["key", "1", "100.0", "100.0", "100.0"] == key.split()
    assert ["all", "non-digits", "2", "50.0", "50.0", "87.5"] == total.split()
    assert ["all", "digits", "2", "50.0", "50.0"] == digits.split()


def test_compare(tmp_path: Path) -> None:
    """A kept run is compared picture by picture, and what is read worse is named."""
    kept = tmp_path / "before.json"
    keep(kept, Results([SEVEN, ONE], [PAGE]), seed=3)
    now = Results(
        [
            ReadDigit("a.png", "noise", 7, None, 0, 1, ()),
            ReadDigit("b.png", "noise", 1, 1, 0.9, 0, ()),
        ]
    )
    summary, worse = compare(now, 3, kept)
    assert f"digits: 1 better and 1 worse of 2 than in {kept}" == summary
    assert "a.png: read as nothing" == worse
    with pytest.raises(ClickException, match="must be of seed 4, got 3"):
        list(compare(now, 4, kept))


@pytest.mark.slow
def test_command(tmp_path: Path) -> None:
    """The command prints a table for each part, keeps what was read, and agrees with itself."""
    kept = tmp_path / "kept.json"
    arguments = ["--weights", "bundled", "--only", "pages", "--every", "20", "--seed", "1"]
    first = CliRunner().invoke(main, [*arguments, "--json", str(kept)], catch_exceptions=False)
    assert 0 == first.exit_code, first.output
    assert "all pages" in first.stdout
    pages = json.loads(kept.read_text())["pages"]
    second = CliRunner().invoke(main, [*arguments, "--compare", str(kept)], catch_exceptions=False)
    assert f"pages: 0 better and 0 worse of {len(pages)} than in {kept}" in second.stdout
