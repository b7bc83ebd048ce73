"""Diagnoses what has gone wrong in training, so that a failed run is not taken for a good one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlpcli.images.normalization import Pixels
from mlpcli.nn.dead_units import UnitCounts, count_dead_units
from mlpcli.nn.guessing import ENOUGH, is_guessing
from mlpcli.nn.metrics import Metrics
from mlpcli.nn.network import Network

FEW = 20  # images of a class; with fewer, none may be recognised by chance


@dataclass(frozen=True)
class Outcome:
    """How good predictions are.

    Attributes:
        accuracy: the share of correct predictions.
        majority_class: the class with the most images.
        majority_share: the share of images in that class.
        guessing: whether the predictions are hardly better than guesses; None with too few images.
        zero_recall: the classes with enough images of which none was recognised.
    """

    accuracy: float
    majority_class: int
    majority_share: float
    guessing: bool | None
    zero_recall: frozenset[int]

    @classmethod
    def of(cls, metrics: Metrics) -> Outcome:
        """Summarise the metrics of the predictions for at least one image."""
        support = metrics.support
        zero_recall = np.flatnonzero((support >= FEW) & (metrics.right == 0))
        return cls(
            metrics.accuracy,
            int(support.argmax()),
            int(support.max()) / metrics.count,
            is_guessing(metrics),
            frozenset(zero_recall.tolist()),
        )


@dataclass(frozen=True)
class InactiveLayer:
    """A hidden layer in which most units are dead or saturated.

    Attributes:
        layer: counted from 1.
        units: how many there are.
        count: how many of them are dead or saturated.
        images: how many were used to find out.
        saturated: whether these are saturated; otherwise they are dead.
    """

    layer: int
    units: int
    count: int
    images: int
    saturated: bool


@dataclass(frozen=True)
class Findings:
    """What has gone wrong.

    Attributes:
        outcome: how good the predictions are.
        guessing: whether the predictions are hardly better than guesses.
        zero_recall: the classes of which no image was recognised.
        inactive: the hidden layers in which most units are dead or saturated.
    """

    outcome: Outcome
    guessing: bool
    zero_recall: frozenset[int]
    inactive: tuple[InactiveLayer, ...]

    def __bool__(self) -> bool:
        return bool(self.guessing or self.zero_recall or self.inactive)

    def without(self, others: Findings | None) -> Findings:
        """Return a copy without the kinds of finding that `others` already has."""
        if others is None:
            return self
        layers = {each.layer for each in others.inactive}
        return replace(
            self,
            guessing=self.guessing and not others.guessing,
            zero_recall=frozenset() if others.zero_recall else self.zero_recall,
            inactive=tuple(each for each in self.inactive if each.layer not in layers),
        )

    def join(self, others: Findings | None) -> Findings:
        """Return a copy with the findings of `others` added."""
        if others is None:
            return self
        more = others.without(self)
        return replace(
            self,
            guessing=self.guessing or others.guessing,
            zero_recall=self.zero_recall or others.zero_recall,
            inactive=tuple(sorted((*self.inactive, *more.inactive), key=lambda each: each.layer)),
        )


def diagnose(
    network: Network, images: Pixels, outcome: Outcome, zero_recall: frozenset[int] | None = None
) -> Findings:
    """Find what is wrong with a network.

    Args:
        network: ready to predict.
        images: (count, height, width) uint8, used to find dead units.
        outcome: how good its predictions are.
        zero_recall: the classes to report as unrecognised; by default those of `outcome`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        inactive = inactive_layers(count_dead_units(network, images), len(images))
    named = outcome.zero_recall if zero_recall is None else zero_recall
    return Findings(outcome, outcome.guessing is True, named, inactive)


def inactive_layers(counts: Sequence[UnitCounts], images: int) -> tuple[InactiveLayer, ...]:
    """Return the hidden layers in which most units are dead or saturated, given enough images.

    Args:
        counts: the dead or saturated units of each layer.
        images: how many were used to count; with few images, units may be inactive by chance.
    """
    if images < ENOUGH:
        return ()
    inactive = [(each, each.dead if each.saturated is None else each.saturated) for each in counts]
    return tuple(
        InactiveLayer(number, each.units, count, images, each.dead is None)
        for number, (each, count) in enumerate(inactive, start=1)
        if count is not None and 2 * count > each.units
    )
