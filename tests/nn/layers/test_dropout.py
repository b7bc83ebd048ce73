"""Dropout: masks and derivatives."""

import numpy as np
import pytest

from mlpcli.nn.layers import (
    Dropout,
)
from mlpcli.utils.arrays import Array
from tests.support.layers import SHAPES, away_from_kinks, input_gradient_error


@pytest.mark.parametrize("shape", SHAPES)
def test_dropout_derivative(shape: tuple[int, int]) -> None:
    """Dropout passes a central-difference check while its mask stays the same."""

    class Same(Dropout):
        def forward(self, x: Array) -> Array:
            self.generator = np.random.default_rng(0)
            return super().forward(x)

    assert input_gradient_error(Same(0.4), away_from_kinks(shape)) < 1e-6


def test_dropout_keeps_the_mean() -> None:
    """The rate is the share of zeros, the rest are scaled to keep the mean, and masks change."""
    layer = Dropout(0.3)
    layer.generator = np.random.default_rng(0)
    first, second = (layer.forward(np.ones((400, 500), np.float32)).copy() for _ in range(2))
    assert 0.3 == pytest.approx((first == 0).mean(), abs=0.01)
    assert 1 == pytest.approx(first.mean(), abs=0.01)
    assert 0.42 == pytest.approx((first != second).mean(), abs=0.01)
    assert {0.0, np.float32(1 / 0.7)} == set(np.unique(first))
