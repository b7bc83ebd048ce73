"""What `mlp predict` prints about a picture: lines, drawings and JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlpcli.report.bars import bar
from mlpcli.report.classes import MOST_ROWS
from mlpcli.report.page_drawings import line_drawings
from mlpcli.report.pictures import half_blocks
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.inference.picture_warnings import PictureWarning
    from mlpcli.inference.reading import Prediction, Reading
    from mlpcli.utils.arrays import Array

BAR = 24  # characters of a bar for probability 1
MOST_DRAWN = 10  # digits; of more, lines alone are drawn
MOST_WARNINGS = 10  # lines about a page


def reading_text(reading: Reading, top: int) -> str:
    """Return a reading in a line, or a page in a line for each of its lines.

    A line names the likeliest classes, or each of several digits with its probability; one of
    several lines has a number, and the digit that is least sure.
    """
    place, predictions = printable(reading.place), reading.predictions
    if any(prediction.blank for prediction in predictions):
        return f"{place}: {reading.text}"
    if len(reading.lines) > 1:
        return "\n".join(
            f"{place}:{number}: {text}  (least sure: {least.name} {percent(least.probability)})"
            for number, line in enumerate(reading.lines, 1)
            for text in ["".join(one.name for one in line)]
            for least in [min(line, key=lambda one: one.probability)]
        )
    if reading.many:
        likeliest = [f"{one.name} {percent(one.probability)}" for one in predictions]
    else:
        shares, classes = reading.probabilities, predictions[0].classes
        ranking = np.argsort(-shares, kind="stable")[:top]
        likeliest = [f"{classes[label]} {percent(shares[label])}" for label in ranking]
    return f"{place}: {reading.text}  ({', '.join(likeliest)})"


def warning_lines(reading: Reading) -> list[str]:
    """Return a line for each warning; of several digits it says which, of very many not all.

    The name of the picture is as given, with whatever is in it.
    """
    place = reading.place
    lines = [f"{place}: warning: {warning.text}" for warning in reading.picture_warnings]
    several = len(reading.predictions) > 1
    for number, line in enumerate(reading.lines, 1):
        row = f"line {number}, " if len(reading.lines) > 1 else ""
        for place_in_line, one in enumerate(line, 1):
            which = f"{row}digit {place_in_line}: " if several else ""
            lines += [f"{place}: warning: {which}{warning.text}" for warning in one.warnings]
    left_out = len(lines) - MOST_WARNINGS
    if left_out > 1:
        lines[MOST_WARNINGS:] = [f"{place}: {left_out} more warnings; --json lists all"]
    return lines


def reading_record(reading: Reading) -> dict[str, Any]:
    """Return the JSON object for a picture; its fields are a promise to users."""
    record: dict[str, Any] = {"image": reading.place}
    if reading.many:
        digits = [one for one in reading.predictions if not one.blank]
        texts = reading.text.split("\n") if digits else []
        record |= {"text": "\n".join(texts), "lines": texts}
        record["digits"] = [
            _prediction_record(one) | {"warnings": _codes(one.warnings)} for one in digits
        ]
        return record | {"warnings": list(dict.fromkeys(_codes(reading.warnings)))}
    record |= _prediction_record(reading.predictions[0])
    return record | {"warnings": _codes(reading.warnings)}


def _prediction_record(prediction: Prediction) -> dict[str, Any]:
    return {
        "label": prediction.label,
        "class": prediction.classes[prediction.label],
        "probability": prediction.probability,
        "probabilities": [float(probability) for probability in prediction.probabilities],
        **({} if prediction.box is None else {"box": prediction.box._asdict()}),
        **({} if prediction.not_a_digit is None else {"not_a_digit": prediction.not_a_digit}),
    }


def _codes(warnings: Sequence[PictureWarning]) -> list[str]:
    return [warning.code for warning in warnings]


def reading_drawing(reading: Reading) -> str:
    """Return what the network saw of the digit, or of a page its lines, and each of few digits."""
    drawings = list(line_drawings(reading)) if reading.many else []
    if len(reading.predictions) <= MOST_DRAWN:
        drawings += map(prediction_drawing, reading.predictions)
    return "\n".join(drawings)


def prediction_drawing(prediction: Prediction) -> str:
    """Return what the network saw, in a frame, beside bars of its probabilities.

    Ink has the terminal's own text colour, so that it can be seen on any background.
    """
    seen = half_blocks(prediction.seen)
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
