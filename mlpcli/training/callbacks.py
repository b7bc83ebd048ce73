"""What a training tells as it goes: whoever shows, saves or stops listens here."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpcli.runs.metadata import EpochResult
    from mlpcli.training.trainer import Trainer


class Callback:
    """Hears of each step and each epoch; every method does nothing unless it is overridden.

    At either time the trainer's state can be saved, and what a method raises ends the training
    there.
    """

    def on_step(self, trainer: Trainer, images: int, loss: float, seconds: float) -> None:
        """Hear of a step.

        Args:
            trainer: after the step.
            images: in its batch.
            loss: their mean.
            seconds: that the step took.
        """

    def on_epoch(self, trainer: Trainer, result: EpochResult) -> None:
        """Hear of an epoch that is over, validation included."""
