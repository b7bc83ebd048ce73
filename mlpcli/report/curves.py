"""Learning curves in block characters."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.report.bars import at_most, columns
from mlpcli.report.colours import Colour, paint
from mlpcli.report.text import percent
from mlpcli.runs.epochs import EpochResult

HEIGHT = 6  # lines of a chart
GAP = 4  # characters between charts
EPOCH = "epoch 1"


@dataclass(frozen=True)
class _Chart:
    """A number over the epochs.

    Attributes:
        title: what it is.
        values: one for each epoch.
        write: formats a value.
        colour: of the columns.
    """

    title: str
    values: list[float]
    write: Callable[[float], str]
    colour: Colour

    def heights(self, width: int) -> NDArray[np.float64]:
        """Return the values of the columns, means of several epochs if there are many."""
        return at_most(self.values, width).clip(0)

    def lines(self, width: int, top: float) -> list[str]:
        """Return title, first and last value, columns, and first and last epoch."""
        chart = columns(self.heights(width), top, width, HEIGHT)
        drawn = [line.rstrip() for line in chart]
        epochs = len(self.values)
        last = f"{epochs:>{len(chart[0]) - len(EPOCH)}}" if epochs > 1 else ""
        return [
            self.title.ljust(width),
            f"{self.write(self.values[0])} → {self.write(self.values[-1])}".ljust(width),
            *(paint(line, self.colour) + " " * (width - len(line)) for line in drawn),
            f"{EPOCH}{last}".ljust(width),
        ]


def curve_text(history: Sequence[EpochResult], width: int = 80) -> str:
    """Return losses and validation error over the epochs, as charts side by side.

    The losses share a scale; every chart begins at 0.

    Args:
        history: of at least one epoch.
        width: in characters.
    """
    known = [
        (r.validation_loss, 1 - r.validation_accuracy)
        for r in history
        if r.validation_loss is not None and r.validation_accuracy is not None
    ]
    losses = [_Chart("train loss", [r.train_loss for r in history], "{:.4g}".format, "blue")]
    errors = []
    if known:
        validation, error = map(list, zip(*known, strict=True))
        losses.append(_Chart("validation loss", validation, "{:.4g}".format, "yellow"))
        errors.append(_Chart("validation error", error, percent, "red"))
        width = max((width + GAP) // 3 - GAP, len("validation error"))
    drawn = []
    for charts in (losses, errors):
        top = max((float(chart.heights(width).max()) for chart in charts), default=0.0)
        drawn += [chart.lines(width, top) for chart in charts]
    lines = ((" " * GAP).join(parts) for parts in zip(*drawn, strict=True))
    return "\n".join(line.rstrip() for line in lines)
