"""Predictions for pictures, with warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from mlpcli.images import Preprocessed
from mlpcli.images.cutouts import Box
from mlpcli.images.normalization import Pixels
from mlpcli.images.preprocessing import Trace
from mlpcli.images.view import DESLANT, WIDTH, View
from mlpcli.inference.committee import Judgement
from mlpcli.inference.picture_warnings import (
    PictureWarning,
    warn_of_picture,
    warn_of_prediction,
)
from mlpcli.utils.arrays import Array, Float64


@dataclass(frozen=True, eq=False)
class Prediction:
    """The prediction for one input image.

    Attributes:
        image: (height, width) uint8, what the networks read.
        probabilities: (classes,) float, with a sum of 1.
        classes: the name of each label.
        warnings: about this prediction.
        not_a_digit: the probability that it shows none of the classes, in [0, 1]; None if the
            networks were trained on images of the classes alone.
        box: around it, in pixels of the picture as it is shown; None where no digit was looked
            for.
        blank: whether a digit was looked for and no ink was found.
        view: how the first network saw the image.
    """

    image: Pixels
    probabilities: Array
    classes: Sequence[str]
    warnings: tuple[PictureWarning, ...] = ()
    not_a_digit: float | None = None
    box: Box | None = None
    blank: bool = False
    view: View = field(default_factory=View)

    @property
    def seen(self) -> Pixels:
        """(height, width) uint8, what the first network saw."""
        (seen,) = self.view.apply(self.image[None])
        return np.asarray(seen)

    @property
    def label(self) -> int:
        """The likeliest class, counted from 0."""
        return int(self.probabilities.argmax())

    @property
    def name(self) -> str:
        """The name of the likeliest class, or a dash where there is no ink."""
        return "–" if self.blank else self.classes[self.label]

    @property
    def probability(self) -> float:
        """The probability of the likeliest class, in [0, 1]."""
        return float(self.probabilities.max())


@dataclass(frozen=True, eq=False)
class Reading:
    """The predictions for one picture, with warnings.

    With several digits, `label`, `name` and so on are those of the first prediction.

    Attributes:
        place: the name of the file, or what else the picture is called.
        lines: the predictions, of one or of each digit: lines from top to bottom, and each from
            left to right.
        picture_warnings: about the picture as a whole.
        many: whether each of several digits was asked for.
        steps: the picture after each step of its preprocessing, with the step's name; of one digit
            also what networks with a view saw.
        size: height and width of the picture, in pixels.
    """

    place: str
    lines: tuple[tuple[Prediction, ...], ...]
    picture_warnings: tuple[PictureWarning, ...]
    many: bool
    steps: Trace
    size: tuple[int, int]

    @property
    def predictions(self) -> tuple[Prediction, ...]:
        """All predictions, line by line."""
        return tuple(prediction for line in self.lines for prediction in line)

    @property
    def label(self) -> int:
        """The likeliest class, counted from 0."""
        return self.predictions[0].label

    @property
    def name(self) -> str:
        """The name of the likeliest class, or a dash where there is no ink."""
        return self.predictions[0].name

    @property
    def probability(self) -> float:
        """The probability of the likeliest class, in [0, 1]."""
        return self.predictions[0].probability

    @property
    def probabilities(self) -> Array:
        """(classes,) float, with a sum of 1."""
        return self.predictions[0].probabilities

    @property
    def image(self) -> Pixels:
        """(height, width) uint8, what the networks read."""
        return self.predictions[0].image

    @property
    def text(self) -> str:
        """The names of all predictions, side by side, with a line end between lines."""
        return "\n".join("".join(one.name for one in line) for line in self.lines)

    @property
    def warnings(self) -> tuple[PictureWarning, ...]:
        """Warnings about the picture and about each prediction."""
        each = (warning for one in self.predictions for warning in one.warnings)
        return (*self.picture_warnings, *each)

    def __repr__(self) -> str:
        return f"<Reading {str(self).replace(chr(10), '; ')}>"

    def __str__(self) -> str:
        likeliest = ", ".join(
            f"{one.name} {100 * one.probability:.2f} %" for one in self.predictions if not one.blank
        )
        lines = [f"{self.place}: {self.text}" + (f"  ({likeliest})" if likeliest else "")]
        lines += [f"warning: {warning.text}" for warning in self.warnings]
        return "\n".join(lines)


def make_reading(
    place: str,
    picture: Preprocessed,
    judgements: Sequence[Judgement],
    classes: Sequence[str],
    *,
    many: bool,
) -> Reading:
    """Combine a picture's predictions and warnings.

    Args:
        place: the name of the file.
        picture: the preprocessed picture.
        judgements: for each of its images.
        classes: the name of each label.
        many: whether each of several digits was asked for.
    """
    predictions = []
    boxes: list[Box | None] = [*picture.boxes] or [None] * len(picture.images)
    for image, judgement, box in zip(picture.images, judgements, boxes, strict=True):
        shares = judgement.probabilities
        if image.any() or not picture.searched:
            warnings = tuple(warn_of_prediction(shares, classes, outlier=judgement.outlier))
            no_class = judgement.not_a_digit
            predictions.append(Prediction(image, shares, classes, warnings, no_class, box))
        else:  # no ink: every class is equally likely
            even = np.full_like(shares, 1 / len(classes))
            predictions.append(Prediction(image, even, classes, blank=True))
    each = iter(predictions)
    lines = tuple(tuple(islice(each, len(line))) for line in picture.lines or (predictions,))
    warnings = tuple(warn_of_picture(picture, many=many))
    return Reading(place, lines, warnings, many, picture.trace, picture.size)


def as_seen(reading: Reading, views: Sequence[View]) -> Reading:
    """Return a reading that says how the networks saw what they read.

    Args:
        reading: what was read.
        views: how each network sees an image.
    """
    if not any(view.changes for view in views):
        return reading
    lines = tuple(tuple(replace(one, view=views[0]) for one in line) for line in reading.lines)
    seen = [] if reading.many else _seen_by(views, reading.image)
    return replace(reading, lines=lines, steps=[*reading.steps, *seen])


def _seen_by(views: Sequence[View], image: Pixels) -> Iterator[tuple[str, Float64]]:
    """Yield an image after each step of each view, with the step's name."""
    for view in dict.fromkeys(views):
        if view.deslant:
            yield DESLANT, View(deslant=True).apply(image[None])[0] / 255
        if view.width is not None:
            yield f"{WIDTH}-{view.width}", view.apply(image[None])[0] / 255
