"""What `mlp compare` prints."""

import json
from typing import Any

import numpy as np

from mlpcli.config.changes import MISSING, Change
from mlpcli.inference.comparison import LEVEL, Comparison
from mlpcli.inference.evaluation import Evaluation
from mlpcli.report.classes import selection_line, shown_classes
from mlpcli.report.evaluations import mistakes_text
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable


def comparison_text(
    comparison: Comparison, names: tuple[str, str], changes: list[Change], mistakes: int, width: int
) -> str:
    """Return differences of configuration and accuracy, and the verdict.

    Args:
        comparison: of the two.
        names: of the two.
        changes: of the configuration.
        mistakes: how many images to show that only one of the two gets wrong; 0 for none.
        width: of the terminal in characters.
    """
    parts = [_changes_text(changes), _accuracies(comparison, names), _table(comparison)]
    if mistakes:
        for title, evaluation, indices in (
            ("only the first one gets wrong", comparison.first, comparison.only_first_wrong),
            ("only the second one gets wrong", comparison.second, comparison.only_second_wrong),
        ):
            worst = evaluation.most_confident_first(indices)[:mistakes]
            pictures = mistakes_text(evaluation, worst, width)
            parts.append(f"{title}:\n\n{pictures}")
    parts.append(verdict(comparison, names))
    return "\n\n".join(parts)


def verdict(comparison: Comparison, names: tuple[str, str]) -> str:
    """Return one line that says which one is better, if one is."""
    p = f"= {comparison.p_value:.2g}" if comparison.p_value > 1e-300 else "< 1e-300"
    test = f"p {p}, McNemar's exact test"
    if not comparison.significant:
        return f"no significant difference ({test})"
    better = printable(names[comparison.difference > 0])
    points = f"{100 * abs(comparison.difference):.2f} percentage points"
    return f"{better} is better by {points} ({test})"


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
        "p": comparison.p_value,
        "level": LEVEL,
        "significant": comparison.significant,
        "better": better,
        "both_wrong": comparison.both_wrong.tolist(),
        "only_first_wrong": comparison.only_first_wrong.tolist(),
        "only_second_wrong": comparison.only_second_wrong.tolist(),
        "images": _names(comparison),
        "config": {
            key: [None if value is MISSING else value for value in pair] for key, *pair in changes
        },
    }


def _names(comparison: Comparison) -> dict[int, str] | None:
    """Return the names of the pictures that one or both get wrong by index, if they have names."""
    split = comparison.first.split
    if split.names is None:
        return None
    kinds = (comparison.both_wrong, comparison.only_first_wrong, comparison.only_second_wrong)
    return {index: split.names[index] for index in sorted(np.concatenate(kinds).tolist())}


def _changes_text(changes: list[Change]) -> str:
    if not changes:
        return "the same configuration"
    widest = max(len(key) for key, _, _ in changes)
    return "\n".join(
        printable(f"{key:<{widest}}  {_yaml(first)} → {_yaml(second)}")
        for key, first, second in changes
    )


def _yaml(value: object) -> str:
    if value is MISSING:
        return MISSING.value
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
    low, high = metrics.accuracy_interval
    return f"accuracy {percent(metrics.accuracy)}, 95 % interval {percent(low)} to {percent(high)}"


def _table(comparison: Comparison) -> str:
    """Return how many images of each class one or both get wrong."""
    classes, labels = comparison.first.classes, comparison.first.split.labels
    kinds = (comparison.both_wrong, comparison.only_first_wrong, comparison.only_second_wrong)
    counts = [np.bincount(labels[kind], minlength=len(classes)) for kind in kinds]
    shown = shown_classes(np.sum(counts, axis=0))
    width = max(len("wrong"), *(len(classes[label]) for label in shown))
    rows = [f"{'wrong':<{width}}  {'both':>6}  {'only first':>10}  {'only second':>11}"]
    for label in shown:
        rows.append(_row(f"{classes[label]:<{width}}", [int(count[label]) for count in counts]))
    rows.append(_row(f"{'total':<{width}}", list(map(len, kinds))))
    if line := selection_line(len(classes)):
        rows.append(line)
    return "\n".join(rows)


def _row(name: str, counts: list[int]) -> str:
    both, first, second = counts
    return f"{name}  {both:>6}  {first:>10}  {second:>11}"
