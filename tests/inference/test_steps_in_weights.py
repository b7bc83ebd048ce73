"""The steps from a picture to an input, as weights name them."""

import re
from pathlib import Path

import pytest

from mlpcli.errors import CheckpointError
from mlpcli.images import Recipe, default_recipe, earlier_recipe
from mlpcli.images.recipe import DIGIT
from mlpcli.images.view import View
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.recipes import changed, describe

STEPS = ", ".join(step.name for step in DIGIT)
DESLANT: dict[str, object] = {"name": "deslant"}
WIDTH: dict[str, object] = {"name": "width", "pixels": 12}


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
        (describe(default_recipe("scale", 28, 30)), f"be {STEPS}, got scale"),
        (changed("flatten", window=2), "have flatten.window in [0.05, 1.0], got 2"),
        ([*describe(DIGIT), WIDTH | {"pixels": 7}], "have width.pixels in [8, 20], got 7"),
        ([*describe(DIGIT), {"name": "width"}], "give width pixels, got 'none'"),
        ([*describe(DIGIT), WIDTH, DESLANT], f"be {STEPS}, got {STEPS}, width"),
        ([DESLANT, WIDTH], f"be {STEPS}, got "),
        ([*describe(DIGIT), DESLANT | {"x": 1}], f"be {STEPS}, got {STEPS}, deslant"),
    ],
    ids=[
        "no list",
        "other steps",
        "out of range",
        "width",
        "no width",
        "order",
        "alone",
        "deslant",
    ],
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


def test_views_of_other_things(tmp_path: Path) -> None:
    """Only networks of digits have a view."""
    scale = default_recipe("scale", 28, 28)
    path = weights(tmp_path, [*describe(scale), DESLANT, WIDTH])
    rewrite(path, {}, preparation=metadata_of(path)["preparation"] | {"kind": "scale"})
    with pytest.raises(CheckpointError, match=r"the steps .* must be scale, got scale, deslant, w"):
        Classifier.load([path])


def test_views_may_differ(tmp_path: Path) -> None:
    """Networks with different views of the same image are averaged."""
    first = weights(tmp_path, [*describe(DIGIT), DESLANT]).rename(tmp_path / "first.npz")
    second = weights(tmp_path, [*describe(DIGIT), WIDTH])
    views = Classifier.load([BUNDLED, first, second]).views
    assert [View(), View(deslant=True), View(width=12)] == [*views]


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
