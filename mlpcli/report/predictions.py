"""Predictions as a CSV: ImageId and Label, as Kaggle takes them, or a row for each picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from mlpcli.inference.reading import Reading
from mlpcli.utils.escaping import printable


class PredictionTable:
    """Collects predictions as the rows of a CSV.

    Args:
        classes: the name of each.
        numbered: whether rows are numbered from 1 on, with the likeliest class, under Kaggle's
            names ImageId and Label; otherwise they have the name of the picture, the class and its
            probability.
        probabilities: whether a column with the probability of each class follows.
    """

    def __init__(self, classes: Sequence[str], *, numbered: bool, probabilities: bool) -> None:
        self.count = 0
        self._numbered, self._probabilities = numbered, probabilities
        self._text = io.StringIO()
        self._writer = csv.writer(self._text, lineterminator="\n")
        names = ["ImageId", "Label"] if numbered else ["image", "label", "probability"]
        self._writer.writerow([*names, *(classes if probabilities else ())])

    def add(self, reading: Reading) -> None:
        """Add a row."""
        self.count += 1
        name = reading.predictions[0].classes[reading.label]
        row: list[object] = [self.count, name]
        if not self._numbered:
            row = [printable(reading.place), name, _number(reading.probability)]
        if self._probabilities:
            row += map(_number, reading.probabilities.tolist())
        self._writer.writerow(row)

    @property
    def text(self) -> str:
        """All rows, below the names of the columns."""
        return self._text.getvalue()


def _number(probability: float) -> str:
    """Return a probability in as many digits as a float32 has."""
    return f"{probability:.7g}"
