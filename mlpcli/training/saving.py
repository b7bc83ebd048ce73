"""Saves a trainer's state in a run's directory."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, NoReturn, Protocol

from mlpcli.errors import RunError
from mlpcli.runs.directory import advice
from mlpcli.runs.history import continues
from mlpcli.training.callbacks import Callback
from mlpcli.utils.ranks import any_of

if TYPE_CHECKING:
    from mlpcli.runs.directory import Run
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.training.trainer import Trainer


def save(trainer: Trainer, run: Run, *, is_best: bool) -> None:
    """Save a trainer's state as the latest and, if it is the best, as the best too.

    Raises:
        CheckpointError: the weights cannot be written.
        MovedError: the directory has been moved.
        RunError: the log cannot be written.
    """
    arrays, metadata = trainer.state_dict()
    run.save_last(arrays, metadata)
    if is_best:
        run.save_best(trainer.predicting_arrays, metadata)


class Stop(Protocol):
    """Whether training has been asked to end."""

    def __bool__(self) -> bool: ...

    def end(self) -> NoReturn:
        """Raise the exception that ends it."""


class Saver(Callback):
    """Saves after each epoch, and within an epoch that takes long or is to be stopped.

    Args:
        trainer: what to save.
        run: where to save; None on another rank than 0, which only takes part.
        every: seconds after which to save within an epoch.
        stop: checked after each step; it raises its exception once the step is saved.
    """

    def __init__(
        self, trainer: Trainer, run: Run | None, every: float, stop: Stop | None = None
    ) -> None:
        self._trainer, self._run, self._every, self._stop = trainer, run, every, stop
        self._saved = monotonic()

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Save if it is time to."""
        due = monotonic() - self._saved >= self._every
        # the signal is looked at once, because it may come between two checks
        ending, due = any_of(self._trainer.ranks, bool(self._stop), due)
        if ending or due:
            self._trainer.check()
            if self._run:
                save(self._trainer, self._run, is_best=False)
            self._saved = monotonic()
        if ending and self._stop is not None:
            self._stop.end()

    def on_epoch(self, result: EpochResult) -> None:
        """Save, also as the best if it is."""
        is_best = self._trainer.best_epoch == self._trainer.epochs_done
        if self._run:
            save(self._trainer, self._run, is_best=is_best)
        self._saved = monotonic()


def complete_best(trainer: Trainer, run: Run) -> None:
    """Check that the best weights exist; save them if the run was stopped just before saving them.

    Raises:
        RunError: the best weights are missing, or of another run.
    """
    saved = run.saved_best()
    if saved is None or continues(trainer.config, trainer.metadata(), saved):
        if saved and saved.metadata.epoch == trainer.best_epoch:
            return
        if trainer.best_epoch == trainer.epochs_done and not trainer.step_of_epoch:
            run.save_best(trainer.predicting_arrays, trainer.metadata())
            return
    raise RunError(
        f"{run.best}: must hold the weights of epoch {trainer.best_epoch} of this run, got "
        f"{'those of another epoch or run' if saved else 'none'}; {advice(run.last)}"
    )
