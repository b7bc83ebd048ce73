"""What `mlp evaluate` prints: text for a terminal of 80 columns, a JSON object or a CSV table.

The fields of JSON objects and the columns of tables are a promise to users.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.inference.evaluation import Evaluation
from mlpcli.nn.metrics import Metrics
from mlpcli.report.bars import column
from mlpcli.report.classes import MOST_LISTED, matrix_line, selection_line, shown_classes
from mlpcli.report.colours import paint
from mlpcli.report.pictures import picture_text, shown_name
from mlpcli.report.tables import csv_table
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable


def evaluation_text(evaluation: Evaluation) -> str:
    """Return accuracy, loss, calibration, the table per class and the confusion matrix."""
    metrics, classes = evaluation.metrics, evaluation.classes
    parts = [_summary(evaluation), _class_table(metrics, classes), _confusion(metrics, classes)]
    return "\n\n".join(parts)


def _summary(evaluation: Evaluation) -> str:
    """Return accuracy, its interval, loss and calibration in three lines, and views in a fourth."""
    metrics = evaluation.metrics
    low, high = metrics.accuracy_interval
    classifier = evaluation.classifier
    title = printable(f"{evaluation.data} {evaluation.selection}")
    if evaluation.copies > 1:
        title += f", mean of {evaluation.copies} copies of each image"
    calibration = f"calibration error (ECE): {percent(evaluation.reliability.ece)}"
    if classifier.calibrated:
        before = percent(evaluation.uncalibrated_reliability.ece)
        temperatures = ", ".join(f"{each:.3g}" for each in classifier.temperatures)
        if classifier.temperature != 1:
            temperatures += f" and {classifier.temperature:.3g} of the mean"
        calibration += f", before temperature {temperatures}: {before}"
    views = evaluation.classifier.views
    seen = f"\nimages seen {'; '.join(map(str, views))}" if any(v.changes for v in views) else ""
    return (
        f"{title}: accuracy {percent(metrics.accuracy)} "
        f"({metrics.correct} of {metrics.count}), loss {metrics.loss:.4f}\n"
        f"95 % interval: {percent(low)} to {percent(high)}\n"
        f"{calibration}{seen}"
    )


def mistakes_text(evaluation: Evaluation, indices: NDArray[np.int64], width: int) -> str:
    """Return pictures of wrong predictions, below index, label, prediction and its probability.

    If the pictures have names, these stand beside the index.

    Args:
        evaluation: with the images and predictions.
        indices: of the images.
        width: of the terminal in characters.
    """
    if not len(indices):
        return "none"
    captions = [_caption(evaluation, index, width) for index in indices.tolist()]
    return picture_text(evaluation.split.images[indices], captions, width)


def _caption(evaluation: Evaluation, index: int, width: int) -> str:
    classes, number = evaluation.classes, f"#{index}"
    label, predicted = evaluation.split.labels[index], evaluation.predicted[index]
    share = percent(evaluation.confidence[index])
    what = f"{classes[label]} read as {classes[predicted]}, {share}"
    name = evaluation.split.name_of(index)
    if name is None:
        return f"{number}: {what}"
    return f"{number} {shown_name(name, width - len(number) - 1)}\n{what}"


def evaluation_record(
    evaluation: Evaluation, weights: Sequence[str], mistakes: int | None
) -> dict[str, Any]:
    """Return the object that `mlp evaluate --json` prints.

    Args:
        evaluation: what to record.
        weights: the files' names.
        mistakes: how many wrong predictions to list; None for no list.
    """
    metrics = evaluation.metrics
    record = {
        "weights": list(weights),
        "data": evaluation.data,
        "split": evaluation.selection,
        "tta": evaluation.copies,
        "count": metrics.count,
        "accuracy": metrics.accuracy,
        "accuracy_interval": list(metrics.accuracy_interval),
        "loss": metrics.loss,
        "temperatures": list(evaluation.classifier.temperatures),
        "mean_temperature": evaluation.classifier.temperature,
        "views": [vars(view) for view in evaluation.classifier.views],
        "ece": evaluation.reliability.ece,
        "ece_before": evaluation.uncalibrated_reliability.ece,
        "per_class": _per_class(metrics, evaluation.classes),
        "confusion": (
            metrics.confusion.tolist() if len(evaluation.classes) <= MOST_LISTED else None
        ),
    }
    if mistakes is not None:
        record["mistakes"] = [
            {
                "index": index,
                "image": evaluation.split.name_of(index),
                "label": int(evaluation.split.labels[index]),
                "answer": int(evaluation.predicted[index]),
                "probability": float(evaluation.confidence[index]),
            }
            for index in evaluation.mistakes(mistakes).tolist()
        ]
    return record


def evaluation_table(evaluation: Evaluation) -> str:
    """Return the CSV table that `mlp evaluate --csv` writes: a row for each image of the split."""
    header = ("index", "image", "label", "predicted", "probability", "correct")
    classes = evaluation.classes
    columns = (evaluation.split.labels, evaluation.predicted, evaluation.confidence)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return csv_table(
        header,
        (
            (
                index,
                evaluation.split.name_of(index),
                classes[label],
                classes[predicted],
                probability,
                int(label == predicted),
            )
            for index, (label, predicted, probability) in enumerate(rows)
        ),
    )


def predictions_table(evaluation: Evaluation) -> str:
    """Return the CSV table that `mlp evaluate --predictions` writes: the probability of each class.

    A probability is the shortest number that gives the same float32.
    """
    classes = evaluation.classes
    header = ("index", "image", "label", "predicted", *(f"probability_{name}" for name in classes))
    shares = (row for some in evaluation.probabilities() for row in some.astype(str).tolist())
    rows = zip(evaluation.split.labels.tolist(), evaluation.predicted.tolist(), shares, strict=True)
    return csv_table(
        header,
        (
            (index, evaluation.split.name_of(index), classes[label], classes[predicted], *row)
            for index, (label, predicted, row) in enumerate(rows)
        ),
    )


def _per_class(metrics: Metrics, classes: Sequence[str]) -> list[dict[str, Any]]:
    columns = (metrics.precision, metrics.recall, metrics.f1, metrics.support)
    rows = zip(classes, *(column.tolist() for column in columns), strict=True)
    names = ("class", "precision", "recall", "f1", "support")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _class_table(metrics: Metrics, classes: Sequence[str]) -> str:
    shown = shown_classes(metrics.wrong)
    width = max(len("class"), *(len(classes[label]) for label in shown))
    rows = [f"{'class':<{width}}  precision  recall      f1  support"]
    for label in shown:
        rows.append(
            f"{classes[label]:<{width}}  {metrics.precision[label]:9.4f}  "
            f"{metrics.recall[label]:6.4f}  {metrics.f1[label]:6.4f}  {metrics.support[label]:7}"
        )
    if line := selection_line(len(classes)):
        rows.append(f"{line}; --json gives every class")
    return "\n".join(rows)


def _confusion(metrics: Metrics, classes: Sequence[str]) -> str:
    """Return counts, labels down and predictions across.

    Class names that are too wide for their columns are cut, or replaced by the labels if they would
    look the same. The bar beside each kind of mistake is higher the more often it occurs.
    """
    if line := matrix_line(len(classes)):
        return f"Confusion matrix: {line}"
    cell = 1 + max(3, len(str(metrics.confusion.max())))
    names = [name[:cell] for name in classes]
    if len({*names}) < len(names):
        names = [str(label) for label in range(len(classes))]
        classes = [f"{label} {name}" for label, name in enumerate(classes)]
    width = max(len("label"), *map(len, classes))
    header = " ".join(f"{name:>{cell}}" for name in names)
    rows = ["Rows are labels, columns are predictions:", f"{'label':<{width}}  {header}"]
    wrong = metrics.confused
    most = max(int(wrong.max()), 1)
    for label, name in enumerate(classes):
        cells = [
            _right(int(count), cell)
            if label == predicted
            else _wrong(int(count), int(count) / most, cell)
            for predicted, count in enumerate(metrics.confusion[label])
        ]
        rows.append(f"{name:<{width}}  {''.join(cells)}".rstrip())
    return "\n".join(rows)


def _right(count: int, width: int) -> str:
    return paint(f"{count:>{width}}", "green") + " "


def _wrong(count: int, share: float, width: int) -> str:
    text = f"{count or '·':>{width}}{column(share)}"
    return paint(text, "red" if share >= 0.5 else "yellow") if count else text
