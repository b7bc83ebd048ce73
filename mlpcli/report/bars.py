"""Charts in block characters, each filled an eighth more than the one before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RIGHTWARDS = " ▏▎▍▌▋▊▉█"
UPWARDS = " ▁▂▃▄▅▆▇█"
WIDEST = 6  # characters of a column, at most


def bar(share: float, width: int) -> str:
    """Return a horizontal bar, as long as a share in [0, 1] of a width in characters."""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + RIGHTWARDS[eighths % 8].strip()


def column(share: float) -> str:
    """Return one character filled by a share in [0, 1]; any share above 0 shows."""
    return UPWARDS[max(round(share * 8), 1 if share > 0 else 0)]


def columns(values: NDArray[np.float64], top: float, width: int, height: int) -> list[str]:
    """Return lines of text with a column for each value; a value of `top` fills the height.

    Args:
        values: at least one and at most `width`, each in [0, top].
        top: the upper end of the chart.
        width: in characters, shared by the columns.
        height: in lines.
    """
    eighths = np.rint(values / (top or 1) * height * 8).astype(int)
    wide = eighths.repeat(min(width // len(eighths), WIDEST))
    return [
        "".join(UPWARDS[min(max(count - 8 * row, 0), 8)] for count in wide)
        for row in reversed(range(height))
    ]


def at_most(values: Sequence[float], most: int) -> NDArray[np.float64]:
    """Return at most `most` values, each the mean of about equally many neighbours."""
    parts = np.array_split(np.array(values, dtype=np.float64), min(len(values), most))
    return np.array([part.mean() for part in parts])
