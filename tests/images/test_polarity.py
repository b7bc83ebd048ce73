"""Dark ink on light paper, or light ink on dark paper?"""

from dataclasses import replace

import numpy as np
import pytest

from mlpcli.images.polarity import POLARITY, find_features, is_dark_on_light, polarity
from tests.support.pens import Floats, lamp, write


def crop(ink: Floats, margin: int) -> Floats:
    """Cut off what is further than so many pixels from the ink."""
    rows, columns = np.nonzero(ink > 0.3)
    top, left = max(rows.min() - margin, 0), max(columns.min() - margin, 0)
    return ink[top : rows.max() + margin + 1, left : columns.max() + margin + 1]


def on_paper(ink: Floats, *, dark: bool, paper: float = 0.85, pen: float = 0.15) -> Floats:
    """Return how light it looks: dark ink on light paper or the negative of it."""
    light = paper + (pen - paper) * ink
    return light if dark else 1 - light


@pytest.mark.parametrize("margin", [8, 15])
@pytest.mark.parametrize("width", [2, 7])
@pytest.mark.parametrize("digit", [0, 1, 5])
def test_polarity(digit: int, width: float, margin: int) -> None:
    """Ink is light afterwards, whichever it was, however wide the pen and the margin."""
    ink = crop(write(digit, (90, 90), width=width, height=60), margin)
    expected = on_paper(ink, dark=False)
    np.testing.assert_allclose(expected, polarity(on_paper(ink, dark=True)))
    np.testing.assert_array_equal(expected, polarity(expected))


@pytest.mark.parametrize("margin", [0, 3])
@pytest.mark.parametrize("width", [3, 6])
@pytest.mark.parametrize("digit", [2, 4, 5, 7, 8])
def test_polarity_of_tight_crops(digit: int, width: float, margin: int) -> None:
    """A picture that ends where the ink does, or nearly, is told too."""
    ink = crop(write(digit, (90, 90), width=width, height=60), margin)
    assert is_dark_on_light(on_paper(ink, dark=True))
    assert not is_dark_on_light(on_paper(ink, dark=False))


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("sides", [("left",), ("top",), ("right", "bottom"), ("left", "right")])
@pytest.mark.parametrize("digit", [4, 7])
def test_polarity_beside_bands(digit: int, sides: tuple[str, ...], dark: bool) -> None:
    """A table's edge, as dark as ink and along one or two sides, is no paper."""
    light = on_paper(write(digit, width=7), dark=dark)
    places = {
        "left": (slice(None), slice(15)),
        "right": (slice(None), slice(-15, None)),
        "top": (slice(15), slice(None)),
        "bottom": (slice(-15, None), slice(None)),
    }
    for side in sides:
        light[places[side]] = 0.15 if dark else 0.85
    assert dark == is_dark_on_light(light)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("share", [0.1, 0.3])
def test_bands_alone(share: float, dark: bool) -> None:
    """Two areas with nothing on either: the larger is paper."""
    light = np.full((60, 100), 0.85 if dark else 0.15)
    light[:, : round(100 * share)] = 0.15 if dark else 0.85
    assert dark == is_dark_on_light(light)


@pytest.mark.parametrize("dark", [True, False])
@pytest.mark.parametrize("digit", [2, 7, 8])
def test_polarity_under_a_lamp(digit: int, dark: bool) -> None:
    """Paper in the dark corner may be darker than ink in the light one."""
    ink = write(digit, (200, 200), width=10)
    pen, paper = (0.35, 0.85) if dark else (0.85, 0.35)
    light = (paper + (pen - paper) * ink) * lamp(ink.shape, 0.35)
    assert dark == is_dark_on_light(light)


@pytest.mark.parametrize("level", [0.0, 77 / 255, 0.98, 1.0])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (40, 30), (200, 150)])
def test_nothing_drawn(size: tuple[int, int], level: float) -> None:
    """Paper alone is left as it is."""
    light = np.full(size, level)
    np.testing.assert_array_equal(light, polarity(light))


def test_other_settings() -> None:
    """The weights decide: with all of them negated, every picture is told wrong."""
    negated = replace(
        POLARITY,
        even_weights=tuple(-weight for weight in POLARITY.even_weights),
        uneven_weights=tuple(-weight for weight in POLARITY.uneven_weights),
    )
    for dark in (True, False):
        light = on_paper(write(5), dark=dark)
        assert dark == is_dark_on_light(light)
        assert dark != is_dark_on_light(light, negated)


@pytest.mark.parametrize("digit", [2, 7, 8])
@pytest.mark.parametrize("darkest", [1.0, 0.4])
def test_features(digit: int, darkest: float) -> None:
    """Features are positive for dark ink, negative for light ink; areas are in even light only."""
    ink = write(digit, (90, 90), width=6)
    light = on_paper(ink, dark=True) * lamp(ink.shape, darkest)
    for sign, picture in ((1, light), (-1, 1 - light)):
        features = find_features(picture)
        assert features is not None
        assert (darkest < 1) == (features.unevenness > 0.1)
        assert darkest < 1 or min(sign * np.array(features.of_areas())) > 0
        assert min(sign * np.array(features.of_surroundings())) > 0


def test_nothing_to_tell_by() -> None:
    """Paper alone has no features."""
    assert find_features(np.full((40, 30), 0.9)) is None
