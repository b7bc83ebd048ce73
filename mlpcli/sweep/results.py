"""What came of a sweep: its trials by recipe, read from the small files of their runs.

A recipe is what the trials of a point have in common: the values of the keys that vary. Its trials
differ in the seed alone.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean, stdev
from typing import Any, Literal

from mlpcli.errors import MlpError
from mlpcli.runs.summary import State, Summary, summarize
from mlpcli.sweep.definition import Choice, Dimension, Metric, Point, Sweep, Value
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.reading import read_saved
from mlpcli.utils.escaping import first_line

Measure = Metric | Literal["test_accuracy"]
LONGEST = 200  # characters of a reason
_NUMBER = re.compile(r"\d[\d.,]*(e[+-]?\d+)?(?<![.,])")
_ITEM = re.compile(r"(.*)\[(\d+)\]")  # model.layers[1]


@dataclass(frozen=True)
class Trial:
    """A trial that has begun.

    Attributes:
        number: counted from 0.
        summary: of its run.
    """

    number: int
    summary: Summary

    @property
    def state(self) -> State:
        """How it ended, or whether it is running."""
        return self.summary.state

    @property
    def done(self) -> bool:
        """Whether it has been trained to its end."""
        return self.state == "done"

    def value(self, measure: Measure) -> float | None:
        """Return what its best weights have come to so far; None if there are no such images."""
        number: float | None = getattr(self.summary.result, measure)
        return number


@dataclass(frozen=True)
class Spread:
    """Mean and standard deviation (n − 1) of a number over seeds.

    Attributes:
        mean: of those that are known.
        deviation: None for fewer than two.
        count: how many are known.
    """

    mean: float
    deviation: float | None
    count: int

    @classmethod
    def of(cls, numbers: Sequence[float]) -> Spread | None:
        """Return the spread of numbers; None if there are none."""
        if not numbers:
            return None
        return cls(fmean(numbers), stdev(numbers) if len(numbers) > 1 else None, len(numbers))


@dataclass(frozen=True)
class Recipe:
    """Trials that differ in the seed alone.

    Attributes:
        values: of the keys that vary, as the sweep wrote them where that can be told.
        trials: by number, one for each seed that has begun.
        seeds: those of the sweep.
    """

    values: Point
    trials: tuple[Trial, ...]
    seeds: tuple[int, ...]

    @property
    def finished(self) -> list[Trial]:
        """The trials that have been trained to their end."""
        return [trial for trial in self.trials if trial.done]

    @property
    def states(self) -> Counter[str]:
        """How many trials are in each state; `missing` are those that have not begun."""
        begun = {trial.summary.seed for trial in self.trials}
        counts = Counter[str](trial.state for trial in self.trials)
        counts["missing"] = len(set(self.seeds) - begun)
        return +counts

    def spread(self, measure: Measure) -> Spread | None:
        """Return mean and deviation over the finished seeds; None if none has finished."""
        return Spread.of(list(self.by_seed(measure).values()))

    def by_seed(self, measure: Measure) -> dict[int, float]:
        """Return a number of each finished seed."""
        numbers = {trial.summary.seed: trial.value(measure) for trial in self.finished}
        return {seed: number for seed, number in sorted(numbers.items()) if number is not None}


@dataclass(frozen=True)
class Results:
    """What came of a sweep so far.

    Attributes:
        directory: of the sweep.
        sweep: what is tried.
        trials: those that have begun and can be read, by number.
        unreadable: a line for each other one.
    """

    directory: SweepDirectory
    sweep: Sweep
    trials: tuple[Trial, ...]
    unreadable: tuple[str, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The keys that vary, not the seed."""
        return [dimension.key for dimension in self.sweep.space]

    @cached_property
    def validated(self) -> bool:
        """Whether there are validation images to choose by."""
        if not self.trials:
            return self.sweep.base.data.validation != 0
        configs = (trial.summary.result.config for trial in self.trials)
        return any(value_at(config, "data.validation") != 0 for config in configs)

    @property
    def measure(self) -> Measure:
        """By what recipes are ranked: the metric, or test accuracy without validation images."""
        return self.sweep.metric if self.validated else "test_accuracy"

    @property
    def maximize(self) -> bool:
        """Whether a higher measure is better."""
        return self.measure != "validation_loss"

    @property
    def planned(self) -> int:
        """How many trials there are to be."""
        values = [len(each.values) for each in self.sweep.space if each.values is not None]
        grid = math.prod(values) if self.sweep.sampler == "grid" else None
        points = [count for count in (self.sweep.trials, grid) if count is not None]
        return min(points, default=0) * len(self.sweep.seeds)

    @cached_property
    def states(self) -> Counter[str]:
        """How many trials are in each state, of those that have begun."""
        return Counter(trial.state for trial in self.trials)

    @cached_property
    def reasons(self) -> Counter[tuple[str, str]]:
        """How many trials have been pruned, or failed, for which reason.

        Reasons that differ in numbers alone count as one, with … in their place.
        """
        kinds: dict[tuple[str, str], list[str]] = {}
        for trial in self.trials:
            if trial.state in ("pruned", "failed"):
                reason = first_line(trial.summary.result.reason or "unknown", LONGEST)
                kinds.setdefault((trial.state, _NUMBER.sub("…", reason)), []).append(reason)
        return Counter(
            {
                (state, kind if len(set(reasons)) > 1 else reasons[0]): len(reasons)
                for (state, kind), reasons in kinds.items()
            }
        )

    @cached_property
    def recipes(self) -> list[Recipe]:
        """Best first by the mean of the measure; those without one last, in order of number."""
        groups: dict[str, list[Trial]] = {}
        for trial in self.trials:
            values = [value_at(trial.summary.result.config, key) for key in self.keys]
            groups.setdefault(json.dumps(values, sort_keys=True), []).append(trial)
        recipes = [
            Recipe(self._values(group[0]), tuple(_one_for_each_seed(group)), self.sweep.seeds)
            for group in groups.values()
        ]
        return sorted(recipes, key=self._rank)

    def finished(self) -> list[Trial]:
        """Return the finished trials by number, of those that are the same only one."""
        found = (trial for recipe in self.recipes for trial in recipe.finished)
        return sorted(found, key=lambda trial: trial.number)

    def ranked(self) -> list[Trial]:
        """Return the finished trials, best first, of those that are the same only one."""
        known = [(trial.value(self.measure), trial) for trial in self.finished()]
        found = [(value, trial) for value, trial in known if value is not None]
        sign = -1 if self.maximize else 1
        return [t for _, t in sorted(found, key=lambda pair: (sign * pair[0], pair[1].number))]

    def _rank(self, recipe: Recipe) -> tuple[float, int]:
        spread = recipe.spread(self.measure)
        sign = -1 if self.maximize else 1
        return sign * spread.mean if spread else math.inf, recipe.trials[0].number

    def _values(self, trial: Trial) -> dict[str, Value]:
        config = trial.summary.result.config
        return {
            each.key: _as_written(each, value_at(config, each.key)) for each in self.sweep.space
        }


