"""How the learning rate changes during a run."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

if TYPE_CHECKING:
    from mlpcli.config.schema import ScheduleConfig

Schedule = Callable[[int], float]
"""Maps a step, counted from 0 over the whole run, to its learning rate."""


def make_schedule(
    config: ScheduleConfig, peak: float, *, epochs: int, steps_per_epoch: int
) -> Schedule:
    """Build the configured schedule.

    Args:
        config: which schedule, and its shape.
        peak: the optimizer's learning rate, which no step exceeds.
        epochs: the length of the run.
        steps_per_epoch: batches in one epoch.
    """
    total = epochs * steps_per_epoch
    match config.name:
        case "constant":
            return lambda _: peak
        case "step":
            every, factor = config.every * steps_per_epoch, config.factor
            return lambda step: peak * factor ** (step // every)
        case "cosine":
            return lambda step: peak * _cosine(step / total)
        case "one-cycle":
            warmup = config.warmup * total
            return lambda step: peak * _one_cycle(step, warmup, total)
        case _:
            assert_never(config)


def _cosine(progress: float) -> float:
    """Fall from 1 to 0 along half a cosine (Loshchilov and Hutter, arXiv:1608.03983)."""
    return (1 + math.cos(math.pi * progress)) / 2


def _one_cycle(step: int, warmup: float, total: int) -> float:
    """Rise from 1/25 to 1 over the warm-up, then fall to 0.

    After Smith and Topin (arXiv:1708.07120), with cosines instead of straight lines.
    """
    if step < warmup:
        return 1 / 25 + (1 - 1 / 25) * (1 - _cosine(step / warmup))
    return _cosine((step - warmup) / (total - warmup))
