"""What `mlp predict` prints about a picture: lines, drawings and JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlpcli.report.bars import bar
from mlpcli.report.classes import MOST_ROWS
from mlpcli.report.pictures import half_blocks
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.inference.picture_warnings import PictureWarning
    from mlpcli.inference.reading import Prediction, Reading
    from mlpcli.utils.arrays import Array

BAR = 24  # characters of a bar for probability 1


def reading_line(reading: Reading, top: int) -> str:
    """Return a reading in one line, with the likeliest classes, or with each of many digits."""
    place, predictions = printable(reading.place), reading.predictions
    if any(prediction.blank for prediction in predictions):
        return f"{place}: {reading.text}"
    if reading.many:
        likeliest = [f"{one.name} {percent(one.probability)}" for one in predictions]
    else:
        shares, classes = reading.probabilities, predictions[0].classes
        ranking = np.argsort(-shares, kind="stable")[:top]
        likeliest = [f"{classes[label]} {percent(shares[label])}" for label in ranking]
    return f"{place}: {reading.text}  ({', '.join(likeliest)})"


def reading_record(reading: Reading) -> dict[str, Any]:
    """Return the JSON object for a picture; its fields are a promise to users."""
    record: dict[str, Any] = {"image": reading.place}
    if reading.many:
        digits = [one for one in reading.predictions if not one.blank]
        record["text"] = "".join(one.name for one in digits)
        record["digits"] = [
            _prediction_record(one) | {"warnings": _codes(one.warnings)} for one in digits
        ]
        return record | {"warnings": _codes(reading.picture_warnings)}
    record |= _prediction_record(reading.predictions[0])
    return record | {"warnings": _codes(reading.warnings)}


def _prediction_record(prediction: Prediction) -> dict[str, Any]:
    return {
        "label": prediction.label,
        "class": prediction.classes[prediction.label],
        "probability": prediction.probability,
        "probabilities": [float(probability) for probability in prediction.probabilities],
        **({} if prediction.not_a_digit is None else {"not_a_digit": prediction.not_a_digit}),
    }


def _codes(warnings: Sequence[PictureWarning]) -> list[str]:
    return [warning.code for warning in warnings]


def prediction_drawing(prediction: Prediction) -> str:
    """Return what the network saw, in a frame, beside bars of its probabilities.

    Ink has the terminal's own text colour, so that it can be seen on any background.
    """
    seen = half_blocks(prediction.image)
    width = prediction.image.shape[1]
    frame = [f"┌{'─' * width}┐", *(f"│{line:<{width}}│" for line in seen), f"└{'─' * width}┘"]
    bars = _bars(prediction.probabilities, prediction.classes)
    blank = " " * (width + 2)
    rows = max(len(frame), len(bars))
    above = (len(frame) - len(bars)) // 2 if len(bars) < len(frame) else 0
    left = frame + [blank] * (rows - len(frame))
    right = [""] * above + bars + [""] * (rows - above - len(bars))
    return "\n".join(f"{one}   {other}".rstrip() for one, other in zip(left, right, strict=True))


def _bars(probabilities: Array, classes: Sequence[str]) -> list[str]:
    """Return a line with name, probability and bar for each class, or only for the likeliest."""
    likeliest = np.argsort(-probabilities, kind="stable")[:MOST_ROWS]
    shown = [(classes[label], float(probabilities[label])) for label in np.sort(likeliest)]
    widest = max(len(name) for name, _ in shown)
    lines = [
        f"{name:<{widest}}  {percent(share):>8}  {bar(share, BAR)}".rstrip()
        for name, share in shown
    ]
    if len(classes) > MOST_ROWS:
        lines.append(f"These are the {MOST_ROWS} likeliest of {len(classes)} classes")
    return lines
