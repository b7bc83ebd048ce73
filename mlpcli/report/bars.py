"""Charts in block characters, of which each shows an eighth more than the one before."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

RIGHTWARDS = " ▏▎▍▌▋▊▉█"
UPWARDS = " ▁▂▃▄▅▆▇█"
WIDEST = 6  # characters of a column


def bar(share: float, width: int) -> str:
    """Return a bar from left to right, as long as a share in [0, 1] of a width in characters."""
    eighths = round(share * width * 8)
    return "█" * (eighths // 8) + RIGHTWARDS[eighths % 8].strip()


def column(share: float) -> str:
    """Return one character that is filled by a share in [0, 1], at least a little by any."""
    return UPWARDS[max(round(share * 8), 1 if share > 0 else 0)]


def columns(values: NDArray[np.float64], top: float, width: int, height: int) -> list[str]:
    """Return lines of text with a column for each value, one of `top` as high as they allow.

    Args:
        values: no more than `width`, at least one, each in [0, top].
        top: where the chart ends.
        width: in characters, which the columns share.
        height: in lines.
    """
    eighths = np.rint(values / (top or 1) * height * 8).astype(int)
    wide = eighths.repeat(min(width // len(eighths), WIDEST))
    return [
        "".join(UPWARDS[min(max(count - 8 * row, 0), 8)] for count in wide)
        for row in reversed(range(height))
    ]


def at_most(values: Sequence[float], most: int) -> NDArray[np.float64]:
    """Return no more than so many values, each the mean of equally many neighbours, or nearly."""
    parts = np.array_split(np.array(values, dtype=np.float64), min(len(values), most))
    return np.array([part.mean() for part in parts])
