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
from mlpcli.inference.copy_counts import copy_count
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

    Networks that err on different images make a mean that is less sure than it is right, however
    well each is calibrated. The mean p of the probabilities, after the temperatures of the
    networks, therefore has a temperature T of its own: the probabilities of the committee are
    p^(1/T), divided by their sum. That changes no prediction.

    Args:
        networks: at least one.
        temperatures: one for each network; its logits are divided by it.
        views: how each network sees an image.
        outlier_thresholds: for each network the score above which an image counts as an outlier;
            None for one that was trained without outliers.
        inputs: the input format and the classes, the same for all networks.
        temperature: T, of the mean; 1 leaves it as it is.
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
        temperature: float = 1.0,
        trained_on: dict[str, Any],
        seed: int,
        name: str,
    ) -> None:
        self.networks, self.temperatures, self.views = networks, temperatures, views
        self.inputs, self.temperature = inputs, temperature
        known = [each for each in outlier_thresholds if each is not None]
        self.outlier_threshold = sum(known) / len(known) if len(known) == len(networks) else None
        self.trained_on, self.seed, self.name = trained_on, seed, name

    @property
    def calibrated(self) -> bool:
        """Whether a temperature changes any probability."""
        return any(temperature != 1 for temperature in (*self.temperatures, self.temperature))

    def log_probabilities(self, images: Pixels, *, tta: bool | int = False) -> Array:
        """Return the log probabilities of uint8 images, (count, classes) float32.

        The logits of each network are divided by its temperature, and the mean has its own.

        Args:
            images: (count, height, width), as the networks were trained on.
            tta: average over so many changed copies, True for as many as usual, if the network was
                trained on digits like MNIST's, whose empty margins leave nothing to cut off.

        Raises:
            CheckpointError: a prediction is not finite, because weights are far too large.
        """
        return self._calibrated_mean(self._logits_of_copies(images, tta=tta))

    def judge(self, images: Pixels, *, tta: bool | int = False) -> list[Judgement]:
        """Return what the networks think of each of (count, height, width) uint8 images.

        Raises:
            CheckpointError: a prediction is not finite.
        """
        logits = self._logits_of_copies(images, tta=tta)
        probabilities = np.exp(self._calibrated_mean(logits))
        threshold = self.outlier_threshold
        if threshold is None:
            return [Judgement(shares) for shares in probabilities]
        scores = np.mean([outlier_scores(each) for each in logits], axis=0)
        return [
            Judgement(shares, float(score), outlier=bool(score > threshold))
            for shares, score in zip(probabilities, scores, strict=True)
        ]

    def _logits_of_copies(self, images: Pixels, *, tta: bool | int) -> list[Array]:
        """Return the logits of each network for one copy of the images, then for the next."""
        count = copy_count(tta) if self.inputs.preprocessing == "digit" else 1
        return [each for copy in copies(images, count) for each in self._logits(copy)]

    def calibrated_and_uncalibrated(
        self, images: Pixels, *, tta: bool | int = False
    ) -> tuple[Array, Array]:
        """Return `log_probabilities`, and what they would be at temperatures of 1.

        Raises:
            CheckpointError: a prediction is not finite.
        """
        logits = self._logits_of_copies(images, tta=tta)
        return self._calibrated_mean(logits), self._mean(logits)

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

    def _calibrated_mean(self, logits: Sequence[Array]) -> Array:
        """Return the logarithm of the mean of probabilities, with all temperatures."""
        mean = self._mean(self._calibrated(logits))
        return mean if self.temperature == 1 else log_softmax(mean / np.float32(self.temperature))

    @np.errstate(over="ignore", invalid="ignore")
    def _mean(self, logits: Sequence[Array]) -> Array:
        """Return the logarithm of the mean of softmax(logits) over networks and views."""
        each = [log_softmax(one) for one in logits]
        total: Array = each[0] if len(each) == 1 else np.logaddexp.reduce(each)
        total -= np.log(len(each))
        if not np.isfinite(total).all():
            raise CheckpointError(f"{self.name}: the weights are too large, predictions overflow")
        return total
