"""The steps from a picture to an input, as a checkpoint remembers them."""

import hashlib
import json
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from mlpcli.errors import CheckpointError
from mlpcli.images import (
    RECIPE_VERSION,
    Recipe,
    default_recipe,
    earlier_recipe,
    output_size,
    parse_recipe,
    preprocess,
    read_picture,
)
from mlpcli.images.recipe import DIGIT
from mlpcli.inference.classifier import BUNDLED, Classifier
from tests.pictures import KINDS, draw_picture
from tests.support.checkpoints import metadata_of, rewrite

SCALE = default_recipe("scale", 28, 30)


def describe(recipe: Recipe) -> Any:
    """Return what JSON gives back of a recipe."""
    return json.loads(json.dumps([step.describe() for step in recipe]))


def changed(step: str, **settings: object) -> list[dict[str, Any]]:
    """Describe the steps to an image like MNIST's, some settings of one being others."""
    return [each | settings if each["name"] == step else each for each in describe(DIGIT)]


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


def weights(folder: Path, steps: object) -> Path:
    """Copy the bundled weights, with other steps or without any."""
    path = folder / "weights.npz"
    path.write_bytes(BUNDLED.read_bytes())
    preprocessing = {**metadata_of(path)["preparation"], "steps": steps}
    if steps is None:
        del preprocessing["steps"]
    rewrite(path, {}, preparation=preprocessing)
    return path


def test_checkpoint_with_other_steps(tmp_path: Path) -> None:
    """A classifier preprocesses pictures as its weights' file says."""
    steps = changed("fit_box", side=16)
    recipe = Classifier.load([weights(tmp_path, steps)]).inputs.recipe
    assert steps == describe(recipe)


def test_checkpoint_without_steps(tmp_path: Path) -> None:
    """Files from before steps were noted are used with the usual ones."""
    assert DIGIT == Classifier.load([weights(tmp_path, None)]).inputs.recipe


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ({}, "be a list of objects, got {}"),
        (describe(SCALE), f"be {NAMES}, got scale"),
        (changed("flatten", window=2), "have flatten.window in [0.05, 1.0], got 2"),
    ],
    ids=["no list", "other steps", "out of range"],
)
def test_checkpoint_with_wrong_steps(tmp_path: Path, steps: object, message: str) -> None:
    """Wrong steps in a weights' file are refused, and the file is named."""
    path = weights(tmp_path, steps)
    whole = f"{path}: the steps of the preprocessing must {message}"
    with pytest.raises(CheckpointError, match=f"^{re.escape(whole)}$"):
        Classifier.load([path])


NAMED, BY_PATH = {"name": "fashion-mnist", "path": None}, {"name": "mnist", "path": "/x"}
LETTERS, NUMBERS = ["ankle", "bag", *"cdefghij"], [*"0123456789"]
EARLIER = earlier_recipe(28, 28)


@pytest.mark.parametrize("noted", [True, False], ids=["noted", "not noted"])
@pytest.mark.parametrize(
    ("data", "classes", "recipe"),
    [
        (NAMED, LETTERS, EARLIER[1:]),
        (BY_PATH, NUMBERS, EARLIER[1:]),
        (BY_PATH, LETTERS, EARLIER),
        (BY_PATH, NUMBERS[::-1], EARLIER),
    ],
    ids=["named", "arrays", "pictures", "pictures in odd folders"],
)
def test_earlier_weights(
    tmp_path: Path, data: dict[str, object], classes: list[str], recipe: Recipe, noted: bool
) -> None:
    """Weights that say polarity was evened out read pictures as their training read its images.

    It did so with pictures in a folder for each class only; by which steps they were read again.
    """
    path = weights(tmp_path, describe(EARLIER) if noted else None)
    metadata = metadata_of(path)
    preprocessing = metadata["preparation"] | {"kind": "scale"}
    config = metadata["config"] | {"data": data}
    rewrite(path, {}, preparation=preprocessing, config=config, classes=classes)
    assert recipe == Classifier.load([path]).inputs.recipe


def test_earlier_steps_of_another_size(tmp_path: Path) -> None:
    """The steps of earlier weights are read as carefully as others."""
    path = weights(tmp_path, describe(earlier_recipe(28, 30)))
    preprocessing = metadata_of(path)["preparation"] | {"kind": "scale"}
    rewrite(path, {}, preparation=preprocessing)
    with pytest.raises(CheckpointError, match=r"the steps .* must be scale, got polarity, scale"):
        Classifier.load([path])


def test_steps_must_agree(tmp_path: Path) -> None:
    """Weights that want pictures preprocessed in another way are not averaged with these."""
    path = weights(tmp_path, changed("fit_box", side=16))
    with pytest.raises(CheckpointError, match="classes and the preprocessing must be the same as"):
        Classifier.load([BUNDLED, path])


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
