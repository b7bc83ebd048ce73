"""The forms that countries teach: what the set holds, not how well it is read."""

from collections import Counter

import numpy as np
import pytest

from tests.pictures import FORMS, KINDS, draw_picture
from tests.pictures.countries import COUNTRIES, UPSTROKE
from tests.pictures.forms import CARE, SLANT, TURN, choose_taught, fitting, read_forms
from tests.pictures.strokes import lean, trace


def test_forms() -> None:
    """Every form of a country is in the file, and every form in the file is some country's."""
    taught = {
        (digit, name)
        for forms in COUNTRIES.values()
        for digit, names in forms.items()
        for name in names
    }
    assert set(read_forms()[1]) == taught


def test_ten_digits() -> None:
    """A country's kind has all ten digits; there are ten countries at least."""
    assert len(COUNTRIES) >= 10
    for country in COUNTRIES:
        assert tuple(range(10)) == FORMS[f"forms of {country}"].labels


def test_numbers() -> None:
    """There are 200 ones with an upstroke and 100 sevens with a bar or hook, and no name twice."""
    assert FORMS["ones with upstroke"].count >= 200
    assert FORMS["sevens crossed or hooked"].count >= 100
    assert min(kind.count for kind in FORMS.values()) >= 40
    assert not set(FORMS) & set(KINDS)


def test_unknown_form() -> None:
    """A form that is not in the file is named."""
    with pytest.raises(KeyError, match="no 7 is called 'upside down'"):
        fitting({7: ("plain", "upside down")}, 7)


@pytest.mark.parametrize("name", UPSTROKE)
def test_upstroke(name: str) -> None:
    """A one's upstroke rises steeply to an acute angle, and its downstroke is nearly upright."""
    generator = np.random.default_rng(0)
    for _ in range(50):
        form = choose_taught({1: (name,)}, 1, generator)
        (curve,) = lean(trace(form, generator, CARE), generator, slant=SLANT, turn=TURN)
        top = int(curve[:, 1].argmin())
        up, down = curve[top] - curve[0], curve[-1] - curve[top]
        assert -up[1] > 0.6 * up[0]  # not a roof
        assert abs(down[0]) < 0.6 * down[1]
        cosine = -(up @ down) / np.linalg.norm(up) / np.linalg.norm(down)
        assert 10 < np.degrees(np.arccos(cosine)) < 75


@pytest.mark.parametrize("kind", FORMS)
def test_labels(kind: str) -> None:
    """A picture's name says the digit it shows."""
    picture = draw_picture(kind, 7)
    assert picture.label in FORMS[kind].labels
    assert f"-07-is-{picture.label}." in picture.name


def test_dresses() -> None:
    """Canvases, photos and scans come by turns, so that none is rarer than half of another."""
    names = [draw_picture("ones with flag", index).name for index in range(36)]
    suffixes = Counter(name.rpartition(".")[2] for name in names)
    assert {"png", "jpg"} <= set(suffixes)
    assert suffixes["jpg"] == 12


def test_same_again() -> None:
    """The same seed gives the same files, another seed others."""
    kind = "forms of Germany"
    assert draw_picture(kind, 3, seed=1) == draw_picture(kind, 3, seed=1)
    assert draw_picture(kind, 3, seed=1).content != draw_picture(kind, 3, seed=2).content
