"""Weights and activations of 8 bits: what they stand for, and what they cost."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config.section import MAX_FEATURES
from mlpcli.datasets import Dataset
from mlpcli.export.c.quantization import LARGEST_WEIGHT, LEVELS, QuantizedLayer, quantize
from mlpcli.export.c_header import header_text
from mlpcli.export.exported import PlainNetwork
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.layers import make_activation
from mlpcli.nn.losses import log_softmax
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp
from tests.export.test_exported import exported
from tests.support.c_programs import by_c
from tests.support.networks import spotted, write_network

ACTIVATIONS = ("sigmoid", "tanh", "relu", "leaky-relu", "gelu")


def by_hand(network: PlainNetwork, layers: tuple[QuantizedLayer, ...], images: Pixels) -> Array:
    """Return the probabilities of a network in 8 bits, with integers where C has integers."""
    levels = images.reshape(len(images), -1).astype(np.int64)
    function = make_activation(network.activation)
    for layer in layers:
        sums = levels @ layer.weights.astype(np.int64)
        assert np.abs(sums).max() < 2**31
        x = sums.astype(np.float32) * layer.scales + layer.biases
        if layer.outputs is not None:
            steps = (function.forward(x) - layer.outputs.low) / layer.outputs.step
            levels = np.floor(steps + 0.5).clip(0, LEVELS).astype(np.int64)
    return np.exp(log_softmax(x))


def one_network(path: Path, *sizes: int, activation: str = "relu") -> PlainNetwork:
    """Return a network with random weights."""
    return exported(write_network(path / "net.npz", sizes, activation)).networks[0]


def test_sums_stay_in_32_bits() -> None:
    """The largest sum of a unit, of as many inputs as there may be, is less than 2³¹."""
    assert 2**31 > LARGEST_WEIGHT * LEVELS * MAX_FEATURES


def test_by_hand(tmp_path: Path) -> None:
    """A unit's largest weight is 127 or −127, and its scale is that of a step of 1/255."""
    network = one_network(tmp_path, 784, 6, 10)
    first, last = quantize(network, spotted(50))
    np.testing.assert_array_equal(np.full(6, 127), np.abs(first.weights).max(axis=0))
    restored = first.weights * (first.scales * 255)
    largest = np.abs(network.weights[0]).max(axis=0)
    assert np.all(np.abs(restored - network.weights[0]) <= largest / 127 / 2 * 1.001)
    np.testing.assert_array_equal(network.biases[0], first.biases)
    assert last.outputs is None


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_c_computes_the_formula(tmp_path: Path, activation: str) -> None:
    """C and NumPy come to the same, but for activations on the border of two levels."""
    network = exported(write_network(tmp_path / "net.npz", (784, 40, 25, 10), activation))
    images, calibration = spotted(200), spotted(300)
    layers = quantize(network.networks[0], calibration)
    expected = by_hand(network.networks[0], layers, images)
    labels, probabilities = by_c(tmp_path, header_text(network, calibration), images)
    difference = np.abs(probabilities - expected).max(axis=1)
    assert 0.9 <= (difference < 1e-5).mean()
    assert difference.max() < 0.05
    assert 0.99 <= (labels == expected.argmax(axis=1)).mean()


def test_ranges_hold_the_training_images(tmp_path: Path) -> None:
    """The smallest activation of training images is level 0, and the largest is 255."""
    network = one_network(tmp_path, 784, 40, 10, activation="gelu")
    images = spotted(700)
    outputs = quantize(network, images)[0].outputs
    assert outputs is not None
    x = images.reshape(700, -1).astype(np.float32) / 255
    y = make_activation("gelu").forward(x @ network.weights[0] + network.biases[0])
    assert pytest.approx(y.min(), rel=1e-5) == outputs.low
    assert pytest.approx(y.max(), rel=1e-5) == outputs.low + 255 * outputs.step


@pytest.mark.parametrize("bias", [-1e6, 1e6, 0.0])
def test_units_that_say_nothing(tmp_path: Path, bias: float) -> None:
    """Layers whose weights are 0, or whose activations are always the same, do no harm."""
    networks = exported(write_network(tmp_path / "net.npz", (784, 5, 10), "sigmoid"))
    (network,) = networks.networks
    silent = replace(
        network,
        weights=(np.zeros_like(network.weights[0]), network.weights[1]),
        biases=(np.full(5, bias, dtype=np.float32), network.biases[1]),
    )
    header = header_text(replace(networks, networks=(silent,)), spotted(20))
    hidden = make_activation("sigmoid").forward(silent.biases[0][None])
    expected = np.exp(log_softmax(hidden @ network.weights[1] + network.biases[1]))
    _, probabilities = by_c(tmp_path, header, spotted(3))
    np.testing.assert_allclose(probabilities, expected.repeat(3, axis=0), atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("activation", ["relu", "sigmoid"])
def test_accuracy_on_mnist(mlp: Mlp, mnist: Dataset, tmp_path: Path, activation: str) -> None:
    """On the test images of MNIST, 8 bits cost at most 0.05 points of accuracy."""
    options = ["--set", "training.epochs=2", "--set", f"model.activation={activation}"]
    assert 0 == mlp("train", "--config", "mnist", "--out", "run", "--quiet", *options).exit_code
    assert 0 == mlp("export", "run", "out.h", "--quantize", "int8").exit_code
    images, truth = mnist.test.images, mnist.test.labels
    labels, _ = by_c(tmp_path, Path("out.h").read_text(), images)
    before = (Classifier.load([Path("run/best.npz")]).predict(images) == truth).mean()
    assert (labels == truth).mean() >= before - 0.0005
