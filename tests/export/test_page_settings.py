"""The constants that the page's JavaScript reads."""

import json

import pytest

from mlpcli.export.page.settings import camel_case, reading_settings, settings
from mlpcli.export.page.writing import FOLDER
from mlpcli.images.lighting import FLATTEN
from mlpcli.images.polarity import POLARITY
from mlpcli.images.recipe import DIGIT, Recipe, earlier_recipe


@pytest.mark.parametrize(("name", "expected"), [("low", "low"), ("least_points", "leastPoints")])
def test_camel_case(name: str, expected: str) -> None:
    """Words are joined, and begin with capitals but for the first."""
    assert expected == camel_case(name)


def test_are_those_of_python() -> None:
    """Each step finds its own constants, and those of others in one place only."""
    found = settings()
    assert list(POLARITY.even_weights) == found["polarity"]["evenWeights"]
    assert FLATTEN.edge_quantile == found["flatten"]["edgeQuantile"]
    assert "shadows" not in found["flatten"]
    assert "colours" not in found["decoding"]


@pytest.mark.parametrize("recipe", [DIGIT, earlier_recipe(32, 32)])
def test_every_step_has_a_caption(recipe: Recipe) -> None:
    """The page says in words what each step of preprocessing is for."""
    text = (FOLDER / "script" / "steps.js").read_text("utf-8")
    for name in ("picture", *(step.name for step in recipe)):
        assert f"\n  {name}: (" in text


def test_are_json() -> None:
    """They survive a JSON file as they are."""
    found = settings() | reading_settings()
    assert found == json.loads(json.dumps(found))
