"""The plots of docs/how/optimizers.md: paths of optimizers on a quadratic function."""

from collections.abc import Callable
from functools import partial

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlpcli.nn import Adam, Optimizer, Sgd

GREY = "#808080"
BLUE, ORANGE, GREEN, RED = "#3f7fd0", "#d9822b", "#3a9d5d", "#c0504d"
CURVATURES = np.array([1.0, 25.0])
START = (-4.0, 1.2)
STEPS = 40


def paths() -> Figure:
    """Draw the paths of four optimizers to the minimum of (w₁² + 25 w₂²) / 2."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3, sharex=True, sharey=True)
    for axes in left, middle, right:
        _draw_contours(axes)
    left.set_ylabel("w₂")
    _draw_path(left, partial(Sgd, momentum=0, nesterov=False), 0.07, RED)
    _label(left, "gradient descent, η = 0.07", RED, 1.62)
    _draw_path(middle, partial(Sgd, nesterov=False), 0.03, ORANGE)
    _label(middle, "momentum, η = 0.03", ORANGE, 1.62)
    _draw_path(middle, Sgd, 0.03, BLUE)
    _label(middle, "Nesterov, η = 0.03", BLUE, -1.72)
    _draw_path(right, Adam, 0.3, GREEN)
    _label(right, "Adam, η = 0.3", GREEN, 1.62)
    return figure


def _draw_contours(axes: Axes) -> None:
    """Draw where the function is constant."""
    w1, w2 = np.meshgrid(np.linspace(-5, 3, 120), np.linspace(-2, 2, 120))
    value = (CURVATURES[0] * w1**2 + CURVATURES[1] * w2**2) / 2
    axes.contour(w1, w2, value, levels=[0.5, 2, 5, 10, 18], colors=GREY, linewidths=0.5, alpha=0.6)
    axes.plot(0, 0, "+", color=GREY)
    axes.set_xlabel("w₁")


def _draw_path(
    axes: Axes,
    make: Callable[[NDArray[np.float64], int], Optimizer],
    rate: float,
    colour: str,
) -> None:
    """Draw the points that an optimizer comes to."""
    w = np.array(START)
    optimizer = make(w, len(w))
    points = [w.copy()]
    for _ in range(STEPS):
        optimizer.step(CURVATURES * w, rate)
        points.append(w.copy())
    axes.plot(*np.transpose(points), marker=".", markersize=4, linewidth=1, color=colour)


def _label(axes: Axes, text: str, colour: str, height: float) -> None:
    axes.text(-4.8, height, text, color=colour, fontsize=8)
