"""Results as the JSON objects that `--json` prints; their fields are a promise to users."""

from collections.abc import Sequence
from typing import Any

from mlpcli.arrays import Array
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


def prediction_record(image: str, probabilities: Array, classes: Sequence[str]) -> dict[str, Any]:
    """Return the object that `mlp predict --json` prints for one image.

    Args:
        image: the file's name.
        probabilities: (classes,) of sum 1.
        classes: the name of each label.
    """
    label = int(probabilities.argmax())
    return {
        "image": image,
        "label": label,
        "class": classes[label],
        "probability": float(probabilities[label]),
        "probabilities": [float(probability) for probability in probabilities],
        "warnings": [],
    }
