"""What a sweep tries: a base configuration, the keys that vary, and how points are chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from itertools import product
from typing import Literal, get_args

from mlpcli.config import Config
from mlpcli.config.document import Place
from mlpcli.sweep.points import Base, Setting, known_form

NOWHERE = Place(0, 0, "sweep")
"""Stands for the place of what was written nowhere."""

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
"""A JSON value, such as 0.1, "adam" or [784, 100, 10]."""

Sampler = Literal["grid", "random", "tpe"]
Pruner = Literal["none", "median", "hyperband"]
Metric = Literal["validation_accuracy", "validation_loss"]
SAMPLERS, PRUNERS, METRICS = map(get_args, (Sampler, Pruner, Metric))


def identity(value: Value) -> str:
    """Return a text that is the same for equal values of the same type only: 1 is not 1.0."""
    return json.dumps(value)


@dataclass(frozen=True)
class Choice:
    """A key that takes one of some values.

    Attributes:
        key: dotted, as in `--set`, or an item of a list such as model.layers[1].
        values: distinct, at least one.
        places: where each was written; empty if they were not.
    """

    key: str
    values: tuple[Value, ...]
    places: tuple[Place, ...] = field(default=(), compare=False, repr=False)

    def place(self, value: Value) -> Place:
        """Return where a value was written."""
        written = dict(zip(map(identity, self.values), self.places, strict=False))
        return written.get(identity(value), NOWHERE)


@dataclass(frozen=True)
class Range:
    """A key that takes a number from low to high, both included; whole ones if both are integers.

    Attributes:
        key: dotted, as in `--set`, or an item of a list such as model.layers[1].
        low: the smallest value.
        high: the largest value.
        log: whether values are spread evenly over the logarithm.
        step: only low, low + step and so on; None for any value.
        places: where low and high were written; empty if they were not.
    """

    key: str
    low: float
    high: float
    log: bool = False
    step: float | None = None
    places: tuple[Place, ...] = field(default=(), compare=False, repr=False)

    @property
    def whole(self) -> bool:
        """Whether the values are integers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def values(self) -> tuple[Value, ...] | None:
        """All values from low to high; None if there are values between any two."""
        if self.step is None and not self.whole:
            return None
        if self.whole and not isinstance(self.step, float):
            return tuple(range(int(self.low), int(self.high) + 1, self.step or 1))
        low, high, step = (Decimal(str(each)) for each in (self.low, self.high, self.step))
        count = int((high - low) / step) + 1
        return tuple(float(low + index * step) for index in range(count))

    def place(self, value: Value) -> Place:
        """Return where a value was written: high where high was, any other where low was."""
        return self.places[value == self.high] if self.places else NOWHERE


Dimension = Choice | Range

Point = Mapping[str, Value]
"""A value for each key that varies, except for the seed."""


@dataclass(frozen=True)
class Sweep:
    """What a sweep tries, and how.

    Attributes:
        base: the configuration of every trial, but for what varies; sizes may be left to the data.
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

    @cached_property
    def _base(self) -> Base:
        return Base(self.base)

    @cached_property
    def _dimensions(self) -> dict[str, Dimension]:
        return {dimension.key: dimension for dimension in self.space}

    def config_at(self, point: Point, seed: int) -> Config:
        """Return the configuration of a trial, with absolute paths, as `load_config` would.

        Args:
            point: a value for each key that varies, or for some of them.
            seed: of the trial.

        Raises:
            ConfigError: one line for each problem.
        """
        settings: list[Setting] = [(("seed",), seed, NOWHERE)]
        for name, value in point.items():
            dimension = self._dimensions.get(name)
            place = dimension.place(value) if dimension else NOWHERE
            settings.append((known_form(name), value, place))
        return self._base.config(settings)

    def grid(self) -> Iterator[Point]:
        """Yield every point; the last key varies fastest.

        Raises:
            ValueError: a key may take any value of a range.
        """
        values = []
        for dimension in self.space:
            if dimension.values is None:
                raise ValueError(f"{dimension.key}: has no step")
            values.append(dimension.values)
        keys = [dimension.key for dimension in self.space]
        for point in product(*values):
            yield dict(zip(keys, point, strict=True))
