"""One or several networks → probabilities, and scores of outliers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.inference.networks import InputFormat
from mlpcli.inference.tta import copies
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits
from mlpcli.nn.network import Network
from mlpcli.nn.outliers import outlier_scores
from mlpcli.utils.arrays import Array


@dataclass(frozen=True, eq=False)
class Judgement:
    """What networks think of one input image.

    Attributes:
        probabilities: (classes,) float, with a sum of 1.
        not_a_digit: the probability that it belongs to no class, in [0, 1]; None if the networks
            were trained on images of the classes alone.
        outlier: whether that is more than hardly any image of a class has.
    """

    probabilities: Array
    not_a_digit: float | None = None
    outlier: bool = False

    @property
    def sureness(self) -> float:
        """The probability that it belongs to the likeliest class, not to another or to none."""
        return float(self.probabilities.max()) * (1 - (self.not_a_digit or 0.0))


class Committee:
    """Networks whose probabilities are averaged.

    Args:
        networks: at least one.
        temperatures: one for each network; its logits are divided by it.
        views: how each network sees an image.
        outlier_thresholds: for each network the score above which an image counts as an outlier;
            None for one that was trained without outliers.
        inputs: the input format and the classes, the same for all networks.
        trained_on: the `data` keys of the first one's configuration.
        seed: of that configuration; synthetic digits were drawn from it.
        name: used in errors.
    """

    def __init__(  # noqa: PLR0913  # what a checkpoint says of a network
        self,
        networks: Sequence[Network],
        temperatures: Sequence[float],
        views: Sequence[View],
        inputs: InputFormat,
        *,
        outlier_thresholds: Sequence[float | None],
        trained_on: dict[str, Any],
        seed: int,
        name: str,
    ) -> None:
        self.networks, self.temperatures, self.views = networks, temperatures, views
        self.inputs = inputs
        known = [each for each in outlier_thresholds if each is not None]
        self.outlier_threshold = sum(known) / len(known) if len(known) == len(networks) else None
        self.trained_on, self.seed, self.name = trained_on, seed, name

    @property
    def calibrated(self) -> bool:
        """Whether a temperature changes any probability."""
        return any(temperature != 1 for temperature in self.temperatures)

    def log_probabilities(self, images: Pixels, *, tta: bool = False) -> Array:
        """Return (count, classes) float32 for (count, height, width) uint8 images.

        The logits of each network are divided by its temperature.

        Args:
            images: as the networks were trained on.
            tta: average over small shifts and rotations, if the network was trained on digits like
                MNIST's, whose empty margins leave nothing to cut off.

        Raises:
            CheckpointError: a prediction is not finite, because weights are far too large.
        """
        return self._mean(self._calibrated(self._logits_of_copies(images, tta=tta)))

    def judge(self, images: Pixels, *, tta: bool = False) -> list[Judgement]:
        """Return what the networks think of each of (count, height, width) uint8 images.

        Raises:
            CheckpointError: a prediction is not finite.
        """
        logits = self._logits_of_copies(images, tta=tta)
        probabilities = np.exp(self._mean(self._calibrated(logits)))
        threshold = self.outlier_threshold
        if threshold is None:
            return [Judgement(shares) for shares in probabilities]
        scores = np.mean([outlier_scores(each) for each in logits], axis=0)
        return [
            Judgement(shares, float(score), outlier=bool(score > threshold))
            for shares, score in zip(probabilities, scores, strict=True)
        ]

    def _logits_of_copies(self, images: Pixels, *, tta: bool) -> list[Array]:
        """Return the logits of each network for one copy of the images, then for the next."""
        shown = copies(images) if tta and self.inputs.preprocessing == "digit" else (images,)
        return [each for copy in shown for each in self._logits(copy)]

    def calibrated_and_uncalibrated(self, images: Pixels) -> tuple[Array, Array]:
        """Return `log_probabilities`, and what they would be at temperatures of 1.

        Raises:
            CheckpointError: a prediction is not finite.
        """
        logits = self._logits(images)
        return self._mean(self._calibrated(logits)), self._mean(logits)

    @np.errstate(over="ignore", invalid="ignore")
    def _logits(self, images: Pixels) -> list[Array]:
        seen = {view: view.apply(images) for view in dict.fromkeys(self.views)}
        pairs = zip(self.networks, self.views, strict=True)
        return [compute_logits(network, seen[view]) for network, view in pairs]

    @np.errstate(over="ignore")
    def _calibrated(self, logits: Sequence[Array]) -> list[Array]:
        """Divide the logits of each network, in turn, by its temperature."""
        temperatures = np.array(self.temperatures, dtype=np.float32)
        return [each / one for each, one in zip(logits, cycle(temperatures), strict=False)]

    @np.errstate(over="ignore", invalid="ignore")
    def _mean(self, logits: Sequence[Array]) -> Array:
        """Return the logarithm of the mean of softmax(logits) over networks and views."""
        each = [log_softmax(one) for one in logits]
        total: Array = each[0] if len(each) == 1 else np.logaddexp.reduce(each)
        total -= np.log(len(each))
        if not np.isfinite(total).all():
            raise CheckpointError(f"{self.name}: the weights are too large, predictions overflow")
        return total
