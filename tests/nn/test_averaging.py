"""The average of the weights."""

import numpy as np
import pytest

from mlpcli.nn.averaging import WeightAverage


@pytest.mark.parametrize("decay", [0.0, 0.9, 0.999])
def test_weight_average(decay: float) -> None:
    """A vector i steps old counts decay to the power of i, whatever the average began with."""
    vector, statistics = np.zeros(3), np.zeros(2)
    average = WeightAverage(decay, vector, statistics)
    seen = np.random.default_rng(0).standard_normal((20, 3))
    for values in seen:
        vector[:], statistics[:] = values, values[:2]
        average.update()
    share = decay ** np.arange(19, -1, -1)
    expected = share @ seen / share.sum()
    np.testing.assert_allclose(average.averages[0], expected, rtol=1e-9)
    np.testing.assert_allclose(average.averages[1], expected[:2], rtol=1e-9)
