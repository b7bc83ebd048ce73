"""An evaluation as one HTML file that needs no other file: no script, font or picture."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray
from PIL import Image

from mlpcli.inference.evaluation import Evaluation
from mlpcli.inference.inspection import Inspection
from mlpcli.nn.metrics import wilson_interval
from mlpcli.report.classes import MOST_DRAWN, matrix_line, selection_line, shown_classes
from mlpcli.report.pictures import contact_sheet
from mlpcli.report.plots import accuracy_curve, loss_curves, reliability_diagram
from mlpcli.report.templates import render
from mlpcli.report.text import best_text, percent
from mlpcli.utils.arrays import Array
from mlpcli.utils.escaping import printable

WORST = 24  # mistakes that are shown first
IN_CELL = 20  # pictures of a cell of the confusion matrix, at most
PIXELS = 1_600_000  # of all these pictures together, at most
UNITS = 100  # of the first layer, whose weights are shown, at most
WEIGHTS = 80_000  # of all these units together, at most

_BLUE, _WHITE, _RED = np.array([(33, 102, 172), (247, 247, 247), (178, 24, 43)])
_GAP = 255  # the colour between the pictures of weights


@dataclass(frozen=True)
class Picture:
    """An image of the data, its label and its prediction; the name is empty if it has none."""

    source: str
    index: int
    name: str
    label: str
    prediction: str
    probability: str


@dataclass(frozen=True)
class Cell:
    """A cell of the confusion matrix: the images of one class that were read as a certain class.

    Attributes:
        name: the target of links to it.
        count: how many images are in it.
        shade: of its background, in [0, 1].
        right: whether the prediction is right.
        pictures: some of them; the least confident right predictions, or the most confident wrong
            ones.
    """

    name: str
    label: str
    prediction: str
    count: int
    shade: float
    right: bool
    pictures: tuple[Picture, ...]


def report_html(evaluation: Evaluation, inspections: Sequence[Inspection]) -> str:
    """Return a page about an evaluation.

    Args:
        evaluation: what to show.
        inspections: of each file of weights that was evaluated.
    """
    cells = _cells(evaluation)
    return render(
        "page.html.j2",
        ["page.css"],
        {"interval": wilson_interval, "best_text": best_text},
        evaluation=evaluation,
        name=_name(evaluation.data),
        calibrated=evaluation.classifier.calibrated,
        metrics=evaluation.metrics,
        classes=evaluation.classes,
        shown=shown_classes(evaluation.metrics.wrong),
        selection=selection_line(len(evaluation.classes)),
        cells=cells,
        no_matrix=matrix_line(len(evaluation.classes)),
        listed=[cell for row in cells for cell in row if cell.pictures],
        worst=_pictures(evaluation, evaluation.mistakes(WORST)),
        reliability=_reliability(evaluation),
        inspections=inspections,
        curves=[_curves(inspection, number) for number, inspection in enumerate(inspections)],
        weights=[_first_weights(inspection) for inspection in inspections],
    )


def _name(data: str) -> str:
    """Return a data set's name, or the last part of its path."""
    return printable(Path(data).name or data)


def _reliability(evaluation: Evaluation) -> Markup:
    """Return the diagram, with the values before the temperature if there is one."""
    calibrated = evaluation.classifier.calibrated
    uncalibrated = evaluation.uncalibrated_reliability if calibrated else None
    svg = reliability_diagram(evaluation.reliability, uncalibrated)
    return Markup(svg)  # noqa: S704  # made of numbers alone


def _curves(inspection: Inspection, number: int) -> list[Markup]:
    """Return the learning curves of a run, if it has any."""
    if not inspection.history:
        return []
    history = inspection.history
    drawn = (loss_curves(history, f"loss-{number}"), accuracy_curve(history, f"accuracy-{number}"))
    return [Markup(svg) for svg in drawn if svg]  # noqa: S704  # made of numbers alone


def _cells(evaluation: Evaluation) -> list[list[Cell]]:
    """Return the confusion matrix; nothing for very many classes, as nobody could read it."""
    classes = evaluation.classes
    if len(classes) > MOST_DRAWN:
        return []
    confusion = evaluation.metrics.confusion
    pixels = evaluation.split.images[0].size * np.count_nonzero(confusion)
    most = min(IN_CELL, PIXELS // pixels)
    wrong = evaluation.metrics.confused
    shades = (wrong / max(int(wrong.max()), 1)) ** 0.5  # so that even one mistake shows
    return [
        [
            _cell(evaluation, label, predicted, float(shades[label, predicted]), most)
            for predicted in range(len(classes))
        ]
        for label in range(len(classes))
    ]


def _cell(evaluation: Evaluation, label: int, predicted: int, shade: float, most: int) -> Cell:
    indices = evaluation.cell(label, predicted)
    ordered = evaluation.most_confident_first(indices)
    if label == predicted:
        ordered = ordered[::-1]
    return Cell(
        f"read-{label}-as-{predicted}",
        evaluation.classes[label],
        evaluation.classes[predicted],
        len(indices),
        shade,
        label == predicted,
        _pictures(evaluation, ordered[:most]),
    )


def _pictures(evaluation: Evaluation, indices: NDArray[np.int64]) -> tuple[Picture, ...]:
    predicted, confidence = evaluation.predicted, evaluation.confidence
    return tuple(
        Picture(
            _png(Image.fromarray(evaluation.split.images[index])),
            index,
            evaluation.split.name_of(index) or "",
            evaluation.classes[evaluation.split.labels[index]],
            evaluation.classes[predicted[index]],
            percent(float(confidence[index])),
        )
        for index in indices.tolist()
    )


def _first_weights(inspection: Inspection) -> str:
    """Return a picture of the first layer's weights, of the units with the largest norms.

    White is 0, red positive and blue negative; each unit has its own scale.
    """
    inputs = inspection.classifier.inputs
    weight = inspection.classifier.networks[0].linears[0].weight
    weight = np.nan_to_num(weight).astype(np.float64)  # folded ones may be infinite
    lengths = np.linalg.norm(weight, axis=0)
    units = min(UNITS, max(1, WEIGHTS // len(weight)))
    shown = weight[:, np.argsort(-lengths, kind="stable")[:units]].T
    sheet = contact_sheet(_levels(shown).reshape(-1, inputs.height, inputs.width), 0, _GAP)
    picture = Image.fromarray(sheet)
    picture.putpalette(_palette())
    return _png(picture)


def _levels(weights: Array) -> NDArray[np.uint8]:
    """Return each row as levels from 0 to 254, where 127 stands for 0."""
    largest = np.maximum(np.abs(weights).max(axis=1, keepdims=True), np.finfo(np.float64).tiny)
    return np.asarray(np.rint(127 + 127 * (weights / largest)), dtype=np.uint8)


def _palette() -> bytes:
    share = np.linspace(-1, 1, 255)[:, None]
    ends = np.where(share < 0, _BLUE, _RED)
    colours = _WHITE + np.abs(share) * (ends - _WHITE)
    return bytes(np.rint(colours).astype(np.uint8)) + bytes((128, 128, 128))


def _png(picture: Image.Image) -> str:
    """Return a picture as a data URL."""
    file = BytesIO()
    picture.save(file, format="PNG", optimize=True)
    return f"data:image/png;base64,{b64encode(file.getvalue()).decode()}"
