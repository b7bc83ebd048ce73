"""What a sweep tries: a base configuration, the keys that vary, and how points are chosen."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Literal, get_args

from mlpcli.config import Config
from mlpcli.config.document import Place, Problem
from mlpcli.sweep.points import Base, Setting, known_form

NOWHERE = Place(0, 0, "sweep")
"""Stands for the place of what was written nowhere."""

Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]
"""A JSON value, such as 0.1, "adam" or [784, 100, 10]."""

Sampler = Literal["grid", "random", "tpe"]
Pruner = Literal["none", "median", "hyperband"]
Metric = Literal["validation_accuracy", "validation_loss"]
Members = int | Literal["all"]
"""Which finished trials are a committee: so many of the best, or all."""

ALL: Literal["all"] = "all"
SAMPLERS, PRUNERS, METRICS = map(get_args, (Sampler, Pruner, Metric))


def identity(value: Value) -> str:
    """Return a text that is the same for the same values: for 1 and 1.0, but not for 1 and true."""
    return json.dumps(_simple(value), sort_keys=True)


def _simple(value: Value) -> Value:
    """Return an integer for a number that is whole, also within lists and mappings."""
    match value:
        case dict():
            return {key: _simple(item) for key, item in value.items()}
        case list() | tuple():
            return [_simple(item) for item in value]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value


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

    @property
    def count(self) -> int:
        """How many values there are."""
        return len(self.values)

    @property
    def ends(self) -> tuple[Value, ...]:
        """All values, because each may be refused for another reason."""
        return self.values

    def place(self, value: Value) -> Place:
        """Return where a value was written."""
        return self._written.get(identity(value), NOWHERE)

    @cached_property
    def _written(self) -> dict[str, Place]:
        return dict(zip(map(identity, self.values), self.places, strict=False))


@dataclass(frozen=True)
class Range:
    """A key that takes a number from low to high, both included.

    Attributes:
        key: dotted, as in `--set`, or an item of a list such as model.layers[1].
        low: the smallest value.
        high: the largest value.
        log: whether values are spread evenly over the logarithm; not with a step.
        step: only low, low + step and so on up to high, an integer if low and high are; None for
            any value.
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
        given = (each for each in (self.low, self.high, self.step) if each is not None)
        return all(isinstance(each, int) for each in given)

    @property
    def count(self) -> int | None:
        """How many values there are; None if there are values between any two."""
        if self.step is None and not self.whole:
            return None
        low, high, step = (Fraction(str(each)) for each in (self.low, self.high, self.step or 1))
        return int((high - low) / step) + 1

    @property
    def values(self) -> tuple[Value, ...] | None:
        """All values from low to high; None if there are values between any two."""
        if self.count is None:
            return None
        number = int if self.whole else float
        low, step = Fraction(str(self.low)), Fraction(str(self.step or 1))
        return tuple(number(low + index * step) for index in range(self.count))

    @property
    def ends(self) -> tuple[Value, ...]:
        """The lowest and the highest value."""
        return self.low, self.high

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
        committee: which trials are a committee at the end; None for no committee.
    """

    base: Config
    space: tuple[Dimension, ...]
    seeds: tuple[int, ...]
    sampler: Sampler = "grid"
    pruner: Pruner = "none"
    trials: int | None = None
    timeout: float | None = None
    metric: Metric = "validation_accuracy"
    committee: Members | None = None

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
        return self._base.config([*self._settings(point), (("seed",), seed, NOWHERE)])

    def problems_at(self, point: Point) -> list[Problem]:
        """Return what is wrong with the configurations of a point, whatever the seed."""
        return self._base.problems(self._settings(point))

    def _settings(self, point: Point) -> Iterator[Setting]:
        for name, value in point.items():
            dimension = self._dimensions.get(name)
            yield known_form(name), value, dimension.place(value) if dimension else NOWHERE

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
