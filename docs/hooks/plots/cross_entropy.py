"""The plot of docs/how/cross-entropy.md."""

import numpy as np
from matplotlib.figure import Figure

from mlpcli.nn import CrossEntropy, Softmax, one_hot

BLUE, ORANGE = "#3f7fd0", "#d9822b"


def loss_and_gradient() -> Figure:
    """Return the loss and two gradients of the label's logit, over the probability of the label.

    There are two classes, and the label is 0.
    """
    p = np.linspace(0.004, 0.996, 249)
    logits = np.stack([np.log(p / (1 - p)), np.zeros_like(p)], axis=1)
    labels, loss, softmax = np.zeros(len(p), dtype=np.int64), CrossEntropy(), Softmax()
    losses = [loss.forward(row[None], labels[:1]) for row in logits]
    loss.forward(logits, labels)
    right = loss.backward()[:, 0] * len(p)
    twice = softmax.backward(softmax.forward(logits) - one_hot(labels, 2))[:, 0]
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left_axes, right_axes = figure.subplots(1, 2)
    left_axes.plot(p, losses, color=BLUE)
    left_axes.text(0.25, 2.2, "−log p", color=BLUE)
    left_axes.set_ylabel("loss")
    right_axes.plot(p, right, color=BLUE)
    right_axes.plot(p, twice, color=ORANGE)
    right_axes.text(0.36, -0.8, "p − q", color=BLUE)
    right_axes.text(0.03, 0.06, "through the softmax again", color=ORANGE)
    right_axes.set_ylim(-1.05, 0.2)
    right_axes.set_ylabel("gradient of the logit")
    for axes in (left_axes, right_axes):
        axes.set_xlabel("probability p of the label")
        axes.set_xlim(0, 1)
    return figure
