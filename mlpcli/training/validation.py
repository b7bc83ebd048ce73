"""Evaluates the weights after an epoch, loaded as a classifier loads them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil, isfinite

import numpy as np

from mlpcli.config import Config
from mlpcli.datasets import Dataset, Split
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.nn.guessing import has_enough_images
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import Metrics, Predictions, compute_logits, parts, rows_at_once
from mlpcli.nn.network import Network
from mlpcli.nn.outliers import fit_threshold, outlier_scores
from mlpcli.nn.temperature import fit_temperature, stride
from mlpcli.training.diagnosis import Outcome
from mlpcli.utils.arrays import Array
from mlpcli.utils.randomness import Purpose, stream
from mlpcli.utils.ranks import ALONE, Ranks, rows_of
from mlpcli.utils.threads import use_threads

SAMPLE = 500  # training images used if there are too few validation images


@dataclass(frozen=True)
class Validation:
    """The result of validation.

    Attributes:
        loss: mean cross-entropy; None without validation images.
        accuracy: share of correct predictions; None without validation images.
        temperature: the one that calibrates the probabilities.
        threshold: the score above which an image counts as an outlier; None if the data have no
            outliers.
        outcome: how good the predictions are; for some training images, if there are too few
            validation images to tell.
    """

    loss: float | None
    accuracy: float | None
    temperature: float
    threshold: float | None
    outcome: Outcome


class Validator:
    """Evaluates weights on the validation images of a data set.

    Args:
        config: of the run.
        dataset: it may have few or no validation images.
        ranks: the processes that share the work.
    """

    def __init__(self, config: Config, dataset: Dataset, ranks: Ranks = ALONE) -> None:
        self._model, self._dataset, self._ranks = config.model, dataset, ranks
        self._view = View.of(config.data.view)

    @cached_property
    def predictor(self) -> Network:
        """The network as a classifier builds it, with the weights that were last evaluated."""
        return Network.mlp(self._model.sizes, self._model.activation)

    @cached_property
    def _validation(self) -> Split:
        """The validation images as the network sees them."""
        return self._dataset.validation.seen(self._view)

    @cached_property
    def diagnosis_split(self) -> Split:
        """The images used to tell whether the network has learnt anything, as it sees them."""
        if has_enough_images(self._validation.labels):
            return self._validation
        return sample(self._dataset.train, SAMPLE).seen(self._view)

    def evaluate(self, arrays: dict[str, Array], threads: int) -> Validation:
        """Evaluate weights, and fit the temperature to them unless the loss is not finite.

        All ranks get the result of rank 0.

        Args:
            arrays: by name, including batch normalisation.
            threads: how many share the work.
        """
        self.predictor.load_folded(arrays)
        validation = self._validation
        loss, accuracy, temperature, threshold = None, None, 1.0, None
        with use_threads(threads):
            if len(validation):
                every = stride(len(validation), self._model.sizes[-1])
                metrics, logits = self._predict(validation, every)
                loss, accuracy = metrics.loss, metrics.accuracy
                if isfinite(loss):
                    temperature = fit_temperature(logits, validation.labels[::every])
                    threshold = self._fit_threshold(logits)
            if self.diagnosis_split is not validation:
                metrics, _ = self._predict(self.diagnosis_split, 1)
        result = Validation(loss, accuracy, temperature, threshold, Outcome.of(metrics))
        return self._ranks.share(result)[0]

    def _fit_threshold(self, logits: Array) -> float | None:
        """Return the score of outliers, if the data have any, from the logits of other images."""
        return fit_threshold(outlier_scores(logits)) if self._dataset.outliers else None

    def _predict(self, split: Split, every: int) -> tuple[Metrics, Array]:
        """Return the metrics of the predictions, and the logits of every `every`-th image."""
        predictions, kept = [], []
        for rows in parts(len(split), self._model.sizes[-1]):
            logits = self._logits(split.images[rows])
            predictions.append(Predictions.of(log_softmax(logits), split.labels[rows]))
            kept.append(logits[-rows.start % every :: every].copy())
        return Predictions.join(predictions).metrics, np.concatenate(kept)

    def _logits(self, images: Pixels) -> Array:
        """Return the logits of images, whole batches of them from each rank: the same bits."""
        ranks, count = self._ranks, len(images)
        rows = rows_at_once(self.predictor, count)
        part = rows_of(ranks.rank, ranks.size, ceil(count / rows))  # of the batches
        own = images[part.start * rows : part.stop * rows]
        logits = compute_logits(self.predictor, own, rows) if len(own) else None
        return np.concatenate([each for each in ranks.share(logits) if each is not None])


def sample(split: Split, most: int) -> Split:
    """Return at most `most` images of a split, chosen at random but always the same ones."""
    if len(split) <= most:
        return split
    chosen = stream(0, Purpose.EXAMPLES).choice(len(split), most, replace=False)
    chosen.sort()
    return split.taken(chosen)
