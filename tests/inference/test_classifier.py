"""Checkpoints → probabilities."""

import json
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError, DataError
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.data import check_data
from mlpcli.nn.metrics import measure
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, rewrite


def test_probabilities(trained: Path, glyphs: Dataset) -> None:
    """A loaded run answers with the accuracy that its log says, in probabilities."""
    classifier = Classifier.load([trained / "best.npz"])
    log_probabilities = classifier.log_probabilities(glyphs.validation.images)
    np.testing.assert_allclose(np.exp(log_probabilities).sum(axis=1), 1, rtol=1e-5)
    log = [json.loads(line) for line in (trained / "log.jsonl").read_text().splitlines()]
    best = max(line["validation_accuracy"] for line in log)
    assert best == measure(log_probabilities, glyphs.validation.labels).accuracy


def test_average(trained: Path, glyphs: Dataset) -> None:
    """Several weights are averaged in probability."""
    paths = [trained / "best.npz", trained / "last.npz"]
    rewrite(paths[1], {"layers.0.bias": np.ones(30, np.float32)})
    images = glyphs.test.images
    each = [np.exp(Classifier.load([path]).log_probabilities(images)) for path in paths]
    together = np.exp(Classifier.load(paths).log_probabilities(images))
    np.testing.assert_allclose(together, (each[0] + each[1]) / 2, rtol=1e-4, atol=1e-7)
    assert np.abs(each[0] - each[1]).max() > 0.01


def test_others_do_not_mix(trained: Path) -> None:
    """Weights of other classes cannot be averaged with these."""
    rewrite(trained / "last.npz", {}, classes=[*"abcdefghij"])
    with pytest.raises(CheckpointError, match=r"last\.npz: the classes and the preprocessing must"):
        Classifier.load([trained / "best.npz", trained / "last.npz"])


def described(layers: list[object], activation: str = "relu") -> dict[str, object]:
    """Return as much of a configuration as predicting needs."""
    return {"seed": 0, "data": {}, "model": {"layers": layers, "activation": activation}}


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"config": None}, "the metadata must hold config, a dict, got None"),
        ({"config": {}}, "the metadata must hold config.model, a dict"),
        ({"config": {"model": {}}}, "the metadata must hold config.model.layers, a list, got None"),
        ({"config": described([784, 20, 10])}, "the array layers.0.* must be"),
        ({"config": described([784, "x"])}, "the layers must lead from 784 pixels"),
        ({"config": described([784, 30, 9])}, "the layers must lead from 784 pixels"),
        ({"config": described([784, 30, 10], "magic")}, "the activation is not known, got 'magic'"),
        ({"classes": 10}, "must hold classes, a list, got 10"),
        ({"preparation": {"kind": "magic"}}, "must be one of digit, scale, got 'magic'"),
        ({"preparation": {"kind": "scale"}}, "must hold preparation.height, an int, got None"),
        ({"preparation": {"kind": "scale", "height": -28, "width": -28}}, "got -28×-28 pixels"),
        ({"preparation": {"kind": "scale", "height": True, "width": 28}}, "an int, got True"),
        ({"preparation": {"kind": "digit", "height": 56, "width": 14}}, "got 56×14 pixels"),
    ],
)
def test_metadata_that_do_not_fit(trained: Path, metadata: dict[str, object], message: str) -> None:
    """Metadata that describe no network, or another one, give one line."""
    path = trained / "best.npz"
    rewrite(path, {}, **metadata)
    with pytest.raises(CheckpointError, match=f"^{path}: .*{message}"):
        Classifier.load([path])


@pytest.mark.parametrize("seed", [-1, 2**63, "x"])
def test_seed_out_of_range(trained: Path, seed: object) -> None:
    """A seed that no run can have is refused, for synthetic digits would be drawn from it."""
    path = trained / "best.npz"
    rewrite(path, {}, config=metadata_of(path)["config"] | {"seed": seed})
    with pytest.raises(CheckpointError, match=f"^{path}: .*seed"):
        Classifier.load([path])


def test_negative_variance(mlp: Mlp, tmp_path: Path, config_file: Path) -> None:
    """A variance below zero is refused, for its root would make every answer nan."""
    options = ["--set", "model.batch_norm=true", "--out", tmp_path / "run"]
    assert mlp("train", "--config", config_file, *options).exit_code == 0
    path = tmp_path / "run" / "best.npz"
    rewrite(path, {"layers.0.norm.variance": np.full(30, -1, np.float32)})
    with pytest.raises(
        CheckpointError, match=r"layers\.0\.norm\.variance must not have negative values"
    ):
        Classifier.load([path])


def test_other_classes(trained: Path, glyphs: Dataset) -> None:
    """Evaluating on data with other class names is refused, and both are named."""
    rewrite(trained / "best.npz", {}, classes=[*"abcdefghij"])
    with pytest.raises(DataError, match=r"must be those .* \(a, b, .*\), got 0, 1"):
        check_data(Classifier.load([trained / "best.npz"]), glyphs)


def test_metadata_tell_all(trained: Path, glyphs: Dataset) -> None:
    """The metadata hold the configuration, the data's fingerprint, history and versions."""
    metadata = metadata_of(trained / "last.npz")
    assert [784, 30, 10] == metadata["config"]["model"]["layers"]
    assert glyphs.fingerprint == metadata["data"]["fingerprint"]
    assert [1, 2, 3] == [result["epoch"] for result in metadata["history"]]
    assert {"mlpcli", "numpy", "blas", "compiler", "python"} == set(metadata["versions"])
    steps = [{"name": "scale", "height": 28, "width": 28}]
    described = {"kind": "scale", "height": 28, "width": 28, "steps": steps}
    assert described == metadata["preparation"]


def test_bundled_weights() -> None:
    """The weights that come with the program are the noted ones, small, and those of the reader."""
    checkpoint = load_checkpoint(BUNDLED)
    noted = BUNDLED.with_suffix(".sha256").read_text().strip()
    assert noted == metadata_of(checkpoint.path)["weights_sha256"]
    assert BUNDLED.stat().st_size <= 1_000_000
    data, reader = metadata_of(checkpoint.path)["config"]["data"], load_config("reader").data
    assert reader.mix == data["mix"]
    assert "data" == data["root"]  # no path of some machine


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        (
            {"classes": ["\x1b[31mred", *"123456789"]},
            "the class names must be distinct and printable",
        ),
        ({"classes": [*"1123456789"]}, "the class names must be distinct and printable"),
        ({"classes": [*range(10)]}, "the class names must be distinct and printable"),
        ({"classes": ["x" * 101, *"123456789"]}, "the class names must be distinct and printable"),
        ({"classes": []}, "the class names must be distinct and printable"),
    ],
)
def test_class_names(trained: Path, metadata: dict[str, object], message: str) -> None:
    """Class names that a terminal would take for commands, or could not show, are refused."""
    rewrite(trained / "best.npz", {}, **metadata)
    with pytest.raises(CheckpointError, match=f"^{trained}/best.npz: {message}") as caught:
        Classifier.load([trained / "best.npz"])
    assert str(caught.value).isprintable()


def test_weights_that_overflow(trained: Path, glyphs: Dataset) -> None:
    """Finite weights whose answers are not finite are found when they answer."""
    weight = load_checkpoint(trained / "best.npz").arrays["layers.1.weight"]
    rewrite(trained / "best.npz", {"layers.1.weight": np.full_like(weight, 3e38)})
    classifier = Classifier.load([trained / "best.npz"])
    with pytest.raises(CheckpointError, match=f"^{trained}/best.npz: the weights are too large"):
        classifier.log_probabilities(glyphs.test.images)
