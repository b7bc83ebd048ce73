"""What holds for every layer."""

import numpy as np

from mlpcli.nn.layers import (
    Dropout,
    Layer,
    Softmax,
)
from tests.support.layers import ELEMENTWISE, away_from_kinks, make_batch_norm


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
