"""The plot of docs/how/backpropagation.md."""

import numpy as np
from matplotlib.figure import Figure

from mlpcli.config.schema import ActivationName, InitName
from mlpcli.nn import CrossEntropy, Network

HIDDEN = 8  # layers of 100 units


def gradient_norms() -> Figure:
    """Return the length of each weight matrix's gradient before training, by activation."""
    figure = Figure(figsize=(7, 2.6))
    axes = figure.add_subplot()
    numbers = np.arange(1, HIDDEN + 2)
    relu, sigmoid = _norms("relu", "he"), _norms("sigmoid", "xavier")
    axes.semilogy(numbers, relu, "o-", color="#3f7fd0")
    axes.semilogy(numbers, sigmoid, "o-", color="#d9822b")
    axes.text(5, relu[4] * 2, "ReLU", color="#3f7fd0", ha="center")
    axes.text(5.2, sigmoid[4] / 4, "sigmoid", color="#d9822b")
    axes.set_xlabel("number of the weight matrix, first to last")
    axes.set_ylabel("length of dW")
    axes.set_ylim(1e-5, 20)
    return figure


def _norms(activation: ActivationName, init: InitName) -> list[float]:
    """Return the Euclidean length of dW of each layer, for 64 random images."""
    network = Network.mlp([784, *[100] * HIDDEN, 10], activation, dtype=np.float64)
    network.initialize(init, np.random.default_rng(0))
    generator, loss = np.random.default_rng(1), CrossEntropy()
    inputs, labels = generator.random((64, 784)), generator.integers(10, size=64)
    loss.forward(network.forward(inputs), labels)
    network.backward(loss.backward())
    return [float(np.linalg.norm(linear.d_weight)) for linear in network.linears]
