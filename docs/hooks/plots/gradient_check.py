"""The plot of docs/how/gradient-check.md."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from mlpcli.nn import CrossEntropy, Network

Floats = NDArray[np.float64]
STEPS = 10.0 ** np.arange(-1, -9.5, -0.5)


def errors() -> Figure:
    """Return the relative errors of three kinds of differences over the step."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.add_subplot()
    forward, central = _errors("f8")
    central_32 = _errors("f4")[1]
    axes.loglog(STEPS, central, color="#3f7fd0")
    axes.loglog(STEPS, forward, color="#d9822b")
    axes.loglog(STEPS, central_32, color="#3a9d5d")
    axes.text(3e-4, 3e-10, "central, float64", color="#3f7fd0")
    axes.text(2.5e-5, 1.2e-5, "forward, float64", color="#d9822b", ha="right")
    axes.text(1e-6, 3e-2, "central, float32", color="#3a9d5d", ha="right")
    axes.set_xlabel("step h")
    axes.set_ylabel("relative error")
    return figure


def _errors(kind: str) -> tuple[Floats, Floats]:
    """Return forward and central differences' median relative errors over 40 weights, by step."""
    generator, loss = np.random.default_rng(0), CrossEntropy()
    images = generator.random((8, 784)).astype(kind)
    labels = generator.integers(10, size=8)
    exact = Network.mlp([784, 100, 10], "sigmoid", dtype="f8")
    exact.initialize("xavier", generator)
    network = Network.mlp([784, 100, 10], "sigmoid", dtype=kind)
    network.parameters[:] = exact.parameters

    def value() -> float:
        return loss.forward(network.forward(images), labels)

    middle = value()
    network.backward(loss.backward())
    weights, gradient = network.linears[0].weight, network.linears[0].d_weight
    found = np.empty((2, 40, len(STEPS)))
    for n, row in enumerate(range(0, 784, 20)):
        place = row, row % 100
        kept = weights[place]
        for m, step in enumerate(STEPS):
            weights[place] = kept + step
            above = value()
            weights[place] = kept - step
            differences = (above - middle) / step, (above - value()) / (2 * step)
            found[:, n, m] = np.abs(np.array(differences) / gradient[place] - 1)
        weights[place] = kept
    return np.median(found[0], axis=0), np.median(found[1], axis=0)
