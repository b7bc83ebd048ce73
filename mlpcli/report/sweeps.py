"""What `mlp sweep` prints at its end."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote
from typing import Any

from mlpcli.report.recipes import (
    MEASURES,
    Column,
    number_text,
    recipe_table,
    shown_measures,
    states_text,
)
from mlpcli.sweep.results import Measure, Recipe, Results, Trial
from mlpcli.utils.escaping import printable

SHOWN = 20  # recipes, of more only the best
REASONS = 5  # of pruned and of failed trials, the most frequent ones
NO_VALIDATION = (
    "there are no validation images: recipes are ranked by test accuracy, so that of the best is "
    "higher than on new images"
)


def sweep_text(results: Results, width: int) -> str:
    """Return a table of the recipes, best first, and how the trials ended.

    Args:
        results: what came of the sweep.
        width: of the terminal in characters.
    """
    measure, recipes = results.measure, results.recipes
    known = [recipe for recipe in recipes if recipe.spread(measure)]
    parts = []
    if known:
        shown = known[:SHOWN]
        others = [seeds_column(results, shown)] if len(results.sweep.seeds) > 1 else []
        parts.append(recipe_table(results, shown, shown_measures(results), others, width))
        if more := len(recipes) - len(shown):
            parts[-1] += f"\n{_more(results, more)}"
    lines = [states_line(results), *reason_lines(results), *map(printable, results.unreadable)]
    if not results.validated:
        lines.append(f"note: {NO_VALIDATION}")
    if ranked := results.ranked():
        lines.append(_best_line(ranked[0], measure))
    return "\n\n".join([*parts, "\n".join(lines)])


def seeds_column(results: Results, recipes: Sequence[Recipe]) -> Column:
    """Return how many seeds of each recipe have finished, of how many."""
    whole = len(results.sweep.seeds)
    counts = [len(recipe.finished) for recipe in recipes]
    return Column("seeds", [str(n) if n == whole else f"{n} of {whole}" for n in counts], left=True)


def _more(results: Results, more: int) -> str:
    place = printable(quote(str(results.directory.path)))
    said = "1 more recipe" if more == 1 else f"{more:,} more recipes"
    return f"and {said}: --json has all, mlp runs {place} lists their trials"


def states_line(results: Results) -> str:
    """Return how many trials there are, and in which state."""
    begun, missing = len(results.trials), results.planned - len(results.trials)
    line = f"{begun:,} trial{'s' if begun != 1 else ''}: {states_text(results.states)}"
    return f"{line}; {missing:,} not begun" if missing > 0 else line


def reason_lines(results: Results) -> list[str]:
    """Return why trials were pruned or failed, the most frequent reasons first."""
    lines = []
    for state in ("failed", "pruned"):
        reasons = [(why, n) for (kind, why), n in results.reasons.most_common() if kind == state]
        for why, count in reasons[:REASONS]:
            lines.append(f"{state}{f' {count} times' if count > 1 else ''}: {printable(why)}")
        if more := len(reasons) - REASONS:
            lines += [f"{state}: {more:,} more reasons"] if more > 0 else []
    return lines


def _best_line(trial: Trial, measure: Measure) -> str:
    value = trial.value(measure)
    assert value is not None, "a ranked trial has a value"  # noqa: S101
    place = printable(trial.summary.run.directory)
    return f"best trial: {place}, {MEASURES[measure]} {number_text(value, measure)}"


def sweep_record(results: Results) -> dict[str, Any]:
    """Return the object that `mlp sweep --json` prints."""
    ranked = results.ranked()
    recipes = [_recipe_record(recipe) for recipe in results.recipes]
    return {
        "sweep": str(results.directory.path),
        "metric": results.measure,
        "maximize": results.maximize,
        "keys": results.keys,
        "seeds": list(results.sweep.seeds),
        "planned": results.planned,
        "states": dict(results.states),
        "best": recipes[0] if ranked else None,
        "best_trial": str(ranked[0].summary.run.directory) if ranked else None,
        "recipes": recipes,
        "unreadable": list(results.unreadable),
    }


def _recipe_record(recipe: Recipe) -> dict[str, Any]:
    measures: Sequence[Measure] = list(MEASURES)
    spreads = {measure: recipe.spread(measure) for measure in measures}
    return {
        "values": dict(recipe.values),
        "states": dict(recipe.states),
        **{
            measure: spread
            and {"mean": spread.mean, "standard_deviation": spread.deviation, "count": spread.count}
            for measure, spread in spreads.items()
        },
        "trials": [_trial_record(trial) for trial in recipe.trials],
    }


def _trial_record(trial: Trial) -> dict[str, Any]:
    result = trial.summary.result
    return {
        "trial": trial.number,
        "directory": str(trial.summary.run.directory),
        "seed": trial.summary.seed,
        "state": trial.state,
        "reason": result.reason,
        "epochs": result.epochs,
        "epoch": result.epoch,
        "seconds": result.seconds,
        "validation_accuracy": result.validation_accuracy,
        "validation_loss": result.validation_loss,
        "test_accuracy": result.test_accuracy,
    }
