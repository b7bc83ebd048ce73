"""ONNX models, as ONNX Runtime runs them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast, get_args

import numpy as np
import onnx
import pytest
from onnx.reference import ReferenceEvaluator

from mlpcli.config.schema import ActivationName
from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported
from mlpcli.export.formats import INPUTS, InputName
from mlpcli.export.onnx_file import onnx_bytes
from mlpcli.images.normalization import Pixels
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.runs.finding import load_weights
from mlpcli.utils.arrays import Array, blank
from mlpcli.utils.escaping import printable
from mlpcli.utils.version import __version__
from tests.conftest import Mlp
from tests.support.networks import cooled, spotted, write_network

onnxruntime = pytest.importorskip("onnxruntime")
OWN = {"name": "mnist + /home/somebody/own.npz", "fingerprint": ""}
LAYERS = [(12, 3), (12, 1), (12, 7, 3), (12, 1, 5, 2), (12, 6, 6, 6, 62)]
IMAGES = spotted(20, 3, 4)


def small(
    path: Path, layers: Sequence[int] = (12, 7, 3), activation: str = "relu", **options: Any
) -> Path:
    """Write a network for images of 3 × 4 pixels."""
    return write_network(path, layers, activation, shape=(3, 4), kind="scale", **options)


def exported(*paths: Path) -> tuple[Classifier, Exported]:
    """Return networks as they predict, and as they are written."""
    checkpoints = [load_checkpoint(path) for path in paths]
    classifier = Classifier.of(checkpoints)
    return classifier, Exported.of(classifier, checkpoints)


def run(content: bytes, images: Pixels | Array) -> Any:
    """Return what a model says of images, after the checker has passed it."""
    onnx.checker.check_model(content, full_check=True)
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(["probabilities", "label"], {"images": images})


def as_rows(images: Pixels) -> Array:
    """Return images as the rows of numbers that a model takes otherwise."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)


