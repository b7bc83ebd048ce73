"""Results as the JSON objects that `--json` prints; their fields are a promise to users."""

from collections.abc import Sequence
from typing import Any

from mlpcli.evaluation import Metrics, wilson_interval


def evaluation_record(
    metrics: Metrics, *, weights: Sequence[str], data: str, split: str, classes: Sequence[str]
) -> dict[str, Any]:
    """Return the object that `mlp evaluate --json` prints."""
    return {
        "weights": list(weights),
        "data": data,
        "split": split,
        "count": metrics.count,
        "accuracy": metrics.accuracy,
        "accuracy_interval": list(wilson_interval(metrics.correct, metrics.count)),
        "loss": metrics.loss,
        "per_class": [
            {
                "class": name,
                "precision": float(metrics.precision[label]),
                "recall": float(metrics.recall[label]),
                "f1": float(metrics.f1[label]),
                "support": int(metrics.support[label]),
            }
            for label, name in enumerate(classes)
        ],
        "confusion": metrics.confusion.tolist(),
    }
