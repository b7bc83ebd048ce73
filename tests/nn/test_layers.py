"""Layers: values, derivatives, stability and kept work arrays."""

import numpy as np
import pytest

from mlpcli.nn.layers import (
    BatchNorm,
    Dropout,
    Gelu,
    Layer,
    LeakyRelu,
    Linear,
    Relu,
    Sigmoid,
    Softmax,
    Tanh,
    fold,
)
from mlpcli.utils.arrays import Array, WorkArray
from tests.support.gradients import numerical_gradient, relative_error

ELEMENTWISE: list[type[Layer]] = [Sigmoid, Tanh, Relu, LeakyRelu, Gelu]
SHAPES = [(1, 1), (1, 7), (5, 3), (8, 16)]


def away_from_kinks(shape: tuple[int, ...], seed: int = 0) -> Array:
    """Random numbers whose distance from zero is at least 0.01."""
    x = np.random.default_rng(seed).standard_normal(shape)
    return x + np.copysign(0.01, x)


def make_linear(inputs: int, outputs: int, seed: int = 0) -> Linear:
    """A float64 layer with random parameters."""
    generator = np.random.default_rng(seed)
    layer = Linear(inputs, outputs, init="normal", generator=generator, dtype=np.float64)
    assert layer.bias is not None
    layer.bias[:] = generator.standard_normal(outputs)
    return layer


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
        assert parameter is not None
        assert gradient is not None
        numerical = numerical_gradient(objective, parameter)
        layer.forward(x)
        layer.backward(dy)
        assert relative_error(gradient, numerical) < 1e-6


def make_batch_norm(features: int, dtype: type = np.float64, seed: int = 0) -> BatchNorm:
    """A layer with random scale and bias that has seen nothing yet."""
    generator = np.random.default_rng(seed)
    layer = BatchNorm(features, dtype=dtype)
    layer.scale[:], layer.bias[:] = generator.standard_normal((2, features))
    return layer


@pytest.mark.parametrize("shape", [(2, 1), (5, 3), (8, 16)])
def test_batch_norm_derivatives(shape: tuple[int, int]) -> None:
    """BatchNorm passes a central-difference check for its input, scale and bias."""
    layer, x = make_batch_norm(shape[1]), 3 * away_from_kinks(shape) + 2
    assert input_gradient_error(layer, x) < 1e-6
    dy = np.random.default_rng(2).standard_normal(shape)
    for parameter, gradient in ((layer.scale, layer.d_scale), (layer.bias, layer.d_bias)):
        numerical = numerical_gradient(lambda: float(np.sum(layer.forward(x) * dy)), parameter)
        layer.forward(x)
        layer.backward(dy)
        assert relative_error(gradient, numerical) < 1e-6


def test_batch_norm_normalizes() -> None:
    """What leaves with scale 1 and bias 0 has mean 0 and variance 1, feature by feature."""
    layer = make_batch_norm(4)
    layer.scale[:], layer.bias[:] = 1, 0
    y = layer.forward(np.random.default_rng(0).normal(5, 3, (50, 4)))
    np.testing.assert_allclose(y.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(y.var(axis=0), 1, rtol=1e-5)


def test_batch_norm_of_one_image() -> None:
    """A batch of one has no variance and gives the bias, forward and backward without a warning."""
    layer = make_batch_norm(3)
    np.testing.assert_array_equal([layer.bias], layer.forward(np.array([[1e4, -1e4, 0.0]])))
    np.testing.assert_array_equal(np.zeros((1, 3)), layer.backward(np.ones((1, 3))))
    assert np.isfinite(layer.variance).all()


def test_the_variance_is_unbiased() -> None:
    """What is kept is the variance that the batch lets expect of all images, by count − 1."""
    layer, x = make_batch_norm(2), np.random.default_rng(0).normal(3, 2, (3, 2))
    layer.forward(x)
    np.testing.assert_allclose(layer.mean, 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(layer.variance, 0.9 + 0.1 * x.var(axis=0, ddof=1))


def test_a_small_batch_counts_less() -> None:
    """A last batch of one image in a hundred moves the running statistics by a thousandth."""
    layer = make_batch_norm(1)
    layer.forward(np.random.default_rng(0).normal(3, 2, (100, 1)))
    mean, variance = layer.mean.copy(), layer.variance.copy()
    layer.forward(np.array([[1003.0]]))
    np.testing.assert_allclose(layer.mean, 0.999 * mean + 0.001 * 1003)
    np.testing.assert_allclose(layer.variance, 0.999 * variance)


def test_running_statistics() -> None:
    """The running mean and variance come to those of all that was seen."""
    layer, generator = make_batch_norm(2), np.random.default_rng(0)
    for _ in range(400):
        layer.forward(generator.normal([3, -1], [2, 0.5], (200, 2)))
    np.testing.assert_allclose(layer.mean, [3, -1], atol=0.15)
    np.testing.assert_allclose(layer.variance, [4, 0.25], rtol=0.1)


def test_fold() -> None:
    """A folded linear layer gives what it and its normalisation give, by the frozen statistics."""
    generator = np.random.default_rng(0)
    weight, x = generator.standard_normal((6, 3)), generator.standard_normal((5, 6))
    scale, bias, mean = generator.standard_normal((3, 3))
    variance = generator.uniform(0.1, 9, 3)
    expected = scale * (x @ weight - mean) / np.sqrt(variance + 1e-5) + bias
    folded_weight, folded_bias = fold(weight, bias, scale=scale, mean=mean, variance=variance)
    np.testing.assert_allclose(x @ folded_weight + folded_bias, expected, rtol=1e-12)


@pytest.mark.parametrize("shape", SHAPES)
def test_dropout_derivative(shape: tuple[int, int]) -> None:
    """Dropout passes a central-difference check while its mask stays the same."""

    class Same(Dropout):
        def forward(self, x: Array) -> Array:
            self.generator = np.random.default_rng(0)
            return super().forward(x)

    assert input_gradient_error(Same(0.4), away_from_kinks(shape)) < 1e-6


def test_dropout_keeps_the_mean() -> None:
    """The rate is the share of zeros, the others grow so that the mean stays, and masks change."""
    layer = Dropout(0.3)
    layer.generator = np.random.default_rng(0)
    first, second = (layer.forward(np.ones((400, 500), np.float32)).copy() for _ in range(2))
    assert 0.3 == pytest.approx((first == 0).mean(), abs=0.01)
    assert 1 == pytest.approx(first.mean(), abs=0.01)
    assert 0.42 == pytest.approx((first != second).mean(), abs=0.01)
    assert {0.0, np.float32(1 / 0.7)} == set(np.unique(first))


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
    dropout = Dropout(0.5)
    dropout.generator = np.random.default_rng(0)
    activations = [layer_type() for layer_type in ELEMENTWISE]
    layers: list[Layer] = [*activations, Softmax(), make_batch_norm(5, np.float32), dropout]
    for layer in layers:
        assert np.float32 == layer.forward(x).dtype
        assert np.float32 == layer.backward(x).dtype
