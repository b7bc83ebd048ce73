"""The plot of docs/how/linear.md."""

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

import mlpcli
from mlpcli.nn import CrossEntropy, Linear, Network, Sgd
from mlpcli.utils.arrays import Float32

GREY, BLUE, ORANGE = "#808080", "#3f7fd0", "#d9822b"


def columns() -> Figure:
    """Return the weights of a single linear layer that has learnt drawn digits, as images."""
    weight = _learnt()
    figure = Figure(figsize=(7, 2.9), layout="constrained")
    coloured = np.empty((28, 28, 4))
    for digit, axes in enumerate(figure.subplots(2, 5).flat):
        column = weight[:, digit].reshape(28, 28)
        coloured[..., :3] = np.where(column[..., None] > 0, to_rgb(BLUE), to_rgb(ORANGE))
        coloured[..., 3] = np.minimum(np.abs(column) / np.quantile(np.abs(column), 0.98), 1)
        axes.imshow(coloured, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_ylabel(str(digit), color=GREY, rotation=0, labelpad=8, va="center")
    return figure


def _learnt() -> Float32:
    """Return the weights, (784, 10), after four epochs on 10,000 drawn digits."""
    drawing = mlpcli.Drawing(train=10_000, test=1)
    digits = mlpcli.open_dataset("synthetic", drawing=drawing).train
    inputs = digits.images.reshape(-1, 784).astype(np.float32) / 255
    network, loss = Network([Linear(784, 10)]), CrossEntropy()
    network.parameters[:] = 0  # so that pixels without ink in any image keep a weight of 0
    optimizer = Sgd(network.parameters, network.weight_count, momentum=0.9)
    generator = np.random.default_rng(0)
    for _ in range(400):
        batch = generator.integers(len(inputs), size=100)
        loss.forward(network.forward(inputs[batch]), digits.labels[batch])
        network.backward(loss.backward())
        optimizer.step(network.gradients, learning_rate=0.02)
    weight: Float32 = network.linears[0].weight
    return weight
