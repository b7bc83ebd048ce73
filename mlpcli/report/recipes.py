"""Recipes of a sweep in words: short names of keys, their values, and means with deviations."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from textwrap import wrap

from mlpcli.report.text import loss_text, percent
from mlpcli.sweep.definition import Value
from mlpcli.sweep.results import Measure, Recipe, Results, Spread
from mlpcli.utils.escaping import printable

GAP = "  "  # between columns
_WORD = re.compile(r"[^ _]+_?")
UNKNOWN = "–"
MEASURES: Mapping[Measure, str] = {
    "validation_accuracy": "validation accuracy",
    "validation_loss": "validation loss",
    "test_accuracy": "test accuracy",
}
"""What each measure is called."""


def short_names(keys: Sequence[str]) -> dict[str, str]:
    """Return for each dotted key as many of its last parts as tell it from the others."""
    return {key: _short(key, [other for other in keys if other != key]) for key in keys}


def _short(key: str, others: Sequence[str]) -> str:
    parts = key.split(".")
    for length in count(1):
        name = ".".join(parts[-length:])
        if length >= len(parts) or not any(f".{other}".endswith(f".{name}") for other in others):
            return name
    raise AssertionError("a whole key is told from all others")


def value_text(value: Value) -> str:
    """Return a value as YAML on one line, a float with four digits."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return f"[{', '.join(map(value_text, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{printable(k)}: {value_text(v)}' for k, v in value.items())}}}"
    return json.dumps(value)


def recipe_text(recipe: Recipe, names: Mapping[str, str]) -> str:
    """Return the values of a recipe's keys.

    Args:
        recipe: what to name.
        names: of the keys.
    """
    parts = [f"{names[key]} {value_text(value)}" for key, value in recipe.values.items()]
    return ", ".join(parts) or "the only one"


def number_text(value: float, measure: Measure) -> str:
    """Return a number of a measure, with its unit."""
    return loss_text(value) if measure == "validation_loss" else percent(value)


def spread_text(spread: Spread | None, measure: Measure) -> str:
    """Return mean ± standard deviation; the mean alone of one seed."""
    if spread is None:
        return UNKNOWN
    if spread.deviation is None:
        return number_text(spread.mean, measure)
    if measure == "validation_loss":
        return f"{loss_text(spread.mean)} ± {loss_text(spread.deviation)}"
    return f"{100 * spread.mean:.2f} ± {percent(spread.deviation)}"


def states_text(states: Mapping[str, int]) -> str:
    """Return how many trials are in which state."""
    return ", ".join(f"{count} {state}" for state, count in sorted(states.items())) or "none"


def shown_measures(results: Results) -> list[Measure]:
    """Return what is shown of each recipe, first what they are ranked by."""
    measures: list[Measure] = [results.measure]
    if results.validated:
        measures.append("validation_accuracy")
    if any(trial.value("test_accuracy") is not None for trial in results.trials):
        measures.append("test_accuracy")
    return list(dict.fromkeys(measures))


def recipe_table(
    results: Results,
    recipes: Sequence[Recipe],
    measures: Sequence[Measure],
    others: Sequence[Column],
    width: int,
) -> str:
    """Return a line for each recipe: its place, its values, its measures, and other columns.

    If that is too wide, titles take several lines; if it still is, the values come last, on as many
    lines as they need.

    Args:
        results: what came of the sweep.
        recipes: what to show, best first.
        measures: a column each.
        others: more columns.
        width: in characters.
    """
    names = short_names(results.keys)
    places = Column("", [str(place) for place in range(1, len(recipes) + 1)])
    values = [
        Column(names[key], [value_text(recipe.values[key]) for recipe in recipes])
        for key in results.keys
    ]
    numbers = [
        Column(MEASURES[measure], [spread_text(each.spread(measure), measure) for each in recipes])
        for measure in measures
    ]
    for stacked in (False, True):
        lines = table([places, *values, *numbers, *others], stacked=stacked)
        if max(map(len, lines)) <= width:
            return "\n".join(lines)
    before = table([places, *numbers, *others], stacked=True)
    titles = len(before) - len(recipes)
    indent = max(map(len, before)) + len(GAP)
    texts = [*[""] * (titles - 1), "recipe", *(recipe_text(recipe, names) for recipe in recipes)]
    lines = []
    for start, text in zip(before, texts, strict=True):
        first, *more = wrap(text, max(width - indent, 24), break_on_hyphens=False) or [""]
        lines += [f"{start:<{indent}}{first}".rstrip(), *(" " * indent + each for each in more)]
    return "\n".join(lines)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: above the cells.
        cells: a text for each row.
        left: whether they are aligned on the left.
    """

    title: str
    cells: Sequence[str]
    left: bool = False

    def lines(self, titles: Sequence[str]) -> list[str]:
        """Return the lines of a title and the cells, all of one width."""
        texts = [*titles, *self.cells]
        width = max(map(len, texts))
        return [f"{text:<{width}}" if self.left else f"{text:>{width}}" for text in texts]


def table(columns: Sequence[Column], *, stacked: bool = False) -> list[str]:
    """Return the lines of columns side by side.

    Args:
        columns: of as many cells.
        stacked: a title takes a line for each of its words.
    """
    titles = [_WORD.findall(each.title) if stacked else [each.title] for each in columns]
    height = max(map(len, titles))
    drawn = [
        column.lines([""] * (height - len(title)) + title)
        for column, title in zip(columns, titles, strict=True)
    ]
    return [GAP.join(cells).rstrip() for cells in zip(*drawn, strict=True)]
