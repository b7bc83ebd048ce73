"""What is drawn of a sweep: a line for each trial through its values, and its learning curve."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from mlpcli.errors import RunError
from mlpcli.report.axes import Kind, Scale
from mlpcli.report.recipes import (
    MEASURES,
    number_text,
    recipe_text,
    short_names,
    value_text,
)
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.summary import read_log
from mlpcli.sweep.definition import Choice, Dimension, Value, identity
from mlpcli.sweep.results import Measure, Recipe, Results, Trial

POINTS = 100  # of a learning curve
SMALLEST = 1e-6  # of a training loss
BAND = 0.6  # share of a category's room that its lines take

Look = Literal["faint", "done", "best"]
Place = tuple[float, float]
"""From the left and from below, in [0, 1]."""


@dataclass(frozen=True)
class Axis:
    """An axis that stands upright.

    Attributes:
        title: its key or measure.
        ticks: their places from below, in [0, 1], and texts.
        places: of each trial, None for one that has no value.
    """

    title: str
    ticks: Sequence[tuple[float, str]]
    places: Sequence[float | None]


@dataclass(frozen=True)
class Line:
    """A trial in a drawing.

    Attributes:
        places: that it goes through.
        share: of the good colour, in [0, 1].
        look: how it is drawn.
        text: what it is.
    """

    places: Sequence[Place]
    share: float
    look: Look
    text: str


@dataclass(frozen=True)
class Drawing:
    """Axes, and a line for each trial, the best one last.

    Attributes:
        axes: from left to right.
        lines: over them.
    """

    axes: Sequence[Axis]
    lines: Sequence[Line]


@dataclass(frozen=True)
class _Shown:
    """A trial, how good it is, and how it looks."""

    recipe: Recipe
    trial: Trial
    share: float | None
    look: Look
    text: str


class Drawings:
    """Drawings of the trials of a sweep.

    Args:
        results: what came of the sweep.
    """

    def __init__(self, results: Results) -> None:
        self._results, self._measure = results, results.measure
        trials = [(recipe, trial) for recipe in results.recipes for trial in recipe.trials]
        numbers = [self._reached(trial) for _, trial in trials]
        known = [number for number in numbers if number is not None]
        self._scale = Scale.over(_kind(self._measure), known)
        best, names = results.ranked()[:1], short_names(results.keys)
        shown = [
            self._shown(recipe, trial, best, recipe_text(recipe, names)) for recipe, trial in trials
        ]
        self._trials = sorted(
            shown, key=lambda each: (each.look == "best", each.look == "done", each.share or 0)
        )

    def _reached(self, trial: Trial) -> float | None:
        """Return the best that a trial has come to, pruned or not; None if it has failed."""
        return None if trial.state == "failed" else trial.value(self._measure)

    def _shown(self, recipe: Recipe, trial: Trial, best: Sequence[Trial], text: str) -> _Shown:
        number = self._reached(trial)
        look: Look = "best" if [trial] == best else "done" if trial.done else "faint"
        said = "" if trial.done else f", {trial.state}"
        if number is not None:
            said += f", {MEASURES[self._measure]} {number_text(number, self._measure)}"
        share = None if number is None else self._scale.place(number)
        whole = f"trial {trial.number}: {text}, seed {trial.summary.seed}{said}"
        return _Shown(recipe, trial, share, look, whole)

    def coordinates(self) -> Drawing:
        """Return an axis for each key that varies and one for the measure, and all trials.

        The axis of the measure spans what all have reached, the pruned ones too.
        """
        names = short_names(self._results.keys)
        axes = [self._axis(each, names[each.key]) for each in self._results.sweep.space]
        places = [each.share for each in self._trials]
        axes.append(Axis(MEASURES[self._measure], self._scale.ticks(), places))
        width = max(len(axes) - 1, 1)
        lines = []
        for number, shown in enumerate(self._trials):
            found = [(axis / width, each.places[number]) for axis, each in enumerate(axes)]
            through = [(left, place) for left, place in found if place is not None]
            lines.append(Line(through, shown.share or 0, shown.look, shown.text))
        return Drawing(axes, lines)

    def _axis(self, dimension: Dimension, title: str) -> Axis:
        values = [each.recipe.values[dimension.key] for each in self._trials]
        if isinstance(dimension, Choice):
            return self._categories(dimension, values, title)
        scale = Scale("log" if dimension.log else "linear", dimension.low, dimension.high)
        places = [scale.place(each) if isinstance(each, int | float) else None for each in values]
        return Axis(title, scale.ticks(), places)

    def _categories(self, dimension: Choice, values: Sequence[Value], title: str) -> Axis:
        """Return an axis with as much room for each value; in it, the better trials are higher."""
        chosen = {identity(value): value for value in [*_ordered(dimension.values), *values]}
        room = 1 / len(chosen)
        middles = {name: (number + 0.5) * room for number, name in enumerate(chosen)}
        ranks = sorted(range(len(values)), key=lambda number: self._trials[number].share or 0)
        places: list[float | None] = [None] * len(values)
        for name, middle in middles.items():
            own = [number for number in ranks if identity(values[number]) == name]
            for rank, number in enumerate(own):
                places[number] = middle + BAND * room * ((rank + 0.5) / len(own) - 0.5)
        ticks = [(middle, value_text(chosen[name])) for name, middle in middles.items()]
        return Axis(title, ticks, places)

    def curves(self) -> tuple[Drawing, int]:
        """Return an axis with the learning curves of all trials, and the number of epochs."""
        logs = [(each, _history(each.trial)) for each in self._trials]
        drawn = [(each, list(self._points(history))) for each, history in logs]
        longest = max((epochs[-1][0] for _, epochs in drawn if epochs), default=1)
        scale = Scale.over(self._curve_kind, [value for _, epochs in drawn for _, value in epochs])
        lines = [
            Line(
                [(_left(epoch, longest), scale.place(value)) for epoch, value in epochs],
                each.share or 0,
                each.look,
                each.text,
            )
            for each, epochs in drawn
            if epochs
        ]
        return Drawing([Axis(self.curve_title, scale.ticks(), [])], lines), longest

    @property
    def curve_title(self) -> str:
        """What the learning curves show."""
        return "validation accuracy" if self._results.validated else "training loss"

    @property
    def _curve_kind(self) -> Kind:
        return "accuracy" if self._results.validated else "log"

    def _points(self, history: Sequence[EpochResult]) -> Iterable[tuple[int, float]]:
        """Yield epochs and values, of a long curve only some."""
        step = -(-len(history) // POINTS)
        for epoch, result in list(enumerate(history, 1))[:: max(step, 1)]:
            value = (
                result.validation_accuracy
                if self._results.validated
                else max(result.train_loss, SMALLEST)
            )
            if value is not None:
                yield epoch, value


def _kind(measure: Measure) -> Kind:
    return "loss" if measure == "validation_loss" else "accuracy"


def _ordered(values: Sequence[Value]) -> list[Value]:
    """Return numbers from the smallest to the largest, other values as they were written."""
    numbers = [each for each in values if isinstance(each, int | float)]
    return sorted(numbers) if len(numbers) == len(values) else list(values)  # type: ignore[return-value]


def epoch_ticks(longest: int) -> list[tuple[float, str]]:
    """Return places from the left and the texts of some epochs, the first and last ones too."""
    step = max(1, -(-(longest - 1) // 10))
    epochs = [*range(1, longest, step), longest]
    if len(epochs) > 2 and epochs[-1] - epochs[-2] < step:
        del epochs[-2]
    return [(_left(epoch, longest), str(epoch)) for epoch in epochs]


def _left(epoch: int, longest: int) -> float:
    return (epoch - 1) / (longest - 1) if longest > 1 else 0.5


def _history(trial: Trial) -> list[EpochResult]:
    """Return the epochs of a trial; none if its log cannot be read."""
    with suppress(RunError):
        return read_log(trial.summary.run)
    return []
