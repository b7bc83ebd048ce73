"""What `mlp compare` prints."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np

from mlpcli.comparison import LEVEL, Comparison
from mlpcli.config import Config, plain
from mlpcli.evaluation import wilson_interval
from mlpcli.printable import printable
from mlpcli.report.evaluations import mistakes_text
from mlpcli.report.text import percent
from mlpcli.results import Evaluation

Change = tuple[str, object, object]
"""A key of the configuration, and both values."""


def config_changes(first: Config, second: Config) -> list[Change]:
    """Return what differs between two configurations, by dotted keys; a dash is no such key."""
    old, new = dict(_dotted(plain(first))), dict(_dotted(plain(second)))
    keys = [*old, *(key for key in new if key not in old)]
    return [
        (key, old.get(key, "–"), new.get(key, "–"))
        for key in keys
        if old.get(key, "–") != new.get(key, "–")
    ]


def comparison_text(
    comparison: Comparison, names: tuple[str, str], changes: list[Change], mistakes: int, width: int
) -> str:
    """Return differences of configuration and accuracy, and the verdict.

    Args:
        comparison: what it is about.
        names: of the two.
        changes: of the configuration.
        mistakes: how many pictures to show that only one of them has wrong.
        width: of the terminal in characters.
    """
    parts = [_changes_text(changes), _accuracies(comparison, names), _table(comparison)]
    if mistakes:
        for title, evaluation, indices in (
            ("only the first one has wrong", comparison.first, comparison.only_first_wrong),
            ("only the second one has wrong", comparison.second, comparison.only_second_wrong),
        ):
            pictures = mistakes_text(evaluation, indices[:mistakes], width)
            parts.append(f"{title}:\n\n{pictures}")
    parts.append(verdict(comparison, names))
    return "\n\n".join(parts)


def verdict(comparison: Comparison, names: tuple[str, str]) -> str:
    """Return in one line which one is better, if one is."""
    test = f"p = {comparison.p:.2g}, McNemar's exact test"
    if not comparison.significant:
        return f"no significant difference ({test})"
    better = names[comparison.difference > 0]
    return f"{printable(better)} is better by {percent(abs(comparison.difference))} ({test})"


def comparison_record(
    comparison: Comparison, names: tuple[str, str], changes: list[Change]
) -> dict[str, Any]:
    """Return the object that `mlp compare --json` prints."""
    better = names[comparison.difference > 0] if comparison.significant else None
    return {
        "runs": list(names),
        "data": comparison.first.data,
        "split": comparison.first.selection,
        "count": comparison.first.metrics.count,
        "accuracy": [each.metrics.accuracy for each in (comparison.first, comparison.second)],
        "difference": comparison.difference,
        "p": comparison.p,
        "level": LEVEL,
        "significant": comparison.significant,
        "better": better,
        "both_wrong": comparison.both_wrong.tolist(),
        "only_first_wrong": comparison.only_first_wrong.tolist(),
        "only_second_wrong": comparison.only_second_wrong.tolist(),
        "config": {key: [first, second] for key, first, second in changes},
    }


def _dotted(values: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def _changes_text(changes: list[Change]) -> str:
    if not changes:
        return "the same configuration"
    widest = max(len(key) for key, _, _ in changes)
    return "\n".join(
        printable(f"{key:<{widest}}  {_yaml(first)} → {_yaml(second)}")
        for key, first, second in changes
    )


def _yaml(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _accuracies(comparison: Comparison, names: tuple[str, str]) -> str:
    first = comparison.first
    title = f"{first.data} {first.selection}, {first.metrics.count} images:"
    widest = max(map(len, names))
    rows = [
        f"{name:<{widest}}  {_accuracy(evaluation)}"
        for name, evaluation in zip(names, (first, comparison.second), strict=True)
    ]
    return "\n".join(map(printable, [title, *rows]))


def _accuracy(evaluation: Evaluation) -> str:
    metrics = evaluation.metrics
    low, high = wilson_interval(metrics.correct, metrics.count)
    return f"accuracy {percent(metrics.accuracy)}, 95 % interval {percent(low)} to {percent(high)}"


def _table(comparison: Comparison) -> str:
    """Return how many images of each class one or both have wrong."""
    classes, labels = comparison.first.classes, comparison.first.split.labels
    kinds = (comparison.both_wrong, comparison.only_first_wrong, comparison.only_second_wrong)
    width = max(len("wrong"), *map(len, classes))
    rows = [f"{'wrong':<{width}}  {'both':>6}  {'only first':>10}  {'only second':>11}"]
    counts = [np.bincount(labels[kind], minlength=len(classes)) for kind in kinds]
    for name, *row in zip(classes, *counts, strict=True):
        rows.append(_row(f"{name:<{width}}", row))
    rows.append(_row(f"{'total':<{width}}", list(map(len, kinds))))
    return "\n".join(rows)


def _row(name: str, counts: list[int]) -> str:
    both, first, second = counts
    return f"{name}  {both:>6}  {first:>10}  {second:>11}"
