"""The steps from a picture to an input, as a checkpoint remembers them."""

import hashlib
import re
from io import BytesIO

import pytest

from mlpcli.images import (
    RECIPE_VERSION,
    Recipe,
    default_recipe,
    output_size,
    parse_recipe,
    preprocess,
    read_picture,
)
from mlpcli.images.recipe import DIGIT
from tests.pictures import KINDS, draw_picture
from tests.support.recipes import changed, describe

SCALE = default_recipe("scale", 28, 30)


@pytest.mark.parametrize("recipe", [DIGIT, SCALE], ids=["digit", "scale"])
def test_round_trip(recipe: Recipe) -> None:
    """What is described is read as it was."""
    assert recipe == parse_recipe(describe(recipe), recipe)


def test_other_settings() -> None:
    """Settings within their range are taken, the limits included, and nothing else changes."""
    recipe = parse_recipe(changed("threshold", faint=0, high=1.0), DIGIT)
    steps = {step.name: step for step in recipe}
    assert {"faint": 0, "low": 0.35, "high": 1.0} == steps["threshold"].settings
    assert [s for s in DIGIT if s.name != "threshold"] == [
        s for s in recipe if s.name != "threshold"
    ]


def test_default_recipe() -> None:
    """Boxed images take the steps of a digit, others are scaled to their size, and nothing else."""
    assert DIGIT == default_recipe("digit", 28, 28)
    assert [{"name": "scale", "height": 28, "width": 30}] == describe(SCALE)
    assert [(28, 28), (28, 30)] == [output_size(recipe) for recipe in (DIGIT, SCALE)]


NAMES = ", ".join(step.name for step in DIGIT)


@pytest.mark.parametrize(
    ("described", "message"),
    [
        ("polarity", "be a list of objects, got 'polarity'"),
        ({}, "be a list of objects, got {}"),
        (7, "be a list of objects, got 7"),
        (["polarity"], "be a list of objects, got ['polarity']"),
        ([None], "be a list of objects, got [None]"),
        ([[]] * 1000, "be a list of objects, got [[], [], "),
        ([], f"be {NAMES}, got "),
        ([{}], f"be {NAMES}, got None"),
        (describe(SCALE), f"be {NAMES}, got scale"),
        (describe(DIGIT)[::-1], f"be {NAMES}, got centre, full_ink, "),
        (describe(DIGIT) * 2, f"be {NAMES}, got polarity, "),
        (changed("flatten", name="__import__"), f"be {NAMES}, got polarity, __import__, "),
        (changed("flatten", name=["flatten"]), f"be {NAMES}, got polarity, ['flatten'], "),
        ([{"name": "x" * 9999}], f"be {NAMES}, got xxxx"),
        (changed("centre", side=20), "give centre no settings, got side"),
        (changed("flatten", widow=0.2), "give flatten window, got window, widow"),
        ([{"name": step.name} for step in DIGIT], "give flatten window, got none"),
        (changed("flatten", window=True), "have flatten.window in [0.05, 1.0], got True"),
        (changed("flatten", window=float("nan")), "have flatten.window in [0.05, 1.0], got nan"),
        (changed("flatten", window=float("inf")), "have flatten.window in [0.05, 1.0], got inf"),
        (changed("flatten", window=0.01), "have flatten.window in [0.05, 1.0], got 0.01"),
        (changed("flatten", window="0.25"), "have flatten.window in [0.05, 1.0], got '0.25'"),
        (changed("flatten", window=[0.25]), "have flatten.window in [0.05, 1.0], got [0.25]"),
        (changed("flatten", window=None), "have flatten.window in [0.05, 1.0], got None"),
        (changed("flatten", window=10**400), "have flatten.window in [0.05, 1.0], got 1000"),
        (changed("fit_box", side=10**400), "have fit_box.side in [1, 28], got 1000"),
        (changed("remove_lines", tilt=90), "have remove_lines.tilt in [0.0, 20.0], got 90"),
        (changed("fit_box", side=20.5), "have fit_box.side in [1, 28], got 20.5"),
        (changed("fit_box", side=29), "have fit_box.side in [1, 28], got 29"),
        (changed("fit_box", side=0), "have fit_box.side in [1, 28], got 0"),
    ],
    ids=lambda value: f"{value:.20}" if isinstance(value, str) else "steps",
)
def test_hostile_steps(described: object, message: str) -> None:
    """Steps that this program does not know, or would fail at, are refused in one short line."""
    with pytest.raises(ValueError, match=f"^{re.escape(message)}") as caught:
        parse_recipe(described, DIGIT)
    assert len(str(caught.value)) < 300
    assert "\n" not in str(caught.value)


@pytest.mark.slow
def test_version() -> None:
    """The steps make what they made when RECIPE_VERSION was last increased; else increase it, and this."""
    digest = hashlib.sha256()
    for kind in KINDS:
        picture = draw_picture(kind, 0)
        if picture.name.endswith(".png"):  # decoders of the other formats are not ours
            grey = read_picture(BytesIO(picture.content), picture.name)
            digest.update(preprocess(grey).images.tobytes())
    assert (1, "ee8f4e67354d16d5") == (RECIPE_VERSION, digest.hexdigest()[:16])
