"""The alphabet of synthetic digits: styles, shares and splines."""

import numpy as np
import pytest

from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.synthetic.alphabet import (
    lay_out,
    read_alphabet,
    read_national_alphabet,
    read_outliers,
)
from mlpcli.datasets.synthetic.curves import spline
from mlpcli.datasets.synthetic.styles import NATIONAL, OUTLIERS, parse_alphabet, read_styles
from mlpcli.errors import DataError
from mlpcli.images.normalization import BOX

ONE_OF_EACH = "".join(
    f"- {{digit: {d}, style: bar, exemplars: ['50,0 50,100']}}\n" for d in range(10)
)


def test_alphabet() -> None:
    """The alphabet has several styles of every digit and shares that make up a whole."""
    alphabet = read_alphabet()
    assert np.bincount(alphabet.digits).min() >= 4
    np.testing.assert_allclose(np.bincount(alphabet.digits, alphabet.shares), 0.1)
    assert (alphabet.counts >= 2).all()
    np.testing.assert_allclose(alphabet.curves.sum(axis=2), 1, atol=1e-4)
    np.testing.assert_allclose(alphabet.along, alphabet.along.clip(0, 1), atol=1e-6)


def test_points_lie_close() -> None:
    """On a digit 20 pixels high, neighbouring samples of a stroke are about a pixel apart."""
    alphabet = read_alphabet()
    curves = alphabet.curves @ alphabet.exemplars[:, 0] * (BOX / 100)
    apart = np.linalg.norm(np.diff(curves, axis=1), axis=2)
    same_stroke = np.diff(alphabet.along, axis=1) >= 0
    assert apart[same_stroke].max() < 1.7
    assert np.median(apart) < 1


@pytest.mark.parametrize("points", [2, 3, 7])
def test_spline(points: int) -> None:
    """A spline begins and ends at its end points, passes the others, and is even."""
    place = np.random.default_rng(points).uniform(0, 100, (points, 2))
    curve = spline(place, 500) @ place
    np.testing.assert_allclose(curve[[0, -1]], place[[0, -1]], atol=1e-6)
    gaps = np.linalg.norm(curve[:, None] - place, axis=2).min(axis=0)
    assert gaps.max() < 1
    steps = np.linalg.norm(np.diff(curve, axis=0), axis=1)
    assert steps.max() < 1.3 * steps.mean()


def test_straight_line() -> None:
    """Points in a row make a straight stroke."""
    place = np.array([[0.0, 0.0], [10.0, 10.0], [70.0, 70.0], [100.0, 100.0]])
    curve = spline(place, 50) @ place
    np.testing.assert_allclose(curve[:, 0], np.linspace(0, 100, 50), atol=0.6)
    np.testing.assert_allclose(curve[:, 0], curve[:, 1], atol=1e-9)


def test_corner() -> None:
    """At a point marked ! the curve has a corner; elsewhere it is smooth."""

    def sharpest_turn(mark: str) -> float:
        text = ONE_OF_EACH + f"- {{digit: 7, style: x, exemplars: ['0,0 90,0{mark} 40,100']}}\n"
        alphabet = lay_out(parse_alphabet(text))
        curve = alphabet.curves[-1] @ alphabet.exemplars[-1, 0]
        angles = np.unwrap(np.arctan2(*np.diff(curve, axis=0).T))
        return float(np.abs(np.diff(angles)).max())

    assert sharpest_turn("!") > 1
    assert sharpest_turn("") < 0.5


BAD = {
    "- [": "alphabet.yaml: not YAML, ",
    "digit: 7": "alphabet.yaml: must be a list of styles, got dict",
    "- {digit: 12, style: x, exemplars: ['0,0 1,1']}": "alphabet.yaml: style 1: digit: ",
    "- {digit: 7, style: x, exemplars: []}": "alphabet.yaml: style 1: exemplars: ",
    "- {digit: 7, style: x, colour: red, exemplars: ['0,0 1,1']}": "style 1: colour: ",
    "- 7": "alphabet.yaml: style 1: it: ",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1', '0,0 5,5 1,1']}": (
        "alphabet.yaml: 7, x: all exemplars must have the strokes, points and corners of the "
        "first, which has 2 points, got 3 points in '0,0 5,5 1,1'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 5,5! 1,1', '0,0 5,5 1,1']}": "corners of the first",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1 / 5,5']}": (
        "alphabet.yaml: 7, x: a stroke must have two or more points, with corners only between "
        "its ends, got '5,5'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 1,a']}": (
        "alphabet.yaml: 7, x: a point must be x,y or, at a corner, x,y! with numbers from -100 to "
        "200, got '1,a'"
    ),
    "- {digit: 7, style: x, exemplars: ['0,0 9,9 /']}": "only between its ends, got ''",
    "- {digit: 7, style: x, exemplars: ['']}": "only between its ends, got ''",
    "- {digit: 7, style: x, exemplars: ['0,0 nan,9']}": "got 'nan,9'",
    "- {digit: 7, style: x, exemplars: ['0,0 5000,4']}": "got '5000,4'",
    "- {digit: 7, style: x, exemplars: ['0,0 9,9!! 4,4']}": "got '9,9!!'",
    "- {digit: 7, style: x, weight: .inf, exemplars: ['0,0 9,9']}": "style 1: weight: ",
    ONE_OF_EACH + "- {digit: 7, style: x, exemplars: ['5,5 5,5']}": (
        "alphabet.yaml: 7, x: every stretch between ends and corners must be long enough to be "
        "drawn, got one of length 0.0 in the mean of the exemplars"
    ),
    ONE_OF_EACH
    + "- {digit: 7, style: x, exemplars: ['0,0 99,9 / 20,50 20,50.1']}": "of length 0.1",
    "- {digit: 7, style: x, exemplars: ['0,0 1']}": "got '1'",
    "- {digit: 7, style: x, exemplars: ['0,0! 1,1']}": "got '0,0! 1,1'",
    "- {digit: 7, style: x, exemplars: ['0,0 1,1']}": "every digit must have a style, got none of 0",
}


