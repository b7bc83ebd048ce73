"""The steps of a recipe as JSON has them, some settings being others."""

import json
from typing import Any

from mlpcli.images import Recipe
from mlpcli.images.recipe import DIGIT


def describe(recipe: Recipe) -> Any:
    """Return what JSON gives back of a recipe."""
    return json.loads(json.dumps([step.describe() for step in recipe]))


def changed(step: str, **settings: object) -> list[dict[str, Any]]:
    """Describe the steps to an image like MNIST's, some settings of one being others."""
    return [each | settings if each["name"] == step else each for each in describe(DIGIT)]
