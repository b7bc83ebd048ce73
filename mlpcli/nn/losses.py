"""The loss: cross-entropy computed from logits, so that it neither overflows nor takes log(0)."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.arrays import Array


class CrossEntropy:
    """The mean over a batch of −Σᵢ qᵢ log pᵢ, where p = softmax(logits).

    The target q is 1 at the label and 0 elsewhere, or, smoothed, 1 − ε + ε/classes at the label
    and ε/classes elsewhere (Szegedy et al., arXiv:1512.00567).

    With class weights, an image's loss is multiplied by the weight of its label, smoothed or not.
    The weighted sum is still divided by the number of images, as in Keras, and not by the sum of
    their weights, as in PyTorch: what an image counts does not depend on the others in its batch,
    so that a batch may be computed in parts.

    Args:
        label_smoothing: ε in [0, 1).
        class_weights: (classes,), each at least 0; without them all images count the same.
    """

    def __init__(self, label_smoothing: float = 0.0, class_weights: Array | None = None) -> None:
        self.label_smoothing, self.class_weights = label_smoothing, class_weights

    def forward(self, logits: Array, labels: NDArray[np.integer]) -> float:
        """Return the loss of (batch, classes) logits for (batch,) labels in [0, classes).

        Raises:
            ValueError: a label is outside [0, classes).
        """
        batch, classes = logits.shape
        log_p = log_softmax(logits)  # (batch, classes)
        q = one_hot(labels, classes).astype(logits.dtype)  # (batch, classes)
        q *= 1 - self.label_smoothing
        q += self.label_smoothing / classes
        self._p, self._q, self._weights = np.exp(log_p), q, np.ones((batch, 1), logits.dtype)
        if self.class_weights is not None:
            self._weights[:, 0] = self.class_weights[labels]
        return -float(np.sum(self._weights * q * log_p) / batch)

    def backward(self) -> Array:
        """Return d_logits = w (p − q) / batch for the batch of the latest `forward`.

        This is the gradient with respect to the logits, not to the softmax output: the two
        derivatives combined are simpler than either. The weight w is 1 without class weights.
        """
        d_logits: Array = self._weights * (self._p - self._q) / len(self._p)  # (batch, classes)
        return d_logits


def log_softmax(logits: Array) -> Array:
    """Return log softmax of each row as a new (batch, classes) array."""
    shifted: Array = logits - logits.max(axis=1, keepdims=True)
    shifted -= np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return shifted


def one_hot(labels: NDArray[np.integer], classes: int) -> NDArray[np.float32]:
    """Return (count, classes) float32 with a 1 in the column of each label.

    Raises:
        ValueError: a label is outside [0, classes).
    """
    if len(labels) and not 0 <= labels.min() <= labels.max() < classes:
        wrong = labels[(labels < 0) | (labels >= classes)][0]
        raise ValueError(f"one_hot: labels must be in [0, {classes}), got {wrong}")
    encoded = np.zeros((len(labels), classes), dtype=np.float32)
    encoded[np.arange(len(labels)), labels] = 1
    return encoded
