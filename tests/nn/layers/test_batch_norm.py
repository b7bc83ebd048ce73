"""Batch normalization: values, derivatives, running statistics and folding."""

import numpy as np
import pytest

from mlpcli.nn.layers import (
    fold,
)
from tests.support.gradients import numerical_gradient, relative_error
from tests.support.layers import away_from_kinks, input_gradient_error, make_batch_norm


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
    """With scale 1 and bias 0 each output feature has mean 0 and variance 1."""
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
    """The running variance is the unbiased one, divided by count − 1."""
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
    """The running mean and variance converge to those of all inputs."""
    layer, generator = make_batch_norm(2), np.random.default_rng(0)
    for _ in range(400):
        layer.forward(generator.normal([3, -1], [2, 0.5], (200, 2)))
    np.testing.assert_allclose(layer.mean, [3, -1], atol=0.15)
    np.testing.assert_allclose(layer.variance, [4, 0.25], rtol=0.1)


def test_fold() -> None:
    """A folded linear layer gives what it and its batch norm give with the running statistics."""
    generator = np.random.default_rng(0)
    weight, x = generator.standard_normal((6, 3)), generator.standard_normal((5, 6))
    scale, bias, mean = generator.standard_normal((3, 3))
    variance = generator.uniform(0.1, 9, 3)
    expected = scale * (x @ weight - mean) / np.sqrt(variance + 1e-5) + bias
    folded_weight, folded_bias = fold(weight, bias, scale=scale, mean=mean, variance=variance)
    np.testing.assert_allclose(x @ folded_weight + folded_bias, expected, rtol=1e-12)
