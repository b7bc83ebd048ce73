"""The plot of docs/how/softmax.md."""

import numpy as np
from matplotlib.figure import Figure

from mlpcli.nn import Softmax

COLOURS = ("#3f7fd0", "#d9822b", "#3a9d5d")


def competition() -> Figure:
    """Return three softmax outputs while the first of the logits (x₁, 1, 0) grows."""
    first = np.linspace(-4, 6, 201)
    outputs = Softmax().forward(np.stack([first, np.ones(201), np.zeros(201)], axis=1))
    figure = Figure(figsize=(7, 2.6))
    axes = figure.add_subplot()
    places = [(3.2, 0.75), (-3.8, 0.77), (-3.8, 0.31)]
    for number, (output, colour, place) in enumerate(
        zip(outputs.T, COLOURS, places, strict=True), 1
    ):
        axes.plot(first, output, color=colour)
        axes.text(*place, f"$s_{number}$", color=colour)
    axes.set_xlabel("first logit; the others are 1 and 0")
    axes.set_ylabel("probability")
    axes.set_xlim(-4, 6)
    return figure
