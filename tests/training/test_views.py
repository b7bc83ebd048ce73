"""Networks that see digits deslanted, or of one width, in training and in use."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from mlpcli.cli.main import cli
from mlpcli.datasets import open_dataset
from mlpcli.images.recipe import DIGIT
from mlpcli.images.view import View, deslant
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import compute_logits
from mlpcli.report.pictures import half_blocks
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of
from tests.support.configs import load
from tests.support.recipes import describe
from tests.support.runs import interrupted, log
from tests.support.viewing import VIEWS, write_boxed
from tests.training.test_checks import misfits, pets

NARROW = View(deslant=True, width=10)
RECIPE = """
model: {layers: [784, 20, 10], activation: relu, init: he}
training: {epochs: 2, batch_size: 10}
augmentation: {rotation: 5, shift: 1}
"""


def write_config(path: Path, data: Path, view: View) -> Path:
    """Write a configuration for a network with a view."""
    width = "null" if view.width is None else view.width
    keys = f"view: {{deslant: {str(view.deslant).lower()}, width: {width}}}"
    path.write_text(f"data: {{path: '{data}', validation: 50, {keys}}}\n{RECIPE}")
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs called `plain` and `narrow` with their configurations, and `boxed.npz`, their data."""
    folder = tmp_path_factory.mktemp("views")
    data = write_boxed(folder / "boxed.npz")
    for name, view in (("plain", View()), ("narrow", NARROW)):
        config = write_config(folder / f"{name}.yaml", data, view)
        result = CliRunner().invoke(
            cli, ["train", "--config", str(config), "--out", str(folder / name)]
        )
        assert 0 == result.exit_code, result.output
    return folder


def test_noted(folder: Path) -> None:
    """The weights name the view after the steps that lead to an image."""
    steps = metadata_of(folder / "narrow/best.npz")["preparation"]["steps"]
    assert [*describe(DIGIT), {"name": "deslant"}, {"name": "width", "pixels": 10}] == steps
    assert NARROW == load_checkpoint(folder / "narrow/best.npz").metadata.view
    assert View() == load_checkpoint(folder / "plain/best.npz").metadata.view


def test_same_in_use(mlp: Mlp, folder: Path) -> None:
    """`mlp evaluate` of the weights finds the validation accuracy that training logged."""
    options = ("--weights", folder / "narrow", "--data", folder / "boxed.npz", "--json")
    result = mlp("evaluate", *options, "--split", "validation")
    assert 0 == result.exit_code, result.output
    best = load_checkpoint(folder / "narrow/best.npz").metadata.epoch
    logged = log(folder / "narrow")[best - 1]
    found = json.loads(result.stdout)
    assert (logged["validation_accuracy"], 50) == (found["accuracy"], found["count"])
    assert logged["validation_loss"] == pytest.approx(found["loss"], rel=1e-5)


def test_sees_the_view(folder: Path) -> None:
    """A network is shown the view of an image, once, and not the image."""
    images = np.load(folder / "boxed.npz")["x_test"]
    classifier = Classifier.load([folder / "narrow/best.npz"])
    (network,), (temperature,) = classifier.networks, classifier.temperatures
    logits = compute_logits(network, NARROW.apply(images)) / np.float32(temperature)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(shares, classifier.predict_proba(images), atol=1e-6)
    assert np.abs(classifier.predict_proba(NARROW.apply(images)) - shares).max() > 1e-3


def test_committee_of_different_views(mlp: Mlp, folder: Path) -> None:
    """Each network of a committee has its own view, and their probabilities are averaged."""
    data = open_dataset(folder / "boxed.npz", root=Path("unused"), validation=50).test
    paths = [folder / "plain/best.npz", folder / "narrow/best.npz"]
    each = [Classifier.load([path]).predict_proba(data.images) for path in paths]
    mean = np.mean(each, axis=0)
    np.testing.assert_allclose(mean, Classifier.load(paths).predict_proba(data.images), atol=1e-6)
    weights = [word for path in paths for word in ("--weights", path)]
    found = mlp("evaluate", *weights, "--data", folder / "boxed.npz", "--json").stdout
    assert (mean.argmax(axis=1) == data.labels).mean() == json.loads(found)["accuracy"]


