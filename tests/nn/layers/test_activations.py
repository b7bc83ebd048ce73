"""Activations: values, derivatives and stability."""

import numpy as np
import pytest

from mlpcli.nn.layers import Gelu, Layer, LeakyRelu, Relu, Sigmoid, Tanh
from tests.support.layers import ELEMENTWISE, SHAPES, away_from_kinks, input_gradient_error


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("layer_type", ELEMENTWISE)
def test_derivative(layer_type: type[Layer], shape: tuple[int, int]) -> None:
    """Every activation passes a central-difference check."""
    assert input_gradient_error(layer_type(), away_from_kinks(shape)) < 1e-6


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
