"""The network over its flat vectors."""

from typing import get_args

import numpy as np
import pytest

from mlpcli.config.schema import ActivationName, InitName
from mlpcli.nn.layers import Gelu
from mlpcli.nn.losses import CrossEntropy
from mlpcli.nn.network import Network
from mlpcli.utils.randomness import Purpose, stream
from tests.support.gradients import numerical_gradient, relative_error


@pytest.mark.parametrize("batch", [1, 5])
@pytest.mark.parametrize("activation", get_args(ActivationName))
def test_derivative(activation: ActivationName, batch: int) -> None:
    """The whole network with its loss passes a central-difference check."""
    network = Network.mlp((6, 5, 4, 3), activation, dtype=np.float64)
    network.initialize("he", stream(0, Purpose.INITIAL_WEIGHTS))
    network.parameters[network.weight_count :] = 0.3  # biases; away from kinks
    generator = np.random.default_rng(1)
    inputs, labels = generator.random((batch, 6)), generator.integers(3, size=batch)
    loss = CrossEntropy()

    def objective() -> float:
        return loss.forward(network.forward(inputs), labels)

    numerical = numerical_gradient(objective, network.parameters)
    objective()
    network.backward(loss.backward())
    assert relative_error(network.gradients, numerical) < 1e-6


def test_derivative_of_everything() -> None:
    """With batch norm, dropout and label smoothing the whole network passes the check as well."""
    network = Network.mlp(
        (6, 5, 4, 3), "gelu", batch_norm=True, dropout=(0.2, 0.3), dtype=np.float64
    )
    network.initialize("he", stream(0, Purpose.INITIAL_WEIGHTS))
    network.parameters[network.weight_count :] += 0.3  # biases and scales
    generator = np.random.default_rng(1)
    inputs, labels = generator.random((7, 6)), generator.integers(3, size=7)
    loss = CrossEntropy(0.1)

    def objective() -> float:
        for dropout in network.dropouts:
            dropout.generator = np.random.default_rng(5)
        return loss.forward(network.forward(inputs), labels)

    numerical = numerical_gradient(objective, network.parameters)
    objective()
    network.backward(loss.backward())
    assert relative_error(network.gradients, numerical) < 1e-6


def test_load_folded() -> None:
    """A plain network answers as the normalised one whose folded weights it has, to 1e-5."""
    sizes, generator = (20, 16, 12, 4), np.random.default_rng(0)
    learnt, plain = Network.mlp(sizes, "gelu", batch_norm=True), Network.mlp(sizes, "gelu")
    learnt.initialize("he", stream(0, Purpose.INITIAL_WEIGHTS))
    learnt.parameters += generator.normal(0, 0.1, learnt.parameters.shape).astype(np.float32)
    inputs = generator.random((3000, 20), dtype=np.float32)
    for _ in range(200):  # until the running statistics are all but those of this batch
        expected = learnt.forward(inputs)
    plain.load_folded(learnt.named_arrays)
    np.testing.assert_allclose(plain.forward(inputs), expected, rtol=0, atol=5e-3)
    x = inputs.astype(np.float64)
    for n in range(2):
        a = {name: learnt.named_arrays[f"layers.{n}.{name}"].astype(np.float64) for name in (
            "weight", "bias", "norm.scale", "norm.mean", "norm.variance")}  # fmt: skip
        x = (x @ a["weight"] - a["norm.mean"]) / np.sqrt(a["norm.variance"] + 1e-5)
        x = Gelu().forward(x * a["norm.scale"] + a["bias"]).copy()
    x = x @ learnt.named_arrays["layers.2.weight"] + learnt.named_arrays["layers.2.bias"]
    np.testing.assert_allclose(plain.forward(inputs), x, rtol=0, atol=1e-5)


def test_flat_vector_of_a_normalized_network() -> None:
    """Scales follow the biases, no weight decay reaches them, and statistics stand apart."""
    network = Network.mlp((4, 3, 2), "relu", batch_norm=True)
    assert ["layers.0.bias", "layers.1.bias", "layers.0.norm.scale"] == list(
        network.parameter_shapes
    )[2:]
    assert ["layers.0.norm.mean", "layers.0.norm.variance"] == list(network.statistic_shapes)
    assert 4 * 3 + 3 * 2 == network.weight_count
    network.initialize("he", stream(0, Purpose.INITIAL_WEIGHTS))
    np.testing.assert_array_equal([0, 0, 0, 1, 1, 1], network.statistics)
    np.testing.assert_array_equal([0, 0, 0, 0, 0, 1, 1, 1], network.parameters[18:])


def test_flat_vector() -> None:
    """Weights come first in the flat vector, then biases, and layers hold views of it."""
    network = Network.mlp((4, 3, 2), "relu")
    assert [
        "layers.0.weight",
        "layers.1.weight",
        "layers.0.bias",
        "layers.1.bias",
    ] == list(network.named_arrays)
    assert 4 * 3 + 3 * 2 == network.weight_count
    assert 4 * 3 + 3 * 2 + 3 + 2 == network.parameters.size
    network.parameters[:] = 7
    assert (network.linears[1].weight == 7).all()
    assert (network.named_arrays["layers.1.bias"] == 7).all()
    assert network.parameters.flags.c_contiguous
    assert np.float32 == network.parameters.dtype


@pytest.mark.parametrize(
    ("init", "expected"), [("xavier", np.sqrt(2 / 500)), ("he", np.sqrt(2 / 300)), ("normal", 1.0)]
)
def test_initial_weights(init: InitName, expected: float) -> None:
    """Each init has its standard deviation, and biases begin at zero."""
    network = Network.mlp((300, 200), "relu")
    network.initialize(init, stream(0, Purpose.INITIAL_WEIGHTS))
    weights, biases = np.split(network.parameters, [network.weight_count])
    assert expected == pytest.approx(weights.std(), rel=0.02)
    assert abs(weights.mean()) < 0.02 * expected
    assert not biases.any()


def test_smaller_batch() -> None:
    """A small batch after a large one gives what it would give alone."""
    network = Network.mlp((4, 3, 2), "tanh")
    network.initialize("xavier", stream(0, Purpose.INITIAL_WEIGHTS))
    inputs = np.random.default_rng(0).random((9, 4), dtype=np.float32)
    alone = network.forward(inputs[:2]).copy()
    network.forward(inputs)
    np.testing.assert_array_equal(alone, network.forward(inputs[:2]))


def test_step_by_hand() -> None:
    """One step of gradient descent on a 1–1–2 network, worked out by hand.

    x = 2 through w = 0.5 and ReLU gives 1; the second weights (1, −1) give logits (1, −1), so
    p = (σ(2), σ(−2)). With label 1, d_logits = (p₀, −p₀), dW₂ = (p₀, −p₀) and
    dw₁ = 2 · (1 · p₀ + (−1)(−p₀)) = 4 p₀.
    """
    network = Network.mlp((1, 1, 2), "relu", dtype=np.float64)
    network.parameters[:] = [0.5, 1.0, -1.0, 0.0, 0.0, 0.0]
    loss = CrossEntropy()
    p0 = 1 / (1 + np.exp(-2))
    value = loss.forward(network.forward(np.array([[2.0]])), np.array([1]))
    network.backward(loss.backward())
    assert -np.log(1 - p0) == pytest.approx(value)
    np.testing.assert_allclose(network.gradients, [4 * p0, p0, -p0, 2 * p0, p0, -p0])