def read_results(directory: SweepDirectory) -> Results:
    """Return what came of a sweep so far, finished or not.

    Raises:
        ConfigError: its definition cannot be read.
        RunError: the directory cannot be listed.
    """
    sweep = read_saved(directory.definition)
    trials: list[Trial] = []
    unreadable: list[str] = []
    for number, run in directory.trials().items():
        try:
            trials.append(Trial(number, summarize(run)))
        except MlpError as error:  # it says nothing about the others
            unreadable += error.lines
    return Results(directory, sweep, tuple(trials), tuple(unreadable))


def value_at(config: Mapping[str, Any], key: str) -> Any:
    """Return the value of a dotted key such as `model.layers[1]`; None if there is none.

    The widths of `model.hidden` are looked up in `model.layers`, which has taken its place.
    """
    if key == "model.hidden":
        layers = value_at(config, "model.layers")
        return layers[1:-1] if isinstance(layers, list) else None
    if match := _ITEM.fullmatch(key):
        items, index = value_at(config, match[1]), int(match[2])
        return items[index] if isinstance(items, list) and index < len(items) else None
    value: Any = config
    for part in key.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _as_written(dimension: Dimension, value: Any) -> Value:
    """Return a value of a configuration as the sweep wrote it, `{name: adam}` without defaults."""
    if isinstance(dimension, Choice):
        fitting = [choice for choice in dimension.values if _fits(choice, value)]
        if fitting:
            return max(fitting, key=lambda choice: len(json.dumps(choice)))
    written: Value = value
    return written


def _fits(choice: Value, value: Any) -> bool:
    """Tell whether a value is a choice, with defaults added perhaps, or the folder of a path."""
    if isinstance(choice, dict) and isinstance(value, dict):
        return all(key in value and _fits(part, value[key]) for key, part in choice.items())
    if isinstance(choice, str) and isinstance(value, str):
        return value == choice or value.endswith(f"/{choice.removeprefix('./')}")
    return bool(choice == value)


def _one_for_each_seed(trials: Iterable[Trial]) -> Iterator[Trial]:
    """Yield one trial for each seed, a finished one if there is one: a sampler may repeat a point.

    Trials of the same point and seed come to the same weights.
    """
    chosen: dict[int, Trial] = {}
    for trial in trials:
        seed = trial.summary.seed
        if seed not in chosen or (trial.done and not chosen[seed].done):
            chosen[seed] = trial
    yield from sorted(chosen.values(), key=lambda trial: trial.number)
