"""What a training tells as it goes, to what shows, saves or stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpcli.runs.epochs import EpochResult


class Callback:
    """Hears of each step and each epoch; every method does nothing unless it is overridden.

    At either time the trainer can be saved, and what a method raises ends the training
    there.
    """

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Hear of a step.

        Args:
            images: in its batch.
            loss: their mean.
            seconds: that the step took.
        """

    def on_epoch(self, result: EpochResult) -> None:
        """Hear of an epoch that is over, validation included."""
