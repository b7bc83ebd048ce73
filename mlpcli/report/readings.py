"""What `mlp predict` says of a picture: lines, drawings and JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.inference.picture_warnings import PictureWarning, warn_of_picture, warn_of_prediction
from mlpcli.report.bars import bar
from mlpcli.report.classes import MOST_ROWS
from mlpcli.report.pictures import half_blocks
from mlpcli.report.text import percent
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.images import Preprocessed
    from mlpcli.utils.arrays import Array

BAR = 24  # characters of a bar for probability 1


@dataclass(frozen=True)
class Answer:
    """What one input image was read as.

    Attributes:
        image: (height, width) uint8, what the network saw.
        probabilities: (classes,) of sum 1.
        warnings: about this answer.
        blank: whether a digit was looked for and no ink found.
    """

    image: NDArray[np.uint8]
    probabilities: Array
    warnings: tuple[PictureWarning, ...] = ()
    blank: bool = False

    @property
    def label(self) -> int:
        """The likeliest class."""
        return int(self.probabilities.argmax())


@dataclass(frozen=True)
class Reading:
    """What a picture was read as.

    Attributes:
        place: the file's name.
        answers: one, or one for each digit from left to right.
        warnings: about the picture.
        classes: the name of each label.
        many: whether each digit was asked for.
    """

    place: str
    answers: tuple[Answer, ...]
    warnings: tuple[PictureWarning, ...]
    classes: Sequence[str]
    many: bool

    def name(self, answer: Answer) -> str:
        """Return the class of an answer, or a dash for a blank one."""
        return "–" if answer.blank else self.classes[answer.label]

    @property
    def every_warning(self) -> list[PictureWarning]:
        """Doubts about the picture and about each answer."""
        return [
            *self.warnings,
            *(warning for answer in self.answers for warning in answer.warnings),
        ]


def make_reading(
    place: str,
    prepared: Preprocessed,
    probabilities: Sequence[Array],
    classes: Sequence[str],
    *,
    many: bool,
) -> Reading:
    """Put together what is known of a picture, and what speaks against it.

    Args:
        place: the file's name.
        prepared: what became of it.
        probabilities: for each of its images, (classes,) of sum 1.
        classes: the name of each label.
        many: whether each digit was asked for.
    """
    answers = []
    for image, shares in zip(prepared.images, probabilities, strict=True):
        if image.any() or not prepared.searched:
            answers.append(Answer(image, shares, tuple(warn_of_prediction(shares, classes))))
        else:  # nothing speaks for any class
            answers.append(Answer(image, np.full_like(shares, 1 / len(classes)), blank=True))
    warnings = tuple(warn_of_picture(prepared, many=many))
    return Reading(place, tuple(answers), warnings, classes, many)


def reading_line(reading: Reading, top: int) -> str:
    """Return the answer in one line: with the likeliest classes, or for many digits each one's."""
    place = printable(reading.place)
    text = "".join(reading.name(answer) for answer in reading.answers)
    if any(answer.blank for answer in reading.answers):
        return f"{place}: {text}"
    if reading.many:
        likeliest = (f"{reading.name(a)} {percent(a.probabilities.max())}" for a in reading.answers)
    else:
        ranking = np.argsort(-reading.answers[0].probabilities, kind="stable")[:top]
        likeliest = (
            f"{reading.classes[label]} {percent(reading.answers[0].probabilities[label])}"
            for label in ranking
        )
    return f"{place}: {text}  ({', '.join(likeliest)})"


def reading_record(reading: Reading) -> dict[str, Any]:
    """Return the JSON object for a picture; its fields are a promise to users."""
    record: dict[str, Any] = {"image": reading.place}
    if reading.many:
        record["text"] = "".join(reading.name(a) for a in reading.answers if not a.blank)
        record["digits"] = [
            _answer_record(reading, answer)
            | {"warnings": [warning.code for warning in answer.warnings]}
            for answer in reading.answers
        ]
        return record | {"warnings": [warning.code for warning in reading.warnings]}
    (answer,) = reading.answers
    record |= _answer_record(reading, answer)
    return record | {"warnings": [warning.code for warning in reading.every_warning]}


def _answer_record(reading: Reading, answer: Answer) -> dict[str, Any]:
    return {
        "label": answer.label,
        "class": reading.classes[answer.label],
        "probability": float(answer.probabilities.max()),
        "probabilities": [float(probability) for probability in answer.probabilities],
    }


def answer_drawing(answer: Answer, classes: Sequence[str]) -> str:
    """Return what the network saw, in a frame, beside bars of its probabilities.

    Inked pixels are in the terminal's own text colour, so that it looks the same on any background.
    """
    seen = half_blocks(answer.image)
    width = answer.image.shape[1]
    frame = [f"┌{'─' * width}┐", *(f"│{line:<{width}}│" for line in seen), f"└{'─' * width}┘"]
    bars = _bars(answer.probabilities, classes)
    blank = " " * (width + 2)
    rows = max(len(frame), len(bars))
    above = (len(frame) - len(bars)) // 2 if len(bars) < len(frame) else 0
    left = frame + [blank] * (rows - len(frame))
    right = [""] * above + bars + [""] * (rows - above - len(bars))
    return "\n".join(f"{one}   {other}".rstrip() for one, other in zip(left, right, strict=True))


def _bars(probabilities: Array, classes: Sequence[str]) -> list[str]:
    """Return a line for each class, of very many for the likeliest: name, probability, bar."""
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
