"""What a training step does besides products, as compiled loops over each array."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.compiled import kernels
from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.optimizers import Adam, AdamW, Block, Optimizer, Sgd
from mlpcli.utils.arrays import Array, WorkArray

NONE = np.empty(0, dtype=np.float32)  # class weights where there are none


class CompiledCrossEntropy(FastCrossEntropy):
    """The same as `FastCrossEntropy`; the loss and its gradient are computed together."""

    def __init__(self, label_smoothing: float = 0.0, class_weights: Array | None = None) -> None:
        super().__init__(label_smoothing, class_weights)
        self._gradients = WorkArray()
        self._kernel_weights = NONE if class_weights is None else class_weights

    def forward(self, logits: Array, labels: NDArray[np.integer]) -> float:
        """Return the loss of (batch, classes) logits for (batch,) labels in [0, classes)."""
        self._d_logits = d_logits = self._gradients.like(logits)
        smoothing, weights = self.label_smoothing, self._kernel_weights
        return float(kernels.cross_entropy(logits, labels, smoothing, weights, d_logits))

    def backward(self) -> Array:
        """Return d_logits for the batch of the latest `forward`, (batch, classes)."""
        return self._d_logits


class _CompiledDecay(Optimizer):
    def _add_decay(self, block: Block, g: Array, work: WorkArray) -> None:  # noqa: ARG002
        if self.weight_decay:
            n = block.weights
            kernels.add_decay(block.parameters[:n], self.weight_decay, g[:n])


class CompiledSgd(_CompiledDecay, Sgd):
    """The same as `Sgd`, in one pass over the parameters."""

    def _update(self, block: Block, g: Array, learning_rate: float, work: WorkArray) -> None:
        self._add_decay(block, g, work)
        w, (v,) = block.parameters, block.slots
        step = kernels.step_nesterov if self.nesterov else kernels.step_momentum
        step(w, v, g, learning_rate, self.momentum)


class CompiledAdam(_CompiledDecay, Adam):
    """The same as `Adam`, in one pass over the parameters."""

    def _step_by_moments(self, block: Block, g: Array, learning_rate: float) -> None:
        rate, epsilon = self._corrected(learning_rate)
        constants = (*self.betas, epsilon, rate)
        kernels.step_adam(block.parameters, block.slots, g, constants)


class CompiledAdamW(CompiledAdam, AdamW):
    """The same as `AdamW`, in two passes over the parameters."""


class CompiledWeightAverage(WeightAverage):
    """The same as `WeightAverage`, in one pass over the vectors."""

    def _move(self, average: Array, vector: Array, share: float) -> None:
        kernels.move_average(average, vector, share)
