"""The plot of docs/how/batch-norm.md."""

import numpy as np
from matplotlib.figure import Figure

from mlpcli.nn.layers.batch_norm import EPSILON

# smallest and largest variance of the first layer, of a network of exercise 2 and of the one
# that learns the page's faint images, 2026-11-28
MNIST = (0.445, 2.29)
FAINT = (5.5e-6, 4.6e-5)


def factor() -> Figure:
    """Return the factor by which a folded feature grows if epsilon is left out."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.add_subplot()
    variances = np.logspace(-8, 1, 200)
    axes.loglog(variances, np.sqrt((variances + EPSILON) / variances), color="#3f7fd0")
    for (low, high), text, colour in (
        (MNIST, "mnist", "#3a9d5d"),
        (FAINT, "faint images", "#d9822b"),
    ):
        axes.axvspan(low, high, color=colour, alpha=0.3, linewidth=0)
        axes.text(np.sqrt(low * high), 12, text, color=colour, ha="center")
    axes.set_xlabel("variance v of the feature")
    axes.set_ylabel("too large by")
    return figure
