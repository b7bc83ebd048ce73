"""Layers on their own, and as parts of a network: whose numbers are whose."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.nn import (
    AdamW,
    BatchNorm,
    CrossEntropy,
    Dropout,
    Layer,
    Linear,
    Network,
    Relu,
    Sgd,
    Sigmoid,
    Softmax,
    WeightAverage,
    clip_gradients,
)
from tests.support.gradients import numerical_gradient, relative_error

Floats = NDArray[np.float64]


@pytest.fixture
def x() -> Floats:
    """A batch of five with three features."""
    return np.random.default_rng(0).normal(size=(5, 3))


def some_layers(seed: int = 0) -> list[Layer]:
    """Return one of each kind, drawn from one generator."""
    generator = np.random.default_rng(seed)
    dropout = Dropout(0.5)
    dropout.generator = np.random.default_rng(seed)
    return [
        Linear(3, 4, bias=False, generator=generator),
        BatchNorm(4),
        Relu(),
        dropout,
        Linear(4, 2, generator=generator),
    ]


def test_linear_alone(x: Floats) -> None:
    """y = x W + b, dW = xᵀ dy, db = Σ dy and dx = dy Wᵀ, with arrays that the layer owns."""
    linear = Linear(3, 2, dtype=np.float64)
    linear.parameters()["bias"][:] = 1, -1
    weight, dy = linear.weight.copy(), np.random.default_rng(1).normal(size=(5, 2))
    np.testing.assert_allclose(linear.forward(x), x @ weight + [1, -1])
    np.testing.assert_allclose(linear.backward(dy), dy @ weight.T)
    gradients = linear.gradients()
    assert ["weight", "bias"] == list(linear.parameters()) == list(gradients)
    np.testing.assert_allclose(gradients["weight"], x.T @ dy)
    np.testing.assert_allclose(gradients["bias"], dy.sum(axis=0))
    for name, array in linear.parameters().items():
        assert array is getattr(linear, name)
        assert array.flags.owndata
        assert array.shape == gradients[name].shape
    assert ["weight"] == list(Linear(3, 2, bias=False).parameters())


def test_batch_norm_alone(x: Floats) -> None:
    """Each feature gets mean 0 and variance 1, then scale and bias; the statistics follow."""
    norm = BatchNorm(3, dtype=np.float64)
    y = norm.forward(x).copy()
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-3)
    np.testing.assert_allclose(norm.statistics()["mean"], 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(
        norm.statistics()["variance"], 0.9 + 0.1 * x.var(axis=0, ddof=1), rtol=1e-12
    )
    norm.parameters()["scale"][:], norm.parameters()["bias"][:] = 2, 5
    np.testing.assert_allclose(norm.forward(x), 2 * y + 5)
    assert {"scale", "bias"} == {*norm.parameters()} == {*norm.gradients()}
    assert (3,) == norm.backward(np.ones((5, 3)))[0].shape
    np.testing.assert_array_equal(norm.gradients()["bias"], [5, 5, 5])


def test_dropout_alone() -> None:
    """About a share of the features becomes 0, the others grow, and the gradient takes their way."""
    dropout, ones = Dropout(0.25), np.ones((100, 100))
    dropout.generator = np.random.default_rng(0)
    y = dropout.forward(ones).copy()
    np.testing.assert_allclose(np.unique(y), [0, 4 / 3])
    assert pytest.approx(0.25, abs=0.02) == (y == 0).mean()
    np.testing.assert_array_equal(dropout.backward(ones), y)
    assert {} == dropout.parameters() == dropout.gradients() == dropout.statistics()


def test_softmax_alone(x: Floats) -> None:
    """Rows sum to 1 and keep their order, however large; the derivative is that of differences."""
    softmax, dy = Softmax(), np.random.default_rng(1).normal(size=x.shape)
    y = softmax.forward(x).copy()
    np.testing.assert_allclose(y.sum(axis=1), 1)
    np.testing.assert_array_equal(np.argsort(y, axis=1), np.argsort(x, axis=1))
    dx = softmax.backward(dy).copy()
    numerical = numerical_gradient(lambda: float((softmax.forward(x) * dy).sum()), x)
    assert relative_error(dx, numerical) < 1e-8
    np.testing.assert_array_equal([[1, 0]], softmax.forward(np.array([[1e4, -1e4]])))


def test_walk_is_a_network(x: Floats) -> None:
    """A walk through layers by hand, there and back, is what `Network` does."""
    layers: list[Layer] = [
        Linear(3, 4, dtype=np.float64),
        Sigmoid(),
        Linear(4, 2, dtype=np.float64),
    ]
    labels, loss = np.array([0, 1, 1, 0, 1]), CrossEntropy()
    logits = x
    for layer in layers:
        logits = layer.forward(logits)
    value = loss.forward(logits, labels)
    dy = loss.backward()
    for layer in reversed(layers):
        dy = layer.backward(dy)
    by_hand = [gradient.copy() for layer in layers for gradient in layer.gradients().values()]
    network = Network(layers, dtype=np.float64)
    assert value == loss.forward(network.forward(x), labels)
    network.backward(loss.backward())
    by_network = [gradient for layer in layers for gradient in layer.gradients().values()]
    for one, other in zip(by_hand, by_network, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_network_takes_the_numbers_and_shares_the_memory() -> None:
    """The layers' arrays keep their values and become views of the network's vectors."""
    layers = some_layers()
    before = [{**layer.parameters(), **layer.statistics()} for layer in layers]
    network = Network(layers)
    for layer, old in zip(layers, before, strict=True):
        for name, array in {**layer.parameters(), **layer.statistics()}.items():
            np.testing.assert_array_equal(old[name], array)
            assert not np.shares_memory(old[name], array)
        for array in layer.parameters().values():
            assert np.shares_memory(network.parameters, array)
        for array in layer.gradients().values():
            assert np.shares_memory(network.gradients, array)
        for array in layer.statistics().values():
            assert np.shares_memory(network.statistics, array)
    assert 3 * 4 + 4 * 2 == network.weight_count
    assert network.weight_count + 4 + 2 + 4 == network.parameters.size
    network.parameters[:] = 3
    assert all((array == 3).all() for layer in layers for array in layer.parameters().values())
    layers[0].parameters()["weight"][:] = 7
    np.testing.assert_array_equal(network.parameters[:12], np.full(12, 7))


def test_same_seed_same_network(x: Floats) -> None:
    """Layers drawn from equal generators make equal networks, other seeds others."""
    inputs = x.astype(np.float32)
    one, other, another = (Network(some_layers(seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(one.parameters, other.parameters)
    np.testing.assert_array_equal(one.forward(inputs), other.forward(inputs))
    assert (one.parameters != another.parameters).any()
    one.initialize("he", np.random.default_rng(9))
    other.initialize("he", np.random.default_rng(9))
    np.testing.assert_array_equal(one.parameters, other.parameters)


@pytest.mark.parametrize(
    ("layers", "name"),
    [
        ([Linear(3, 4), BatchNorm(4), Linear(4, 2)], r"layers\.0\.bias"),
        ([Linear(3, 4, bias=False), BatchNorm(4), BatchNorm(4)], r"layers\.0\.norm\.scale"),
    ],
)
def test_two_arrays_of_one_name(layers: list[Layer], name: str) -> None:
    """A bias before a normalisation, or two of those, are refused: a file could not tell them."""
    with pytest.raises(ValueError, match=rf"^BatchNorm: another layer has the array {name}$"):
        Network(layers)


def test_step_by_hand(x: Floats) -> None:
    """Two steps of plain descent by hand, w ← w − η dw, are those of a network with `Sgd`."""
    labels, loss = np.array([0, 1, 1, 0, 1]), CrossEntropy()
    by_hand = Linear(3, 2, dtype=np.float64)
    network = Network([Linear(3, 2, dtype=np.float64)], dtype=np.float64)
    optimizer = Sgd(network.parameters, network.weight_count, momentum=0)
    for _ in range(2):
        loss.forward(by_hand.forward(x), labels)
        by_hand.backward(loss.backward())
        parameters, gradients = by_hand.parameters(), by_hand.gradients()
        for name in parameters:
            parameters[name] -= 0.5 * gradients[name]
        loss.forward(network.forward(x), labels)
        network.backward(loss.backward())
        optimizer.step(network.gradients, learning_rate=0.5)
    for name, parameter in by_hand.parameters().items():
        np.testing.assert_allclose(
            network.named_arrays[f"layers.0.{name}"], parameter, rtol=1e-14, atol=1e-15
        )


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_precision(x: Floats, kind: type[np.floating]) -> None:
    """What is made in one precision stays in it, from the inputs to the parameters' step."""
    layers: list[Layer] = [
        Linear(3, 4, bias=False, dtype=kind), BatchNorm(4, dtype=kind), Sigmoid(), Linear(4, 2, dtype=kind),
    ]  # fmt: skip
    network, loss = Network(layers, dtype=kind), CrossEntropy(label_smoothing=0.1)
    average = WeightAverage(0.9, network.parameters)
    logits = network.forward(x.astype(kind))
    loss.forward(logits, np.array([0, 1, 1, 0, 1]))
    d_logits = loss.backward()
    network.backward(d_logits)
    clip_gradients(network.gradients, 0.1)
    assert pytest.approx(0.1) == np.linalg.norm(network.gradients)
    AdamW(network.parameters, network.weight_count).step(network.gradients, learning_rate=0.1)
    average.update()
    arrays = [logits, d_logits, network.gradients, network.parameters, *average.averages]
    assert {np.dtype(kind)} == {array.dtype for array in arrays}
    np.testing.assert_array_equal(average.averages[0], network.parameters)


def test_float64_comes_to_rest(x: Floats) -> None:
    """In float64 descent with decay comes to where loss and decay hold each other, to 1e-14."""
    network = Network([Linear(3, 2, dtype=np.float64)], dtype=np.float64)
    optimizer = Sgd(network.parameters, network.weight_count, momentum=0.9, weight_decay=0.1)
    loss, labels = CrossEntropy(), np.array([0, 1, 1, 0, 1])
    for _ in range(500):
        loss.forward(network.forward(x), labels)
        network.backward(loss.backward())
        optimizer.step(network.gradients, learning_rate=0.5)
    loss.forward(network.forward(x), labels)
    network.backward(loss.backward())
    weights = network.weight_count
    pull = 0.1 * network.parameters[:weights]
    np.testing.assert_allclose(network.gradients[:weights], -pull, rtol=0, atol=1e-14)
    np.testing.assert_allclose(network.gradients[weights:], 0, rtol=0, atol=1e-14)
