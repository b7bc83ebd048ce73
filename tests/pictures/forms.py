"""Digits in the forms that schools of several countries teach.

There are kinds for the forms that are most easily taken for another digit, and a kind for all ten
digits of each country. `forms.yaml` says how the pen moves.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.datasets.synthetic.alphabet import Alphabet, lay_out
from mlpcli.datasets.synthetic.styles import parse_alphabet
from tests.pictures import files, photos, screens
from tests.pictures.countries import COUNTRIES, UPSTROKE, Forms
from tests.pictures.files import File
from tests.pictures.kinds import Kind
from tests.pictures.paint import Order
from tests.pictures.strokes import Form, choose_form, fit, lean, trace

FILE = Path(__file__).with_name("forms.yaml")
CARE = 0.3  # of the slips and bends that digits for training have
SLANT = (0.1, 0.06)  # x per y, mean and standard deviation
TURN = 2.0  # degrees, standard deviation; more would make a one's upstroke a seven's roof

DRESSES: tuple[tuple[Callable[[Order], Image.Image], Callable[[Image.Image, Order], File]], ...] = (
    (screens.black_on_white, files.as_any),
    (photos.lamp_photo, files.as_jpeg),
    (photos.ruled_scan, files.as_png),
    (screens.white_on_black, files.as_png),
    (photos.turned_photo, files.as_jpeg),
    (photos.squared_scan, files.as_png),
)
"""What is usual around a digit, by turns: canvases, photos and scans, and their files."""


@cache
def read_forms() -> tuple[Alphabet, tuple[tuple[int, str], ...]]:
    """Return all forms, and the digit and name of each."""
    styles = parse_alphabet(FILE.read_text(encoding="utf-8"))
    return lay_out(styles), tuple((style.digit, style.name) for style in styles)


def fitting(forms: Forms, digit: int) -> NDArray[np.bool_]:
    """Tell which of all forms are those of a digit, (forms,).

    Raises:
        KeyError: one is not in the file.
    """
    _, every = read_forms()
    if missing := [name for name in forms[digit] if (digit, name) not in every]:
        raise KeyError(f"{FILE.name}: no {digit} is called {missing[0]!r}")
    return np.array([of == digit and name in forms[digit] for of, name in every])


def choose_taught(forms: Forms, digit: int, generator: np.random.Generator) -> Form:
    """Choose how somebody writes a digit who has learnt these forms."""
    return choose_form(read_forms()[0], fitting(forms, digit), generator)


def written_in(forms: Forms) -> Callable[[Order], Image.Image]:
    """Return what draws a digit in one of the forms."""

    def draw(order: Order) -> Image.Image:
        """Write a digit, and put around it what is usual."""
        strokes = trace(choose_taught(forms, order.label, order.generator), order.generator, CARE)
        strokes = fit(lean(strokes, order.generator, slant=SLANT, turn=TURN))
        dress, _ = DRESSES[order.turn % len(DRESSES)]
        return dress(replace(order, strokes=strokes))

    return draw


def save(image: Image.Image, order: Order) -> File:
    """Save a picture as is usual for what is around the digit."""
    _, usual = DRESSES[order.turn % len(DRESSES)]
    return usual(image, order)


def _kind(forms: Forms, count: int = 40) -> Kind:
    return Kind(written_in(forms), save, count, tuple(sorted(forms)))


FORMS: dict[str, Kind] = {
    "ones with upstroke": _kind({1: (*UPSTROKE, "upstroke and foot")}, 240),
    "ones with flag": _kind({1: ("short flag", "flag and foot")}),
    "ones of one line": _kind({1: ("line",)}),
    "sevens crossed or hooked": _kind(
        {7: ("crossed", "crossed, wavy roof", "crossed, serif", "hook at the left")}, 120
    ),
    "sevens not crossed": _kind({7: ("plain", "plain, curved stem", "serif", "wavy roof")}, 60),
    "open fours": _kind({4: ("open", "open, upright")}, 60),
    "closed fours": _kind({4: ("closed",)}),
    "nines with straight tail": _kind({9: ("straight tail", "slanting tail")}),
    "nines with curled tail": _kind({9: ("curled tail",)}),
    "twos with loop": _kind({2: ("loop at the foot",)}),
    "twos without loop": _kind({2: ("angle at the foot", "wave at the foot")}),
    **{f"forms of {country}": _kind(forms) for country, forms in COUNTRIES.items()},
}