@pytest.mark.parametrize(("text", "message"), BAD.items())
def test_bad_alphabet(text: str, message: str) -> None:
    """A mistake in a style is reported with the style, the rule and what was found."""
    with pytest.raises(DataError) as caught:
        lay_out(parse_alphabet(text))
    assert message in str(caught.value)


def test_weights() -> None:
    """A style of three times the weight is written three times as often."""
    text = ONE_OF_EACH + "- {digit: 1, style: thrice, weight: 3, exemplars: ['50,0 50,100']}\n"
    shares = lay_out(parse_alphabet(text)).shares
    assert 3 * shares[1] == pytest.approx(shares[-1])
    assert shares[1] + shares[-1] == pytest.approx(0.1)


def test_national_alphabet() -> None:
    """About half of the national digits are written in national styles, ones and sevens above all."""
    alphabet = read_national_alphabet()
    national = len(read_styles(NATIONAL))
    assert 0.45 < alphabet.shares[-national:].sum() < 0.6
    digits = np.bincount(alphabet.digits, alphabet.shares)
    assert pytest.approx(1) == digits.sum()
    assert [1, 7] == np.argsort(-digits)[:2].tolist()
    assert digits.min() > 0.07
    assert np.bincount(alphabet.digits[-national:]).min() >= 4


def test_upstrokes_and_roofs() -> None:
    """The upstroke of a one is steep, the roof of a seven about level."""
    for style in read_styles(NATIONAL):
        stroke = style.shape[1 if style.name == "in two strokes" else 0]
        corners = list(stroke[1:-1])
        for exemplar in style.exemplars:
            if style.digit == 1 and corners:
                start, tip = exemplar[0], exemplar[corners[0]]
                assert tip[0] > start[0], style.place
                assert (start[1] - tip[1]) / (tip[0] - start[0]) > 0.7, style.place
            if style.digit == 7 and corners:
                ends = (
                    exemplar[corners[-1]],
                    exemplar[corners[-2] if len(corners) > 1 else stroke[0]],
                )
                (x, y), (start_x, start_y) = ends
                assert abs(y - start_y) < 0.3 * (x - start_x), style.place


def test_outliers_have_no_digit() -> None:
    """A sign is described like a style, without a digit."""
    text = "- {style: tick, turn: 10, freedom: 0.5, exemplars: ['0,50 30,90! 100,0']}"
    (sign,) = parse_alphabet(text, OUTLIERS)
    assert (NO_CLASS, "tick", 10, 0.5) == (sign.digit, sign.name, sign.turn, sign.freedom)
    assert {NO_CLASS} == {*read_outliers().digits.tolist()}


BAD_SIGNS = {
    "- {digit: 7, style: x, exemplars: ['0,0 1,1']}": "outliers.yaml: style 1: digit: ",
    "- {style: x, turn: 200, exemplars: ['0,0 1,1']}": "outliers.yaml: style 1: turn: ",
    "- {style: x, freedom: 2, exemplars: ['0,0 1,1']}": "outliers.yaml: style 1: freedom: ",
    "- {style: x, exemplars: ['0,0 1,a']}": "outliers.yaml: x: a point must be x,y",
}


@pytest.mark.parametrize(("text", "message"), BAD_SIGNS.items())
def test_bad_signs(text: str, message: str) -> None:
    """A mistake in a sign is reported with its file and its name."""
    with pytest.raises(DataError) as caught:
        parse_alphabet(text, OUTLIERS)
    assert message in str(caught.value)
