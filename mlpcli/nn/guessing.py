"""Whether predictions are better than guesses."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.metrics import Metrics

ENOUGH = 50  # images outside the commonest class; with fewer there is no verdict
MARGIN = 0.05  # Cohen's kappa below which predictions are hardly better than guesses


def is_guessing(metrics: Metrics) -> bool | None:
    """Tell whether predictions are hardly better than guesses; None if there are too few images.

    The baseline is the chance agreement of predictions and labels (Cohen 1960), not the share of
    the commonest class, so that finding some images of a rare class counts as better.
    """
    if not has_enough_images(metrics.labels):
        return None
    predicted = np.bincount(metrics.predicted, minlength=metrics.classes)
    agreement = float(metrics.support @ predicted) / metrics.count**2
    return metrics.accuracy < guessing_threshold(max(agreement, 1 / metrics.classes))


def has_enough_images(labels: NDArray[np.int64]) -> bool:
    """Tell whether there are enough images of different classes to judge a network by."""
    return len(labels) - int(np.bincount(labels).max(initial=0)) >= ENOUGH


def guessing_threshold(chance: float) -> float:
    """Return the accuracy below which predictions are hardly better than guesses.

    Args:
        chance: the accuracy of guesses, which is small if there are many classes.
    """
    return min(2 * chance, chance + MARGIN * (1 - chance))
