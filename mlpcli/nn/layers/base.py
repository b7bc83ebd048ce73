"""What every layer is: a function of a batch and its derivative.

In a formula `x` is a layer's input, `y` its output, and `dx`, `dy` are the gradients of the loss
with respect to them.
"""

from abc import ABC, abstractmethod

from mlpcli.utils.arrays import Array


class Layer(ABC):
    """One step of a network.

    What `forward` returns belongs to the layer and is valid until its next `forward`; the same
    holds for `backward`. `backward` speaks of the batch of the latest `forward`.
    """

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the outputs (batch, out) for the inputs (batch, in)."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Return the loss's gradient for the inputs (batch, in), given that for the outputs."""
