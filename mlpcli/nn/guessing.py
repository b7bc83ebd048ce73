"""Whether predictions are better than guesses."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.metrics import Metrics

ENOUGH = 50  # images beside those of the commonest class, without which nothing can tell
MARGIN = 0.05  # Cohen's kappa of predictions that are hardly better than guesses


def is_guessing(metrics: Metrics) -> bool | None:
    """Tell whether predictions are hardly better than guesses; None where too few images can tell.

    Guesses are right where they happen to agree with the labels. Measured by that, and not by the
    share of the commonest class, predictions count that find some of a rare one (Cohen 1960).
    """
    if not can_tell(metrics.labels):
        return None
    predicted = np.bincount(metrics.predicted, minlength=metrics.classes)
    agreement = float(metrics.support @ predicted) / metrics.count**2
    return metrics.accuracy < best_guess(max(agreement, 1 / metrics.classes))


def can_tell(labels: NDArray[np.int64]) -> bool:
    """Tell whether images of these classes can show that a network has learnt."""
    return len(labels) - int(np.bincount(labels).max(initial=0)) >= ENOUGH


def best_guess(chance: float) -> float:
    """Return the accuracy below which predictions are hardly better than guesses.

    Args:
        chance: the accuracy of guesses, which is small where there are many classes.
    """
    return min(2 * chance, chance + MARGIN * (1 - chance))
