"""Softmax: values, derivatives and stability."""

import numpy as np
import pytest

from mlpcli.nn.layers import (
    Softmax,
)
from mlpcli.utils.arrays import Array
from tests.support.layers import away_from_kinks, input_gradient_error


@pytest.mark.parametrize("shape", [(1, 2), (1, 7), (5, 3), (8, 16)])
def test_softmax_derivative(shape: tuple[int, int]) -> None:
    """Softmax passes a central-difference check with two classes or more."""
    assert input_gradient_error(Softmax(), away_from_kinks(shape)) < 1e-6


@pytest.mark.parametrize("shape", [(1, 2), (3, 5)])
def test_softmax_jacobian(shape: tuple[int, int]) -> None:
    """Softmax's backward is the product with the explicit Jacobian, −sᵢsⱼ off the diagonal."""
    softmax = Softmax()
    x, dy = away_from_kinks(shape), np.random.default_rng(3).standard_normal(shape)
    s = softmax.forward(x)
    jacobians = [np.diag(row) - np.outer(row, row) for row in s]
    expected: Array = np.stack([d @ jacobian for d, jacobian in zip(dy, jacobians, strict=True)])
    np.testing.assert_allclose(softmax.backward(dy), expected, rtol=1e-12, atol=1e-15)


def test_softmax_of_large_logits() -> None:
    """Softmax rows sum to one, even at logits of ±10,000."""
    y = Softmax().forward(np.array([[1e4, -1e4, 0.0], [3.0, 3.0, 3.0]], dtype=np.float32))
    np.testing.assert_allclose(y, [[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], rtol=1e-6)
