"""What has gone wrong in a training, so that a failed one does not pass for a good one.

The training's state keeps the outcome of each epoch, its checkpoints whether that was guessing.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.metrics import Metrics
from mlpcli.runs.checkpoint import Checkpoint

if TYPE_CHECKING:
    from mlpcli.nn.dead_units import UnitCounts

ENOUGH = 50  # images, for guesses those beside the commonest class, without which none can tell
FEW = 20  # images of a class, of which one may recognise none by chance
MARGIN = 0.05  # Cohen's kappa of answers that are hardly better than guesses


@dataclass(frozen=True)
class Outcome:
    """What answers came to.

    Attributes:
        accuracy: the share of right ones.
        commonest: the class with the most images.
        share: how large a part of the images these are.
        guessing: whether the answers are hardly better than guesses; None with too few images.
        unfound: the classes of which many images were looked at, and none was recognised.
    """

    accuracy: float
    commonest: int
    share: float
    guessing: bool | None
    unfound: frozenset[int]

    @classmethod
    def of(cls, metrics: Metrics) -> "Outcome":
        """Look at the answers to at least one image."""
        support = metrics.support
        unfound = np.flatnonzero((support >= FEW) & (metrics.right == 0))
        return cls(
            metrics.accuracy,
            int(support.argmax()),
            int(support.max()) / metrics.count,
            is_guessing(metrics),
            frozenset(unfound.tolist()),
        )


@dataclass(frozen=True)
class Stuck:
    """A hidden layer of which most units no longer learn.

    Attributes:
        layer: counted from 1.
        units: how many there are.
        count: how many of them are stuck.
        images: how many showed that.
        saturated: whether these are saturated, or else dead.
    """

    layer: int
    units: int
    count: int
    images: int
    saturated: bool


def is_guessing(metrics: Metrics) -> bool | None:
    """Tell whether answers are hardly better than guesses; None where too few images can tell.

    Guesses are right where they happen to agree with the labels. Measured by that, and not by the
    share of the commonest class, answers count that find some of a rare one (Cohen 1960).
    """
    if not can_tell(metrics.labels):
        return None
    answers = np.bincount(metrics.predicted, minlength=metrics.classes)
    agreement = float(metrics.support @ answers) / metrics.count**2
    return metrics.accuracy < best_guess(max(agreement, 1 / metrics.classes))


def can_tell(labels: NDArray[np.int64]) -> bool:
    """Tell whether the answers to images of these classes can show that a network has learnt."""
    return len(labels) - int(np.bincount(labels).max(initial=0)) >= ENOUGH


def best_guess(chance: float) -> float:
    """Return the accuracy below which answers are hardly better than guesses.

    Args:
        chance: the accuracy of guesses, which is small where there are many classes.
    """
    return min(2 * chance, chance + MARGIN * (1 - chance))


def stuck_layers(health: "list[UnitCounts]", images: int) -> tuple[Stuck, ...]:
    """Return the hidden layers of which most units are dead or saturated, if anything can tell.

    Args:
        health: of each layer.
        images: how many it was measured with; for a few ones units may be off by chance.
    """
    if images < ENOUGH:
        return ()
    counts = [(each, each.dead if each.saturated is None else each.saturated) for each in health]
    return tuple(
        Stuck(number, each.units, count, images, each.dead is None)
        for number, (each, count) in enumerate(counts, start=1)
        if count is not None and 2 * count > each.units
    )


def fault(checkpoint: Checkpoint) -> str | None:
    """Return why weights are not worth using, as far as their metadata tell; None if they are."""
    epoch = checkpoint.metadata.get("epoch")
    if type(epoch) is int and epoch < 1:
        return "no epoch is finished"
    guessing = checkpoint.metadata.get("guessing", _guessed(checkpoint.metadata))
    return "no better than guessing" if guessing is True else None


def _guessed(metadata: dict[str, Any]) -> bool:
    """Judge weights from before that was recorded by their history, which nothing has checked."""
    try:
        accuracy = metadata["history"][metadata["epoch"] - 1]["validation_accuracy"]
        many = metadata["config"]["data"]["validation"] >= 2 * ENOUGH
        return bool(many and 0 <= accuracy < best_guess(1 / len(metadata["classes"])))
    except (KeyError, IndexError, TypeError, ZeroDivisionError):
        return False
