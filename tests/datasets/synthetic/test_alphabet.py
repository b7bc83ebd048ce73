"""The alphabet of synthetic digits: styles, shares and splines."""

import numpy as np
import pytest

from mlpcli.datasets.synthetic.alphabet import (
    lay_out,
    read_alphabet,
)
from mlpcli.datasets.synthetic.curves import spline
from mlpcli.datasets.synthetic.styles import parse_alphabet
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
