"""The plots of docs/how/initialisation.md: outputs of a first layer, and measured accuracies."""

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from mlpcli import Drawing, open_dataset
from mlpcli.nn import Linear, Sigmoid

BLUE, ORANGE = "#3f7fd0", "#d9822b"
EPOCHS = range(1, 6)

# Validation accuracy in per cent after each epoch, mean and standard deviation of seeds 0, 1, 2:
# `mlp train notebook --epochs 5 --set model.init=…` and `mlp train mnist --epochs 5 …`, 2026-11-28
ACCURACY = {
    "sigmoid, xavier": ((95.91, 0.29), (96.73, 0.04), (97.03, 0.23), (97.30, 0.21), (97.52, 0.08)),
    "sigmoid, normal": ((92.45, 0.83), (94.61, 0.31), (94.34, 0.78), (94.78, 0.13), (95.57, 0.20)),
    "ReLU, he": ((93.97, 1.22), (96.61, 0.17), (97.62, 0.03), (98.04, 0.02), (98.16, 0.02)),
    "ReLU, normal": ((15.36, 5.87), (10.20, 0.50), (10.74, 0.14), (13.74, 5.35), (17.83, 9.57)),
}


def outputs() -> Figure:
    """Draw how the outputs of a first sigmoid layer are distributed, over drawn digits."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    images = open_dataset("synthetic", drawing=Drawing(train=10, test=500)).test.images
    inputs = images.reshape(len(images), -1).astype(np.float32) / 255
    inits: tuple[tuple[Axes, Literal["xavier", "normal"], str], ...] = (
        (left, "xavier", BLUE),
        (right, "normal", ORANGE),
    )
    for axes, init, colour in inits:
        y = Sigmoid().forward(Linear(784, 100, init=init).forward(inputs))
        shares = np.full(y.size, 100 / y.size)
        axes.hist(y.ravel(), bins=40, range=(0, 1), weights=shares, color=colour)
        axes.set_xlabel(f"output of a unit, {init}")
    left.set_ylabel("% of outputs")
    return figure


def measured() -> Figure:
    """Draw the validation accuracy after each epoch, with bars of one standard deviation."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    _curve(left, "sigmoid, xavier", BLUE, (3.3, 96.6))
    _curve(left, "sigmoid, normal", ORANGE, (3.2, 93.4))
    _curve(right, "ReLU, he", BLUE, (3.4, 86))
    _curve(right, "ReLU, normal", ORANGE, (3.1, 26))
    left.set_ylabel("validation accuracy, %")
    right.set_ylim(0, 103)
    for axes in left, right:
        axes.set_xlabel("epoch")
    return figure


def _curve(axes: Axes, name: str, colour: str, place: tuple[float, float]) -> None:
    means, deviations = np.transpose(ACCURACY[name])
    axes.errorbar(EPOCHS, means, deviations, color=colour, marker="o", markersize=4, capsize=3)
    axes.text(*place, name, color=colour)