def assert_agrees(classifier: Classifier, content: bytes, inputs: InputName) -> None:
    """A model has the probabilities of a classifier, and its labels."""
    probabilities, labels = run(content, IMAGES if inputs == "uint8" else as_rows(IMAGES))
    expected = classifier.predict_proba(IMAGES)
    np.testing.assert_allclose(expected, probabilities, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(classifier.predict(IMAGES), labels)
    assert (np.float32, np.int64) == (probabilities.dtype, labels.dtype)


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_same_as_the_classifier(
    tmp_path: Path, activation: Any, batch_norm: bool, layers: Sequence[int]
) -> None:
    """Every activation, with batch normalisation and without, at every depth and temperature."""
    path = small(tmp_path / "w.npz", layers, activation, batch_norm=batch_norm, temperature=1.5)
    classifier, networks = exported(path)
    for inputs in cast("tuple[InputName, ...]", INPUTS):
        assert_agrees(classifier, onnx_bytes(networks, inputs), inputs)


@pytest.fixture
def committee(tmp_path: Path) -> tuple[Path, ...]:
    """Three networks of different kinds for the same classes."""
    return (
        small(tmp_path / "a.npz", seed=1, temperature=0.7),
        small(tmp_path / "b.npz", (12, 4, 4, 3), "gelu", batch_norm=True, seed=2, data=OWN),
        small(tmp_path / "c.npz", (12, 3), "sigmoid", seed=3, temperature=2.0),
    )


def test_committee(committee: tuple[Path, ...]) -> None:
    """The probabilities of several networks are averaged."""
    classifier, networks = exported(*committee)
    assert_agrees(classifier, onnx_bytes(networks, "uint8"), "uint8")


def test_reference(committee: tuple[Path, ...]) -> None:
    """Another program that runs ONNX says the same, ONNX's own reference."""
    classifier, networks = exported(*committee)
    model = onnx.load_model_from_string(onnx_bytes(networks, "uint8"))
    probabilities, labels = cast("Any", ReferenceEvaluator(model).run(None, {"images": IMAGES}))
    np.testing.assert_allclose(classifier.predict_proba(IMAGES), probabilities, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(classifier.predict(IMAGES), labels)


@pytest.mark.parametrize("count", [0, 1, 3000])
def test_any_number_of_images(tmp_path: Path, count: int) -> None:
    """The number of images is free, even none."""
    classifier, networks = exported(small(tmp_path / "w.npz"))
    images = spotted(count, 3, 4)
    probabilities, labels = run(onnx_bytes(networks, "uint8"), images)
    assert ((count, 3), (count,)) == (probabilities.shape, labels.shape)
    if count:
        np.testing.assert_array_equal(classifier.predict(images), labels)


def test_ties(tmp_path: Path) -> None:
    """Of classes that are equally likely the label is the first, as NumPy's argmax has it."""
    _, networks = exported(small(tmp_path / "w.npz", (12, 3)))
    same = replace(
        networks.networks[0],
        weights=(np.zeros((12, 3), np.float32),),
        biases=(np.array([0, 5, 5], np.float32),),
    )
    probabilities, labels = run(onnx_bytes(replace(networks, networks=(same,)), "uint8"), IMAGES)
    assert probabilities[0, 1] == probabilities[0, 2]
    assert {1} == {*labels.tolist()}


def test_names_and_shapes(tmp_path: Path) -> None:
    """Inputs and outputs have the promised names, types and shapes, and there are no others."""
    _, networks = exported(small(tmp_path / "w.npz"))
    for name, shape, kind in (
        ("uint8", ["N", 3, 4], "tensor(uint8)"),
        ("float32", ["N", 12], "tensor(float)"),
    ):
        content = onnx_bytes(networks, cast("InputName", name))
        session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
        places = [*session.get_inputs(), *session.get_outputs()]
        expected = [
            ("images", shape, kind),
            ("probabilities", ["N", 3], "tensor(float)"),
            ("label", ["N"], "tensor(int64)"),
        ]
        assert expected == [(each.name, each.shape, each.type) for each in places]


def test_metadata(committee: tuple[Path, ...]) -> None:
    """A model says who made it, of what data, its classes and how a picture becomes an input."""
    _, networks = exported(*committee)
    content = onnx_bytes(networks, "float32")
    model = onnx.load_model_from_string(content)
    assert ("mlpcli", __version__) == (model.producer_name, model.producer_version)
    assert "12-4-4-3 gelu, trained on mnist + own.npz" in model.doc_string
    properties = {each.key: each.value for each in model.metadata_props}
    assert ["0", "1", "2"] == json.loads(properties["classes"])
    assert "scale" == json.loads(properties["preprocessing"])["kind"]
    assert 3 == len(json.loads(properties["networks"]))
    assert b"/home" not in content


@pytest.mark.parametrize("name", ["\x1b[2J", "\ud800", "<script>"])
def test_name_of_a_stranger(tmp_path: Path, name: str) -> None:
    """The name of a stranger's data may hold anything, and the file of it can be read."""
    _, networks = exported(small(tmp_path / "w.npz", data={"name": name, "fingerprint": ""}))
    model = onnx.load_model_from_string(onnx_bytes(networks, "uint8"))
    assert printable(name) in model.doc_string


def test_same_bytes(committee: tuple[Path, ...]) -> None:
    """The same networks make the same file."""
    (_, one), (_, other) = exported(*committee), exported(*committee)
    assert onnx_bytes(one, "uint8") == onnx_bytes(other, "uint8")


def test_unknown_activation(tmp_path: Path) -> None:
    """An activation that the format has no case for gives one line."""
    _, networks = exported(small(tmp_path / "w.npz"))
    other = replace(networks.networks[0], activation=cast("Any", "swish"))
    with pytest.raises(CheckpointError, match=r"^\.onnx: has no such activation, got 'swish'; "):
        onnx_bytes(replace(networks, networks=(other,)), "uint8")


def test_too_large(tmp_path: Path) -> None:
    """Weights that do not fit into a file of 2 GiB are refused before anything is written."""
    _, networks = exported(small(tmp_path / "w.npz"))
    large = blank((23171, 23171), np.float32)
    weights = (large, networks.networks[0].weights[-1])
    other = replace(networks.networks[0], weights=weights)
    with pytest.raises(CheckpointError, match=r"^\.onnx: must hold less than 2 GiB, got 2\.0 GiB"):
        onnx_bytes(replace(networks, networks=(other,)), "uint8")


def test_command(mlp: Mlp, trained: Path) -> None:
    """`mlp export RUN OUT.onnx` writes a model of grey levels, and --input changes them."""
    for options, images in (
        ([], spotted(5)),
        (["--input", "float32"], as_rows(spotted(5))),
    ):
        result = mlp("export", trained, "digits.onnx", "--force", *options)
        assert 0 == result.exit_code, result.output
        _, labels = run(Path("digits.onnx").read_bytes(), images)
        classifier = Classifier.load([trained / "best.npz"])
        np.testing.assert_array_equal(classifier.predict(spotted(5)), labels)


@pytest.mark.slow
def test_bundled_on_mnist(mlp: Mlp, mnist: Any) -> None:
    """On 10,000 test images the bundled weights have the same labels, and probabilities by 1e-5."""
    result = mlp("export", "bundled", "digits.onnx")
    assert 0 == result.exit_code, result.output
    images = np.asarray(mnist.test.images)
    probabilities, labels = run(Path("digits.onnx").read_bytes(), images)
    expected = Classifier.load([BUNDLED]).predict_proba(images)
    np.testing.assert_allclose(expected, probabilities, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(expected.argmax(axis=1), labels)


def test_temperature_of_the_mean(tmp_path: Path) -> None:
    """The mean of several networks has the temperature that the program gives it."""
    checkpoints = load_weights(cooled(tmp_path, 0.6))
    classifier, images = Classifier.of(checkpoints), spotted(20)
    content = onnx_bytes(Exported.of(classifier, checkpoints), "uint8")
    probabilities, _ = run(content, images)
    np.testing.assert_allclose(classifier.predict_proba(images), probabilities, atol=1e-5)
    assert "mean_temperature" in [
        each.key for each in onnx.load_from_string(content).metadata_props
    ]