def test_copies_of_the_image(folder: Path) -> None:
    """Test-time augmentation moves the image, and each copy is then seen through the view."""
    images = np.load(folder / "boxed.npz")["x_test"][:5]
    classifier = Classifier.load([folder / "narrow/best.npz"])
    upright = np.exp(classifier.log_probabilities(NARROW.apply(images), tta=True))
    assert np.abs(upright - np.exp(classifier.log_probabilities(images, tta=True))).max() > 1e-3


def test_resumed(mlp: Mlp, folder: Path) -> None:
    """A run that was interrupted in the middle of an epoch goes on to the same weights."""
    half = interrupted(folder / "narrow.yaml", folder / "half", 1, 3)
    result = mlp("train", "--resume", half)
    assert 0 == result.exit_code, result.output
    assert log(folder / "narrow") == log(half)
    expected = load_checkpoint(folder / "narrow/last.npz").arrays
    found = load_checkpoint(half / "last.npz").arrays
    assert expected.keys() == found.keys()
    for name, array in expected.items():
        np.testing.assert_array_equal(array, found[name])


@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_other_views(tmp_path: Path, view: View) -> None:
    """Each view of a configuration is that of its weights' network."""
    config = load(tmp_path, write_config(tmp_path / "v.yaml", tmp_path / "x", view).read_text())
    assert view == View.of(config.data.view)


def test_no_digits(tmp_path: Path) -> None:
    """A view of images that are not digits like MNIST's is refused where it is configured."""
    config = load(tmp_path, "data:\n  path: pets\n  view: {width: 12}\n")
    assert [
        f"{tmp_path}/c.yaml:3:9: data.view must be null for images that are not digits like "
        "MNIST's, got {width: 12}; leave it out, or --set data.view=null"
    ] == misfits(config, pets("012"))


def test_shown(mlp: Mlp, folder: Path) -> None:
    """--show draws what the network saw, and --show-steps writes how that came about."""
    image = np.load(folder / "boxed.npz")["x_test"][7]
    Image.fromarray(image).save("seven.png")
    drawn = mlp("predict", "seven.png", "--weights", folder / "narrow", "--show").stdout
    seen = NARROW.apply(image[None])[0]
    assert all(line in drawn for line in half_blocks(seen))
    weights = [word for name in ("narrow", "plain") for word in ("--weights", folder / name)]
    result = mlp("predict", "seven.png", *weights, "--show-steps", "steps")
    assert 0 == result.exit_code, result.output
    *_, upright, narrow = sorted(Path("steps").iterdir())
    assert ("deslant.png", "width-10.png") == (upright.name[-11:], narrow.name[-12:])
    np.testing.assert_array_equal(deslant(image[None])[0], np.asarray(Image.open(upright)))
    np.testing.assert_array_equal(seen, np.asarray(Image.open(narrow)))
    assert (
        image.tolist()
        == Classifier.load([folder / "narrow/best.npz"]).predict(image).image.tolist()
    )


def test_what_is_told(mlp: Mlp, folder: Path) -> None:
    """inspect, evaluate and the report say how a network sees images, where it is not as they are."""
    plain, narrow = (
        mlp("inspect", folder / "plain").stdout,
        mlp("inspect", folder / "narrow").stdout,
    )
    assert "seen         deslanted, 10 pixels wide\n" in narrow
    assert "\nseen " not in plain
    told = json.loads(mlp("inspect", folder / "narrow", "--json").stdout)["view"]
    assert {"deslant": True, "width": 10} == told
    weights = [word for name in ("plain", "narrow") for word in ("--weights", folder / name)]
    options = [*weights, "--data", folder / "boxed.npz"]
    both = mlp("evaluate", *options, "--report", "page.html").stdout
    assert "\nimages seen as they are; deslanted, 10 pixels wide\n" in both
    assert "images seen" not in mlp("evaluate", *weights[:2], *options[-2:]).stdout
    assert 1 == Path("page.html").read_text().count("it sees digits deslanted, 10 pixels wide")
    views = json.loads(mlp("evaluate", *options, "--json").stdout)["views"]
    assert [{"deslant": False, "width": None}, {"deslant": True, "width": 10}] == views
