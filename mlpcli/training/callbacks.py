"""Callbacks, by which training is shown, saved or stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpcli.runs.epochs import EpochResult


class Callback:
    """Called after each step and each epoch; methods do nothing unless overridden.

    The trainer can be saved in every call. An exception that a method raises ends training.
    """

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Handle the end of a step.

        Args:
            images: number of images in the batch.
            loss: mean loss of the batch.
            seconds: duration of the step.
        """

    def on_epoch(self, result: EpochResult) -> None:
        """Handle the end of an epoch, after validation."""
