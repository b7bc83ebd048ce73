"""Learning-rate schedules."""

import numpy as np
import pytest

from mlpcli.config.schema import (
    ConstantSchedule,
    CosineSchedule,
    OneCycleSchedule,
    ScheduleConfig,
    StepSchedule,
)
from mlpcli.nn.schedules import make_schedule


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (ConstantSchedule(), [1, 1, 1, 1, 1, 1, 1, 1]),
        (StepSchedule(name="step", every=2, factor=0.5), [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5]),
        (CosineSchedule(name="cosine"), [(1 + np.cos(np.pi * n / 8)) / 2 for n in range(8)]),
    ],
)
def test_schedules(config: ScheduleConfig, expected: list[float]) -> None:
    """Each schedule gives its learning rate for every step of 4 epochs of 2 steps."""
    schedule = make_schedule(config, 1.0, epochs=4, steps_per_epoch=2)
    np.testing.assert_allclose([schedule(step) for step in range(8)], expected)


@pytest.mark.parametrize("warmup", [0.0, 0.25, 0.999])
def test_one_cycle(warmup: float) -> None:
    """One-cycle rises from 1/25 to the peak in its warm-up, then falls towards zero."""
    config = OneCycleSchedule(name="one-cycle", warmup=warmup)
    schedule = make_schedule(config, 2.0, epochs=10, steps_per_epoch=100)
    rates = np.array([schedule(step) for step in range(1000)])
    peak = round(1000 * warmup)
    assert pytest.approx(2.0) == rates.max()
    assert peak == rates.argmax()
    assert pytest.approx(2.0 if warmup == 0 else 2 / 25) == rates[0]
    assert (np.diff(rates[: peak + 1]) > 0).all()
    assert (np.diff(rates[peak:]) < 0).all()
