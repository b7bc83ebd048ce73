"""Telling outliers, images that belong to none of the classes, from the others.

The network has an output for each class, and none for outliers. Their logit is 0 by definition, so
that with K classes p(outlier) = 1 / (1 + Σₖ exp zₖ). As softmax is unchanged by adding the same
number to all logits, K such outputs can say all that K + 1 outputs could. The probabilities of the
classes stay softmax(z): they are those of an image that does belong to one of them.

A network that was trained on the classes alone is sure of anything (Hendrycks et al., Deep Anomaly
Detection with Outlier Exposure, arXiv:1812.04606), so that outliers are shown in training.
"""

from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.utils.arrays import Array, WorkArray

WARNED = 0.004
"""The share of validation images with a class that may have a score above the threshold."""


class OutlierCrossEntropy(FastCrossEntropy):
    """Cross-entropy with one more class, that of outliers, whose logit is 0.

    Args:
        inner: the loss of one class more; it has one class weight more.
        classes: the number of classes without that of outliers.
    """

    def __init__(self, inner: FastCrossEntropy, classes: int) -> None:
        super().__init__(inner.label_smoothing)
        if inner.class_weights is not None:
            self.class_weights = inner.class_weights[:classes]
        self._inner, self._classes = inner, classes
        self._logits, self._labels, self._d_logits = WorkArray(), WorkArray(), WorkArray()

    def replica(self) -> Self:
        """Return the same loss with work arrays of its own, for another thread."""
        return type(self)(self._inner.replica(), self._classes)

    def forward(self, logits: Array, labels: NDArray[np.integer]) -> float:
        """Return the loss of (batch, classes) logits for (batch,) labels, negative for outliers."""
        batch, classes = logits.shape
        extended = self._logits.get((batch, classes + 1), logits.dtype)
        extended[:, :classes] = logits
        extended[:, classes] = 0
        targets = self._labels.get((batch,), labels.dtype)
        np.copyto(targets, labels)
        targets[labels < 0] = classes
        return self._inner.forward(extended, targets)

    def backward(self) -> Array:
        """Return d_logits, (batch, classes), for the batch of the latest `forward`."""
        d_extended = self._inner.backward()
        d_logits = self._d_logits.get((len(d_extended), self._classes), d_extended.dtype)
        np.copyto(d_logits, d_extended[:, : self._classes])
        return d_logits


def outlier_scores(logits: Array) -> Array:
    """Return p(outlier) = 1 / (1 + Σₖ exp zₖ) of (count, classes) logits, (count,) in [0, 1]."""
    largest = np.maximum(logits.max(axis=1), 0)
    others = np.exp(-largest)  # of the outliers' logit, 0
    scores: Array = others / (others + np.exp(logits - largest[:, None]).sum(axis=1))
    return scores


def fit_threshold(scores: Array) -> float:
    """Return the score that all but few images with a class stay below.

    Args:
        scores: (count,) in [0, 1], of validation images with a class.
    """
    return float(np.quantile(scores, 1 - WARNED))
