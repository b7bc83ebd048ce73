"""What is shown of very many classes: some of them, and a line that says so."""

import numpy as np
from numpy.typing import NDArray

MOST_ROWS = 100  # of a table with a row for each class
MOST_DRAWN = 64  # classes whose confusion matrix is shown
MOST_LISTED = 1000  # classes whose confusion matrix is in JSON: up to a million numbers


def shown_classes(wrong: NDArray[np.int64]) -> list[int]:
    """Return the classes that a table shows, in order; only the worst if there are very many.

    Args:
        wrong: (classes,) mistakes with images of each class.
    """
    return sorted(np.argsort(-wrong, kind="stable")[:MOST_ROWS].tolist())


def selection_line(classes: int) -> str:
    """Return which of the classes a table shows; nothing if it shows all."""
    if classes <= MOST_ROWS:
        return ""
    return f"These are the {MOST_ROWS} of {classes} classes with the most mistakes"


def matrix_line(classes: int) -> str:
    """Return why there is no confusion matrix; nothing if it is shown."""
    if classes <= MOST_DRAWN:
        return ""
    other = "; --json gives it" if classes <= MOST_LISTED else ""
    return f"not shown for more than {MOST_DRAWN} classes, got {classes}{other}"
