"""What is shown where there are very many classes: a part that can be looked at, and a line."""

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 100  # of a table with a row for each class
MOST_DRAWN = 64  # classes whose confusion matrix is shown
MOST_LISTED = 1000  # classes whose confusion matrix is in JSON, a million numbers then


def shown_classes(wrong: NDArray[np.int64]) -> list[int]:
    """Return the classes that a table shows in their order, of very many the worst.

    Args:
        wrong: (classes,) mistakes with images of each class.
    """
    return sorted(np.argsort(-wrong, kind="stable")[:MOST_ROWS].tolist())


def selection_line(classes: int) -> str:
    """Return which of the classes a table shows; nothing where it shows all."""
    if classes <= MOST_ROWS:
        return ""
    return f"These are the {MOST_ROWS} of {classes} classes with the most mistakes"


def matrix_line(classes: int) -> str:
    """Return why there is no confusion matrix; nothing where it is shown."""
    if classes <= MOST_DRAWN:
        return ""
    other = "; --json gives it" if classes <= MOST_LISTED else ""
    return f"left out, for it is shown for up to {MOST_DRAWN} classes, got {classes}{other}"
