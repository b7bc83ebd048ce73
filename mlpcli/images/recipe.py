"""The steps from a picture to an input, by name and with settings, as a checkpoint stores them.

Plain data, so that training can save it and predicting can read it before anything else is loaded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mlpcli.images.normalization import BOX, SIDE, Preprocessing

Number = int | float

RECIPE_VERSION = 1
"""Increase it when a step's output changes, so that cached images are recomputed."""


@dataclass(frozen=True)
class Step:
    """One step.

    Attributes:
        name: of the function in this package that performs it.
        settings: its keyword arguments.
    """

    name: str
    settings: Mapping[str, Number]

    def describe(self) -> dict[str, Any]:
        """Return it as the values of a JSON object."""
        return {"name": self.name, **self.settings}


Recipe = tuple[Step, ...]

_LIMITS: dict[str, tuple[Number, Number]] = {
    "window": (0.05, 1.0),
    "faint": (0.0, 1.0),
    "low": (0.0, 1.0),
    "high": (0.0, 1.0),
    "reach": (0.1, 1.0),
    "thickness": (0.0, 0.1),
    "tilt": (0.0, 20.0),
    "speck": (0.0, 1.0),
    "least": (0.5, 10.0),
    "most": (0.5, 10.0),
    "side": (1, SIDE),
    "share": (0.0, 1.0),
}

DIGIT: Recipe = (
    Step("polarity", {}),
    Step("flatten", {"window": 0.25}),
    Step("threshold", {"faint": 0.1, "low": 0.35, "high": 0.6}),
    Step("remove_lines", {"reach": 0.75, "thickness": 0.016, "tilt": 6.0}),
    Step("main_digit", {"speck": 0.12}),
    Step("fit_strokes", {"least": 2.0, "most": 3.6}),
    Step("fit_box", {"side": BOX}),
    Step("full_ink", {"share": 0.9}),
    Step("centre", {}),
)
"""How any picture of a digit becomes an image like MNIST's."""


def default_recipe(preprocessing: Preprocessing, height: int, width: int) -> Recipe:
    """Return the steps for a kind of preprocessing.

    Training reads a folder of pictures by the same steps. Images that come as numbers are trained
    on as they are, so no step may change an image that already has their form.
    """
    if preprocessing == "digit":
        return DIGIT
    return (Step("scale", {"height": height, "width": width}),)


def earlier_recipe(height: int, width: int) -> Recipe:
    """Return the steps of earlier versions for images that are only resized."""
    return Step("polarity", {}), *default_recipe("scale", height, width)


def output_size(recipe: Recipe) -> tuple[int, int]:
    """Return height and width of the images that a recipe makes."""
    settings = recipe[-1].settings
    return int(settings.get("height", SIDE)), int(settings.get("width", SIDE))


def parse_recipe(described: Any, default: Recipe) -> Recipe:
    """Read what `Step.describe` returned for each step.

    Args:
        described: JSON values from a file that may come from a stranger.
        default: the steps that are expected, with the names of their settings, in this order.

    Raises:
        ValueError: there are others, or a setting is out of range; the message continues "the
            steps of the preprocessing must".
    """
    names = [step.name for step in default]
    if not isinstance(described, list) or not all(isinstance(step, dict) for step in described):
        raise ValueError(f"be a list of objects, got {described!r:.60}")
    found = [step.get("name") for step in described]
    if found != names:
        raise ValueError(f"be {', '.join(names)}, got {_listed(found):.120}")
    return tuple(_parse(step, known) for step, known in zip(described, default, strict=True))


def _parse(described: dict[str, Any], known: Step) -> Step:
    settings = {key: value for key, value in described.items() if key != "name"}
    if settings.keys() != known.settings.keys():
        keys = ", ".join(known.settings) or "no settings"
        raise ValueError(f"give {known.name} {keys}, got {_listed(settings) or 'none':.80}")
    for key, value in settings.items():
        low, high = _LIMITS.get(key, (known.settings[key],) * 2)  # a size must be the given one
        kinds = (int,) if isinstance(known.settings[key], int) else (int, float)
        if type(value) not in kinds or not low <= value <= high:  # nan is in no range
            raise ValueError(f"have {known.name}.{key} in [{low}, {high}], got {value!r:.40}")
    return Step(known.name, settings)


def _listed(names: Iterable[object]) -> str:
    """Join names with commas, those that are not printable text as Python literals."""
    return ", ".join(
        name if isinstance(name, str) and name.isprintable() else repr(name) for name in names
    )
