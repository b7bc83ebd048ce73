"""What a sweep tries: a base configuration, the keys that vary, and how points are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from mlpcli.config import Config

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
"""A JSON value, such as 0.1, "adam" or [784, 100, 10]."""

Sampler = Literal["grid", "random", "tpe"]
Pruner = Literal["none", "median", "hyperband"]
Metric = Literal["validation_accuracy", "validation_loss"]
SAMPLERS, PRUNERS, METRICS = map(get_args, (Sampler, Pruner, Metric))


@dataclass(frozen=True)
class Choice:
    """A key that takes one of some values.

    Attributes:
        key: dotted, as in `--set`.
        values: distinct, at least one.
    """

    key: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Range:
    """A key that takes a number from low to high, both included; whole ones if both are integers.

    Attributes:
        key: dotted, as in `--set`.
        low: the smallest value.
        high: the largest value.
        log: whether values are spread evenly over the logarithm.
        step: only low, low + step and so on; None for any value.
    """

    key: str
    low: float
    high: float
    log: bool = False
    step: float | None = None

    @property
    def whole(self) -> bool:
        """Whether the values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)


Dimension = Choice | Range

Point = Mapping[str, Value]
"""A value for each key that varies, except for the seed."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep tries, and how.

    Attributes:
        base: the configuration of every trial, but for what varies.
        space: the keys that vary, not the seed.
        seeds: each point is tried with each of them.
        sampler: how points are chosen: all of the grid, at random, or by Optuna's TPE.
        pruner: how bad trials are ended early.
        trials: how many points; None for all of the grid.
        timeout: seconds after which no trial begins; None for no limit.
        metric: by which points are chosen, of the validation images.
    """

    base: Config
    space: tuple[Dimension, ...]
    seeds: tuple[int, ...]
    sampler: Sampler = "grid"
    pruner: Pruner = "none"
    trials: int | None = None
    timeout: float | None = None
    metric: Metric = "validation_accuracy"

    @property
    def maximize(self) -> bool:
        """Whether a higher metric is better."""
        return self.metric == "validation_accuracy"
