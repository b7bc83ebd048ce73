"""Linear layers: derivatives."""

import numpy as np
import pytest

from mlpcli.nn.layers import (
    Linear,
)
from tests.support.gradients import numerical_gradient, relative_error
from tests.support.layers import away_from_kinks, input_gradient_error


def make_linear(inputs: int, outputs: int, seed: int = 0) -> Linear:
    """A float64 layer with random parameters."""
    generator = np.random.default_rng(seed)
    layer = Linear(inputs, outputs, init="normal", generator=generator, dtype=np.float64)
    assert layer.bias is not None
    layer.bias[:] = generator.standard_normal(outputs)
    return layer


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
