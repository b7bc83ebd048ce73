"""Learning curves in block characters."""

from collections.abc import Sequence

from mlpcli.history import EpochResult
from mlpcli.report.bars import columns
from mlpcli.report.colours import Colour, paint
from mlpcli.report.text import percent

HEIGHT = 6  # lines of a chart
GAP = 4  # characters between charts
EPOCH = "epoch 1"
LARGEST = 1e30  # a value that is shown, whatever a file holds


def curve_text(history: Sequence[EpochResult], width: int = 80) -> str:
    """Return losses and validation error over the epochs, as charts side by side.

    The losses share a scale; every chart begins at 0.

    Args:
        history: of at least one epoch.
        width: in characters.
    """
    train = [result.train_loss for result in history]
    losses = [r.validation_loss for r in history if r.validation_loss is not None]
    errors = [1 - r.validation_accuracy for r in history if r.validation_accuracy is not None]
    top = max([*train, *losses])
    if not losses or not errors:
        return _side_by_side([_chart("train loss", train, top, width, "blue")])
    third = (width + GAP) // 3 - GAP
    return _side_by_side(
        [
            _chart("train loss", train, top, third, "blue"),
            _chart("validation loss", losses, top, third, "yellow"),
            _chart("validation error", errors, max(errors), third, "red"),
        ]
    )


def _side_by_side(charts: Sequence[list[str]]) -> str:
    lines = ((" " * GAP).join(parts) for parts in zip(*charts, strict=True))
    return "\n".join(line.rstrip() for line in lines)


def _chart(
    title: str, values: Sequence[float], top: float, width: int, colour: Colour
) -> list[str]:
    """Return the lines of one chart: what it shows, its first and last value, columns, epochs."""
    heights = [min(max(value, 0), LARGEST) for value in values]
    write = percent if title.endswith("error") else "{:.4g}".format
    lines = columns(heights, min(top, LARGEST), width, HEIGHT)
    last = f"{len(values):>{len(lines[0]) - len(EPOCH)}}" if len(values) > 1 else ""
    return [
        f"{title:<{width}}",
        f"{write(values[0])} → {write(values[-1])}".ljust(width),
        *(paint(line.rstrip(), colour) + " " * (width - len(line.rstrip())) for line in lines),
        f"{EPOCH}{last}".ljust(width),
    ]
