"""Predictions as a CSV: ImageId and Label, as Kaggle takes them, or a row for each picture."""

from __future__ import annotations

from collections.abc import Sequence

from mlpcli.inference.reading import Reading
from mlpcli.report.tables import csv_table


class PredictionTable:
    """Collects predictions as the rows of a CSV.

    Args:
        classes: the name of each.
        numbered: whether rows are numbered from 1 on, with the likeliest class, under Kaggle's
            names ImageId and Label; otherwise they have the name of the picture, the class, its
            probability, and the codes of the warnings with spaces between them.
        probabilities: whether a column with the probability of each class follows.
    """

    def __init__(self, classes: Sequence[str], *, numbered: bool, probabilities: bool) -> None:
        self.numbered, self._probabilities = numbered, probabilities
        pictures = ["image", "predicted", "probability", "warnings"]
        names = ["ImageId", "Label"] if numbered else pictures
        self._names = [*names, *(classes if probabilities else ())]
        self._rows: list[list[object]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(self, reading: Reading) -> None:
        """Add a row."""
        name = reading.predictions[0].classes[reading.label]
        row: list[object] = [len(self) + 1, name]
        if not self.numbered:
            codes = " ".join(warning.code for warning in reading.warnings)
            row = [reading.place, name, _number(reading.probability), codes]
        if self._probabilities:
            row += map(_number, reading.probabilities.tolist())
        self._rows.append(row)

    @property
    def text(self) -> str:
        """All rows, below the names of the columns."""
        return csv_table(self._names, self._rows)


def _number(probability: float) -> float:
    """Return a probability in as many digits as a float32 has."""
    return float(f"{probability:.7g}")
