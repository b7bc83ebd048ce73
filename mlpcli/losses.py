"""The loss: cross-entropy computed from logits, where it can neither overflow nor meet log(0)."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.layers import Array, WorkArray


class CrossEntropy:
    """Mean over the batch of −Σᵢ qᵢ log softmax(z)ᵢ = log Σᵢ exp(zᵢ) − Σᵢ qᵢ zᵢ for logits z.

    The target q is 1 at the label and 0 elsewhere, or, smoothed, 1 − ε + ε/classes at the label
    and ε/classes elsewhere (Szegedy et al., arXiv:1512.00567).

    Args:
        label_smoothing: ε in [0, 1).
    """

    def __init__(self, label_smoothing: float = 0.0) -> None:
        self.label_smoothing = label_smoothing
        self._shifted, self._softmax, self._d_logits = WorkArray(), WorkArray(), WorkArray()

    def forward(self, logits: Array, labels: NDArray[np.integer]) -> float:
        """Return the loss of (batch, classes) logits for (batch,) labels in [0, classes)."""
        smoothing = self.label_smoothing
        z = self._shifted.like(logits)
        np.subtract(logits, logits.max(axis=1, keepdims=True), out=z)  # changes no probability
        expected = (1 - smoothing) * z[np.arange(len(labels)), labels]  # Σᵢ qᵢ zᵢ, (batch,)
        if smoothing:
            expected += smoothing * z.mean(axis=1)
        self._p, self._labels = np.exp(z, out=self._softmax.like(z)), labels
        total = self._p.sum(axis=1, keepdims=True)
        self._p /= total
        return float(np.mean(np.log(total[:, 0]) - expected))

    def backward(self) -> Array:
        """Return d_logits = (softmax(logits) − q) / batch for the batch of the latest `forward`.

        It is the gradient of the logits, not of the softmax's output: the two derivatives
        together are simpler than either. Valid until the next `backward`.
        """
        smoothing, (batch, classes) = self.label_smoothing, self._p.shape
        d_logits = self._d_logits.like(self._p)
        np.subtract(self._p, smoothing / classes, out=d_logits)
        d_logits[np.arange(batch), self._labels] -= 1 - smoothing
        d_logits /= batch
        return d_logits


def log_softmax(logits: Array) -> Array:
    """Return log softmax of each row as a new (batch, classes) array."""
    shifted: Array = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def one_hot(labels: NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Return (count, classes) float32 with a 1 in the column of each label.

    Raises:
        ValueError: a label outside [0, classes).
    """
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"one_hot: labels must be in [0, {classes}), got {wrong}")
    encoded = np.zeros((len(labels), classes), dtype=np.float32)
    encoded[np.arange(len(labels)), labels] = 1
    return encoded
