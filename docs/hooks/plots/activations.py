"""The plot of docs/how/activations.md."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlpcli.nn import Activation, Gelu, LeakyRelu, Relu, Sigmoid, Tanh

Floats = NDArray[np.float64]
COLOURS = {"sigmoid": "#3a9d5d", "tanh": "#d9822b", "relu": "#3f7fd0", "gelu": "#c0504d"}


def curves() -> Figure:
    """Return the five activations beside their derivatives."""
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    x = np.linspace(-4, 4, 801)[None]
    for layer in (Sigmoid(), Tanh(), Relu(), LeakyRelu(), Gelu()):
        y = layer.forward(x)[0]
        slope = layer.backward(np.ones_like(x))[0]
        _draw(left, x[0], y, layer)
        _draw(right, x[0], slope, layer)
    left.set_ylim(-1.3, 3)
    left.set_ylabel("y")
    right.set_ylim(-0.2, 1.35)
    right.set_ylabel("slope")
    for text, place, name in (
        ("ReLU, leaky ReLU", (-2.2, 2.5), "relu"),
        ("GELU", (1.75, 1.25), "gelu"),
        ("sigmoid", (-3.9, 0.2), "sigmoid"),
        ("tanh", (-3.9, -0.9), "tanh"),
    ):
        left.text(*place, text, color=COLOURS[name], size=9)
    for text, place, name in (
        ("ReLU, leaky ReLU", (0.85, 0.85), "relu"),
        ("GELU", (0.75, 1.19), "gelu"),
        ("sigmoid", (-3.2, 0.2), "sigmoid"),
        ("tanh", (-1.9, 0.6), "tanh"),
    ):
        right.text(*place, text, color=COLOURS[name], size=9)
    for axes in (left, right):
        axes.set_xlabel("x")
    return figure


def _draw(axes: Axes, x: Floats, y: Floats, layer: Activation) -> None:
    """Draw one curve; the leaky ReLU is dashed."""
    colour = COLOURS[layer.name.removeprefix("leaky-")]
    axes.plot(x, y, "--" if layer.name == "leaky-relu" else "-", color=colour, linewidth=1.6)
