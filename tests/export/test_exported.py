"""What a network is reduced to before it is written."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.layers import make_activation
from mlpcli.nn.losses import log_softmax
from mlpcli.runs.finding import load_weights
from mlpcli.utils.arrays import Array
from tests.support.networks import cooled, spotted, write_network


def exported(*paths: Path) -> Exported:
    """Return what is exported of some weights."""
    checkpoints = [each for path in paths for each in load_weights(path)]
    return Exported.of(Classifier.of(checkpoints), checkpoints)


def plainly(networks: Exported, images: Array) -> Array:
    """Return probabilities by the formula that other programs are told."""
    shares = []
    for network in networks.networks:
        activation, last = make_activation(network.activation), len(network.weights) - 1
        x = images.reshape(len(images), -1).astype(np.float32) / 255
        for n, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
            x = x @ weight + bias
            x = x if n == last else activation.forward(x)
        shares.append(np.exp(log_softmax(x)))
    return np.asarray(np.mean(shares, axis=0))


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky-relu", "gelu"])
def test_plain_formula(tmp_path: Path, activation: str, *, batch_norm: bool) -> None:
    """Linear layers and activations alone come to the same, temperature and batch norm included."""
    paths = [
        write_network(
            tmp_path / f"{seed}.npz",
            (784, 20, 15, 10),
            activation,
            batch_norm=batch_norm,
            seed=seed,
            temperature=1.7,
        )
        for seed in range(3)
    ]
    images = spotted(50)
    expected = Classifier.load(paths).predict_proba(images)
    assert np.ptp(expected.argmax(axis=1)) > 0
    np.testing.assert_allclose(plainly(exported(*paths), images), expected, atol=1e-6)


def test_temperature_of_the_mean(tmp_path: Path) -> None:
    """Several networks with a common temperature keep it; without one nothing is said of it."""
    each = exported(cooled(tmp_path, 1.0))
    assert (1, False) == (each.temperature, "mean_temperature" in each.describe())
    each = exported(cooled(tmp_path, 0.6))
    assert 0.6 == each.temperature == each.describe()["mean_temperature"]


@pytest.mark.parametrize("largest", [1e30, -1e30, 3e38])
def test_weights_that_may_overflow(tmp_path: Path, largest: float) -> None:
    """Weights with which some image might give no finite prediction are refused in one line."""
    path = write_network(tmp_path / "huge.npz", (784, 20, 10), largest=largest)
    with pytest.raises(CheckpointError, match=r"huge.npz: the weights are too large") as error:
        exported(path)
    assert 1 == len(error.value.lines)


def test_private_paths_stay_private(tmp_path: Path) -> None:
    """Of the data that a network was trained on, the name is told and not where it is."""
    data = {"name": "/home/ada/secret/letters.npz", "fingerprint": ""}
    path = write_network(tmp_path / "own.npz", (784, 5, 10), data=data)
    assert "letters.npz" == exported(path).describe()["networks"][0]["data"]
    assert "ada" not in str(exported(path).describe())
