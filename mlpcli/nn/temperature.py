"""The temperature that calibrates a network's probabilities.

A network that overfits is overconfident, one trained with label smoothing is underconfident.
Dividing the logits by one number corrects most of that and changes no prediction (Guo et al.,
arXiv:1706.04599).
"""

from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Array

LOWEST, HIGHEST = 0.05, 20.0
"""The bounds of the temperature."""

FEWEST = 50  # images needed to fit it
ENOUGH = 1 << 23  # logits to fit it to, at most; fitting takes 256 MiB


def fit_temperature(logits: Array, labels: NDArray[np.int64]) -> float:
    """Return the temperature T at which softmax(logits / T) has the least cross-entropy.

    With β = 1/T the cross-entropy is mean(log Σᵢ exp(β zᵢ) − β z_label). It is convex: its slope is
    the mean of Σᵢ pᵢ zᵢ − z_label, its curvature the mean variance of z under p. Newton's method
    finds its minimum, kept between a point with a negative slope and one with a positive slope.

    Args:
        logits: (count, classes), finite, of images that the network has not learnt from.
        labels: (count,) in [0, classes).

    Returns:
        T in [LOWEST, HIGHEST]; 1 for fewer images than FEWEST, and if every prediction is right,
        since then a lower T is always better and the images set no limit.
    """
    z = logits.T.astype(np.float64)  # (classes, count)
    z -= z.max(axis=0)
    of_label = z[labels, np.arange(len(labels))]
    if len(labels) < FEWEST or not of_label.any():  # the label's logit is always the largest
        return 1.0
    low, beta, high = 1 / HIGHEST, 1.0, 1 / LOWEST
    for _ in range(50):  # five or six are enough unless the minimum is outside the bounds
        p = np.exp(beta * z)
        p /= p.sum(axis=0)
        mean = (p * z).sum(axis=0)
        slope = float((mean - of_label).mean())
        curvature = float(((p * z * z).sum(axis=0) - mean * mean).mean())
        low, high = (low, beta) if slope > 0 else (beta, high)
        newton = beta - slope / curvature if curvature > 0 else 0.0
        before, beta = beta, newton if low < newton < high else sqrt(low * high)
        if abs(beta - before) < 1e-7 * before:
            break
    return min(max(1 / beta, LOWEST), HIGHEST)


def stride(count: int, classes: int) -> int:
    """Return n, to fit to every n-th of `count` images: 1 unless there are many classes."""
    return ceil(count * classes / ENOUGH)
