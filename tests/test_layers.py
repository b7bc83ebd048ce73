"""Layers: values, derivatives, stability and kept work arrays."""

import numpy as np
import pytest
from gradients import numerical_gradient, relative_error

from mlpcli.arrays import Array, WorkArray
from mlpcli.layers import (
    Gelu,
    Layer,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
)

ELEMENTWISE: list[type[Layer]] = [Sigmoid, Tanh, Relu, LeakyRelu, Gelu]
SHAPES = [(1, 1), (1, 7), (5, 3), (8, 16)]


def away_from_kinks(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Random numbers whose distance from zero is at least 0.01."""
    x = np.random.default_rng(seed).standard_normal(shape)
    return x + np.copysign(0.01, x)


def make_linear(inputs: int, outputs: int, seed: int = 0) -> Linear:
    """A float64 layer with random parameters."""
    generator = np.random.default_rng(seed)
    weight, bias = generator.standard_normal((inputs, outputs)), generator.standard_normal(outputs)
    return Linear(weight, bias, np.empty_like(weight), np.empty_like(bias))


def input_gradient_error(layer: Layer, x: Array) -> float:
    """Compare a layer's backward pass with central differences of Σ y · dy."""
    dy = np.random.default_rng(1).standard_normal(layer.forward(x).shape)
    numerical = numerical_gradient(lambda: float(np.sum(layer.forward(x) * dy)), x)
    layer.forward(x)
    return relative_error(layer.backward(dy), numerical)


@pytest.mark.parametrize("shape", [(1, 2), (1, 7), (5, 3), (8, 16)])
def test_softmax_derivative(shape: tuple[int, int]) -> None:
    """Softmax passes a central-difference check; of one class there is nothing to check."""
    assert input_gradient_error(Softmax(), away_from_kinks(shape)) < 1e-6


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layer_type", ELEMENTWISE)
def test_derivative(layer_type: type[Layer], shape: tuple[int, int]) -> None:
    """Every activation passes a central-difference check."""
    assert input_gradient_error(layer_type(), away_from_kinks(shape)) < 1e-6


@pytest.mark.parametrize("batch", [1, 4])
@pytest.mark.parametrize("shape", [(1, 1), (6, 3), (3, 8)])
def test_linear_derivatives(shape: tuple[int, int], batch: int) -> None:
    """Linear passes a central-difference check for its input, weight and bias."""
    layer = make_linear(*shape)
    x = away_from_kinks((batch, shape[0]))
    assert input_gradient_error(layer, x) < 1e-6
    dy = np.random.default_rng(2).standard_normal((batch, shape[1]))

    def objective() -> float:
        return float(np.sum(layer.forward(x) * dy))

    for parameter, gradient in ((layer.weight, layer.d_weight), (layer.bias, layer.d_bias)):
        numerical = numerical_gradient(objective, parameter)
        layer.forward(x)
        layer.backward(dy)
        assert relative_error(gradient, numerical) < 1e-6


@pytest.mark.parametrize("shape", [(1, 2), (3, 5)])
def test_softmax_jacobian(shape: tuple[int, int]) -> None:
    """Softmax's backward is the product with the explicit Jacobian, −sᵢsⱼ off the diagonal."""
    softmax = Softmax()
    x, dy = away_from_kinks(shape), np.random.default_rng(3).standard_normal(shape)
    s = softmax.forward(x)
    jacobians = [np.diag(row) - np.outer(row, row) for row in s]
    expected: Array = np.stack([d @ jacobian for d, jacobian in zip(dy, jacobians, strict=True)])
    np.testing.assert_allclose(softmax.backward(dy), expected, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        (Sigmoid(), [0.0, 0.5, 1.0]),
        (Tanh(), [-1.0, 0.0, 1.0]),
        (Relu(), [0.0, 0.0, 1000.0]),
        (LeakyRelu(), [-10.0, 0.0, 1000.0]),
        (Gelu(), [0.0, 0.0, 1000.0]),
    ],
)
def test_extremes(layer: Layer, expected: list[float]) -> None:
    """Activations neither overflow nor lose their limits at ±1000."""
    y = layer.forward(np.array([[-1000.0, 0.0, 1000.0]], dtype=np.float32))
    np.testing.assert_allclose(y[0], expected)
    assert np.isfinite(layer.backward(np.ones_like(y))).all()


def test_values() -> None:
    """Activations have their textbook values at 1."""
    x = np.array([[1.0]])
    assert 1 / (1 + np.exp(-1)) == pytest.approx(Sigmoid().forward(x).item())
    assert np.tanh(1) == pytest.approx(Tanh().forward(x).item())
    assert pytest.approx(0.8413447, abs=5e-4) == Gelu().forward(x).item()  # Φ(1)


def test_softmax_of_large_logits() -> None:
    """Softmax rows sum to one, even at logits of ±10,000."""
    y = Softmax().forward(np.array([[1e4, -1e4, 0.0], [3.0, 3.0, 3.0]], dtype=np.float32))
    np.testing.assert_allclose(y, [[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)


def test_work_array_is_kept() -> None:
    """A smaller batch is a view of the leading rows; only a larger one allocates."""
    work = WorkArray()
    float32 = np.dtype(np.float32)
    large = work.get((8, 3), float32)
    assert np.shares_memory(large, work.get((5, 3), float32))
    assert np.shares_memory(large, work.get((8, 3), float32))
    assert not np.shares_memory(large, work.get((9, 3), float32))


def test_types_are_kept() -> None:
    """float32 in is float32 out, forward and backward."""
    x = away_from_kinks((4, 5)).astype(np.float32)
    layers: list[Layer] = [*(layer_type() for layer_type in ELEMENTWISE), Softmax()]
    for layer in layers:
        assert np.float32 == layer.forward(x).dtype
        assert np.float32 == layer.backward(x).dtype
