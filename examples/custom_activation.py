"""Write an activation of your own, check its derivative, and train a network with it.

    python examples/custom_activation.py

Swish is y = x σ(x) with σ(x) = 1 / (1 + e⁻ˣ) (Ramachandran et al., arXiv:1710.05941). Its
derivative is dy/dx = σ + x σ (1 − σ) = σ + y (1 − σ).
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

import mlpcli
from mlpcli.nn import Activation, Adam, CrossEntropy, Linear, Network

Array = NDArray[Any]


class Swish(Activation):
    """y = x σ(x)."""

    name = "swish"

    def forward(self, x: Array) -> Array:
        """Return y, and keep what `backward` needs."""
        self.sigma = (1 + np.tanh(x / 2)) / 2  # σ(x), which never overflows in this form
        self.y: Array = x * self.sigma
        return self.y

    def backward(self, dy: Array) -> Array:
        """Return the gradient of the loss with respect to x, given the one with respect to y."""
        dx: Array = dy * (self.sigma + self.y * (1 - self.sigma))
        return dx


def largest_error(activation: Activation, step: float = 1e-5) -> float:
    """Return how far the derivative is from (f(x + h) − f(x − h)) / 2h, at most."""
    x = np.linspace(-6, 6, 101).reshape(1, -1)  # float64
    above, below = (activation.forward(x + change).copy() for change in (step, -step))
    activation.forward(x)
    return float(np.abs(activation.backward(np.ones_like(x)) - (above - below) / (2 * step)).max())


def main() -> None:
    """Check the derivative, then train for three epochs in batches of 32."""
    print(f"largest error of the derivative {largest_error(Swish()):.1e}")
    digits = mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=5000, test=1000))
    inputs, test = (
        split.images.reshape(len(split), 784).astype(np.float32) / 255
        for split in (digits.train, digits.test)
    )
    network = Network([Linear(784, 64, init="he"), Swish(), Linear(64, 10)])
    loss, optimizer = CrossEntropy(), Adam(network.parameters, network.weight_count)
    generator = np.random.default_rng(0)
    for epoch in range(1, 4):
        total = 0.0
        for rows in np.array_split(generator.permutation(len(inputs)), len(inputs) // 32):
            logits = network.forward(inputs[rows])
            total += len(rows) * loss.forward(logits, digits.train.labels[rows])
            network.backward(loss.backward())
            optimizer.step(network.gradients, learning_rate=0.002)
        right = network.forward(test).argmax(axis=1) == digits.test.labels
        print(f"epoch {epoch}  loss {total / len(inputs):.3f}  test accuracy {right.mean():.1%}")


if __name__ == "__main__":
    main()
