"""Learning from the probabilities of other networks instead of labels."""

from __future__ import annotations

from typing import Self

import numpy as np

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.losses import log_softmax
from mlpcli.utils.arrays import Array


class DistillationLoss(FastCrossEntropy):
    """How far a student's softened probabilities are from its teacher's.

    With the teacher's probabilities q, the student's p = softmax(z / T) and the temperature T, it
    is the mean over the batch of T² Σᵢ qᵢ (log qᵢ − log pᵢ). T² keeps the gradient's size when T
    changes (Hinton, Vinyals and Dean, Distilling the knowledge in a neural network,
    arXiv:1503.02531). Labels are not used: a student that sees each image warped anew, together
    with its teacher, learns the teacher's function (Beyer et al., Knowledge distillation: a good
    teacher is patient and consistent, arXiv:2106.05237).

    Args:
        temperature: T, above 0.
    """

    def __init__(self, temperature: float) -> None:
        super().__init__()
        self.temperature = temperature

    def replica(self) -> Self:
        """Return the same loss, for another thread."""
        return type(self)(self.temperature)

    def forward(self, logits: Array, labels: Array) -> float:
        """Return the loss of (batch, classes) logits.

        Args:
            logits: of the student.
            labels: (batch, classes), the teacher's probabilities, with rows of sum 1.
        """
        temperature = logits.dtype.type(self.temperature)
        logarithms = log_softmax(logits / temperature)
        self._difference = np.exp(logarithms) - labels
        known = np.log(np.maximum(labels, np.finfo(labels.dtype).tiny))
        divergence = (labels * (known - logarithms)).sum(axis=1)
        return self.temperature**2 * float(divergence.mean(dtype=np.float64))

    def backward(self) -> Array:
        """Return d_logits = T (p − q) / batch, (batch, classes), of the latest `forward`."""
        self._difference *= self.temperature / len(self._difference)
        return self._difference


def soften(logits: Array, temperature: float) -> Array:
    """Return softmax(logits / temperature), a network's answer for a student to learn."""
    answer: Array = np.exp(log_softmax(logits / logits.dtype.type(temperature)))
    return answer
