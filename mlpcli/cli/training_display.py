"""What a training shows while it runs: a bar, a table of epochs, a note that it has become slow."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from typing import TYPE_CHECKING

import click
from tqdm import tqdm

from mlpcli.cli.common import say
from mlpcli.cli.progress import LOOK, Bar, on_terminal
from mlpcli.report.text import slow_line
from mlpcli.report.trainings import EPOCH_HEADER, epoch_line
from mlpcli.training.callbacks import Callback
from mlpcli.training.pace import Pace
from mlpcli.utils.files import reason_of

if TYPE_CHECKING:
    from mlpcli.runs.directory import Run
    from mlpcli.runs.epochs import EpochResult
    from mlpcli.training.tensorboard import ScalarWriter
    from mlpcli.training.trainer import Trainer


class StepBar(Callback):
    """A bar over the images of one epoch.

    Args:
        trainer: which may be in the middle of an epoch.
        quiet: whether to show none.
    """

    def __init__(self, trainer: Trainer, *, quiet: bool) -> None:
        self.disable = quiet or not on_terminal()
        self._bar: Bar | None = None
        self._trainer = trainer
        self._done = trainer.step_of_epoch * trainer.config.training.batch_size

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Show that `images` more images are done."""
        if self.disable:
            return
        if self._bar is None:
            epoch, epochs = self._trainer.epochs_done + 1, self._trainer.config.training.epochs
            self._bar = tqdm(
                desc=f"epoch {epoch}/{epochs}",
                total=len(self._trainer.dataset.learnt),
                initial=self._done,
                unit=" images",
                **LOOK,
            )
        if self._bar.update(images):
            self._bar.set_postfix_str(f"loss {loss:.3f}", refresh=False)

    def on_epoch(self, result: EpochResult) -> None:
        """Clear the bar; the next step begins a new one."""
        self.close()
        self._done = 0

    def say(self, text: str) -> None:
        """Print a line on stderr above the bar."""
        with nullcontext() if self._bar is None else tqdm.external_write_mode(sys.stderr):
            say(text)

    def close(self) -> None:
        """Clear the bar."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None


class PaceNote(Callback):
    """Says above the bar, once, that a training has become much slower."""

    def __init__(self, bar: StepBar, trainer: Trainer) -> None:
        self._bar, self._trainer, self._pace = bar, trainer, Pace()

    def on_step(self, images: int, loss: float, seconds: float) -> None:
        """Count a step."""
        pace = self._pace
        if pace.step(images, seconds):
            self._bar.say(slow_line(pace.latest, pace.best, self._trainer.threads))


class EpochTable(Callback):
    """Prints a line for each epoch, below a header.

    Args:
        trainer: of the training.
        on_stderr: whether the lines go there, and not to stdout.
    """

    def __init__(self, trainer: Trainer, *, on_stderr: bool = False) -> None:
        self._epochs = trainer.config.training.epochs
        self._print = say if on_stderr else click.echo
        if not trainer.finished:
            self._print(EPOCH_HEADER)

    def on_epoch(self, result: EpochResult) -> None:
        """Print an epoch."""
        self._print(epoch_line(result, self._epochs))


class TensorBoard(Callback):
    """Writes the numbers of each epoch.

    If that fails the training goes on without it, because no result is lost.
    """

    def __init__(self, writer: ScalarWriter, run: Run) -> None:
        self._writer: ScalarWriter | None = writer
        self._directory = run.tensorboard

    def on_epoch(self, result: EpochResult) -> None:
        """Write an epoch."""
        try:
            if self._writer:
                self._writer.write(result)
        except OSError as error:
            self._writer = None
            say(
                f"{self._directory}: cannot be written, {reason_of(error)}; "
                "the training goes on without it"
            )
