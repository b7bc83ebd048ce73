"""What every layer is: a function of a batch and its derivative.

In a formula `x` is a layer's input, `y` its output, and `dx`, `dy` are the gradients of the loss
with respect to them.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar

from mlpcli.utils.arrays import Array


class Layer(ABC):
    """One step of a network.

    The array that `forward` returns belongs to the layer and is valid until its next `forward`;
    likewise for `backward`. `backward` refers to the batch of the latest `forward`; x must stay
    unchanged until `backward` has run, because a layer may keep x itself, not a copy.

    Attributes:
        parameter_names: the attributes that are learnt, each with its name in a checkpoint. The
            gradient of the attribute `weight` is the attribute `d_weight`.
        statistic_names: likewise for running statistics, which are not learnt.
    """

    parameter_names: ClassVar[Mapping[str, str]] = {}
    statistic_names: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def forward(self, x: Array) -> Array:
        """Return the outputs (batch, out) for the inputs (batch, in)."""

    @abstractmethod
    def backward(self, dy: Array) -> Array:
        """Return dx (batch, in), the loss's gradient with respect to x, given dy (batch, out)."""

    def parameters(self) -> dict[str, Array]:
        """Return the parameters by attribute; an optimizer changes them in place."""
        return _present(self, self.parameter_names)

    def gradients(self) -> dict[str, Array]:
        """Return the gradient of each parameter by its attribute; `backward` fills them."""
        return {name: getattr(self, f"d_{name}") for name in self.parameters()}

    def statistics(self) -> dict[str, Array]:
        """Return the running statistics by attribute."""
        return _present(self, self.statistic_names)


def _present(layer: Layer, names: Mapping[str, str]) -> dict[str, Array]:
    return {name: getattr(layer, name) for name in names if getattr(layer, name) is not None}
