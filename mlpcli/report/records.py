"""Results as the JSON objects that `--json` prints; their fields are a promise to users."""

from collections.abc import Sequence
from typing import Any

from mlpcli.evaluation import wilson_interval
from mlpcli.results import Evaluation


def evaluation_record(
    evaluation: Evaluation, weights: Sequence[str], mistakes: int | None
) -> dict[str, Any]:
    """Return the object that `mlp evaluate --json` prints.

    Args:
        evaluation: what it is about.
        weights: the files' names.
        mistakes: how many of the wrong answers to list; None for no list.
    """
    metrics = evaluation.metrics
    record = {
        "weights": list(weights),
        "data": evaluation.data,
        "split": evaluation.selection,
        "count": metrics.count,
        "accuracy": metrics.accuracy,
        "accuracy_interval": list(wilson_interval(metrics.correct, metrics.count)),
        "loss": metrics.loss,
        "temperatures": list(evaluation.classifier.temperatures),
        "ece": evaluation.after.ece,
        "ece_before": evaluation.before.ece,
        "per_class": [
            {
                "class": name,
                "precision": float(metrics.precision[label]),
                "recall": float(metrics.recall[label]),
                "f1": float(metrics.f1[label]),
                "support": int(metrics.support[label]),
            }
            for label, name in enumerate(evaluation.classes)
        ],
        "confusion": metrics.confusion.tolist(),
    }
    if mistakes is not None:
        record["mistakes"] = [
            {
                "index": int(index),
                "label": int(evaluation.split.labels[index]),
                "answer": int(evaluation.answers[index]),
                "probability": float(evaluation.confidence[index]),
            }
            for index in evaluation.mistakes(mistakes)
        ]
    return record
