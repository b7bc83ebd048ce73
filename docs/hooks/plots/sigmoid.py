"""The plot of docs/how/sigmoid.md."""

import numpy as np
from matplotlib.figure import Figure

from mlpcli.nn import Sigmoid

GREY, BLUE, ORANGE = "#808080", "#3f7fd0", "#d9822b"


def function_and_slope() -> Figure:
    """Return the sigmoid and its derivative."""
    x = np.linspace(-8, 8, 321)[None]
    sigmoid = Sigmoid()
    y, slope = sigmoid.forward(x)[0], sigmoid.backward(np.ones_like(x))[0]
    figure = Figure(figsize=(7, 2.6))
    axes = figure.add_subplot()
    axes.plot(x[0], y, color=BLUE)
    axes.plot(x[0], slope, color=ORANGE)
    axes.text(2.5, 0.8, "sigmoid", color=BLUE)
    axes.text(1.9, 0.2, "its slope, at most 0.25", color=ORANGE)
    axes.set_xlabel("x")
    axes.set_ylabel("y", color=GREY, rotation=0, labelpad=10)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.grid(color=GREY, alpha=0.3)
    axes.set_xlim(-8, 8)
    return figure
