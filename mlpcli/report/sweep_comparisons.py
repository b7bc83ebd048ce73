"""What `mlp compare` prints about a sweep."""

from __future__ import annotations

from typing import Any

from mlpcli.inference.comparison import LEVEL
from mlpcli.report.recipes import MEASURES, Column, recipe_table, table
from mlpcli.report.sweeps import NO_VALIDATION, seeds_column
from mlpcli.report.text import loss_text
from mlpcli.sweep.comparing import Pair, SweepComparison
from mlpcli.sweep.results import Measure
from mlpcli.utils.escaping import listed

SHOWN = 20  # recipes, and pairs


def sweep_comparison_text(comparison: SweepComparison, width: int) -> str:
    """Return the recipes, the pairs of them that differ, and the verdict.

    Args:
        comparison: of the recipes of a sweep.
        width: of the terminal in characters.
    """
    results, shown = comparison.results, comparison.recipes[:SHOWN]
    others = [seeds_column(results, shown)]
    if comparison.significant:
        worse = [_places(comparison.worse_than(place)) for place in range(len(shown))]
        others.append(Column("worse than", worse, left=True))
    recipes = recipe_table(results, shown, [comparison.measure], others, width)
    if more := len(comparison.recipes) - len(shown):
        recipes += f"\nand {more:,} more {'recipe' if more == 1 else 'recipes'}; --json has all"
    notes = [f"note: {NO_VALIDATION}"] if not results.validated else []
    if missing := len(results.recipes) - len(comparison.recipes):
        said = "1 recipe has" if missing == 1 else f"{missing:,} recipes have"
        notes.append(f"note: {said} no finished trial, and cannot be compared")
    parts = [recipes, _pairs_text(comparison), "\n".join([*notes, sweep_verdict(comparison)])]
    return "\n\n".join(part for part in parts if part)


def _places(places: list[int]) -> str:
    return listed([str(place + 1) for place in places])


def _pairs_text(comparison: SweepComparison) -> str:
    """Return the pairs that differ, the smallest p-value first."""
    pairs = comparison.significant[:SHOWN]
    if not pairs:
        return ""
    measure = comparison.measure
    lines = table(
        [
            Column("better", [str(pair.better + 1) for pair in pairs]),
            Column("worse", [str(pair.worse + 1) for pair in pairs]),
            Column("difference", [_difference(pair, measure) for pair in pairs]),
            Column("seeds", [str(pair.seeds) for pair in pairs]),
            Column("p", [f"{pair.p_value:.2g}" for pair in pairs]),
            Column("corrected", [f"{pair.corrected:.2g}" for pair in pairs]),
        ]
    )
    if more := len(comparison.significant) - len(pairs):
        lines.append(f"and {more:,} more {'pair' if more == 1 else 'pairs'}; --json has all")
    return "\n".join(lines)


def _difference(pair: Pair, measure: Measure) -> str:
    """Return how much better one of a pair is."""
    if measure == "validation_loss":
        return loss_text(abs(pair.difference))
    return f"{100 * abs(pair.difference):.2f} points"


def sweep_verdict(comparison: SweepComparison) -> str:
    """Return one line that says which recipes differ, or how many seeds it would take."""
    measure, count = MEASURES[comparison.measure], len(comparison.pairs)
    pairs = f"{count:,} pairs" if count != 1 else "one pair"
    test = f"{measure}, sign-flip test paired by seed, Holm's correction for {pairs}"
    if comparison.too_few:
        needed = comparison.seeds_needed
        return (
            f"too few seeds to tell recipes apart: with {len(comparison.recipes):,} recipes it "
            f"takes {needed} seeds each; run the sweep with --seeds {needed}, or with "
            f"seeds: {needed} in its file"
        )
    if not comparison.significant:
        smallest = min(pair.corrected for pair in comparison.pairs)
        return f"no significant difference (p = {smallest:.2g}: {test})"
    others = range(1, len(comparison.recipes))
    worse = {pair.worse for pair in comparison.significant if pair.better == 0}
    alike = [place for place in others if place not in worse]
    if not alike:
        said = "recipe 1 is better than all others"
    elif worse:
        said = f"recipe 1 is better than {len(worse)} of {len(others)} others; as good may be "
        said += _places(alike)
    else:
        differ = len(comparison.significant)
        said = "1 pair differs" if differ == 1 else f"{differ} pairs differ"
        said += ", but recipe 1 is not better than any"
    return f"{said} (p < {LEVEL:g}: {test})"


def sweep_comparison_record(comparison: SweepComparison) -> dict[str, Any]:
    """Return the object that `mlp compare --json` prints for a sweep; recipes count from 0."""
    measure = comparison.measure
    return {
        "sweep": str(comparison.results.directory.path),
        "metric": measure,
        "level": LEVEL,
        "too_few_seeds": comparison.too_few,
        "seeds_needed": comparison.seeds_needed,
        "recipes": [
            {"values": dict(recipe.values), "by_seed": recipe.by_seed(measure)}
            for recipe in comparison.recipes
        ],
        "pairs": [
            {
                "better": pair.better,
                "worse": pair.worse,
                "difference": pair.difference,
                "seeds": pair.seeds,
                "p": pair.p_value,
                "corrected": pair.corrected,
                "significant": pair.significant,
            }
            for pair in comparison.pairs
        ],
    }
