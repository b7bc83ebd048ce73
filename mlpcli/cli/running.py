"""Running a training: progress, saving, stopping, and the evaluation on the test images."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import say
from mlpcli.cli.reporting import require_extra, write_report
from mlpcli.cli.watching import Watch
from mlpcli.training.callbacks import Callback

if TYPE_CHECKING:
    from mlpcli.config import Config
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.runs.directory import Run
    from mlpcli.training.trainer import Trainer


@dataclass(frozen=True)
class Outputs:
    """What a training prints, and writes besides its run.

    Attributes:
        quiet: print only the final line and its warnings.
        report: write a page about the predictions for the test images.
        tensorboard: write the numbers of the log for TensorBoard.
        as_json: print a record at the end in place of the final line, and all else on stderr.
    """

    quiet: bool
    report: bool
    tensorboard: bool
    as_json: bool = False

    @property
    def options(self) -> str:
        """The options to repeat when the run is resumed."""
        given = {"report": self.report, "tensorboard": self.tensorboard, "json": self.as_json}
        return "".join(f" --{name}" for name in given if given[name])

    def check(self) -> None:
        """Check that all packages are installed, before much time is spent.

        Raises:
            MlpError: one is missing.
        """
        if self.report:
            require_extra("report")
        if self.tensorboard:
            require_extra("tensorboard")

    def check_places(self, run: Run) -> None:
        """Check that none of the user's own files is in their place.

        Raises:
            OutputError: one is.
        """
        from mlpcli.utils.outputs import PAGE, check_output

        if self.report:
            check_output(run.report, PAGE, force=False, advice="move it away")


def complete(trainer: Trainer, run: Run, outputs: Outputs, note: str = "") -> None:
    """Run the remaining epochs of a run, and evaluate it on the test images."""
    from mlpcli.errors import MovedError, TrainingError
    from mlpcli.inference.testing import test_run
    from mlpcli.report.text import class_weights_line
    from mlpcli.training.ending import failure_kept
    from mlpcli.training.resuming import launcher

    if not outputs.quiet:
        say(f"run directory: {run.directory}{note}")
        if trainer.loss.class_weights is not None:
            say(class_weights_line(trainer.loss.class_weights, trainer.dataset.classes))
    watch = Watch(trainer, quiet=outputs.quiet)
    try:
        with failure_kept(trainer, run):
            _train(trainer, run, outputs, watch)
        _say_if_stopped(trainer, outputs)
        evaluation = test_run(trainer, run)
    except BaseException as error:  # Ctrl-C, SIGTERM, a full disk: always say what was kept
        if isinstance(error, MovedError):
            raise  # what is there now is not this run's
        kept = ", ".join(str(path) for path in (run.best, run.last) if path.exists())
        if kept:
            say(f"weights kept: {kept}")
        if not isinstance(error, TrainingError):
            go_on = f"mlp train --resume {quote(str(run.directory))}{outputs.options}"
            say(f"to go on: {launcher(trainer.ranks.size)}{go_on}")
        raise
    _conclude(trainer, run, outputs, watch, evaluation)


def follow(trainer: Trainer) -> None:
    """Run the remaining epochs on another rank than 0, without a word."""
    from mlpcli.cli.signals import StopAfterEpoch, stop_between_steps
    from mlpcli.training.saving import Saver

    with stop_between_steps(trainer.ranks) as stop:
        saver = Saver(trainer, None, trainer.config.training.checkpoint_every, stop)
        for _ in trainer.epochs([saver, StopAfterEpoch(stop)]):
            pass


def _train(trainer: Trainer, run: Run, outputs: Outputs, watch: Watch) -> None:
    """Run the epochs, showing and saving each, and saving within long ones too."""
    from mlpcli.cli.signals import StopAfterEpoch, stop_between_steps
    from mlpcli.cli.training_display import EpochTable, PaceNote, StepBar
    from mlpcli.training.saving import Saver

    bar = StepBar(trainer, quiet=outputs.quiet)
    with ExitStack() as stack:
        stop = stack.enter_context(stop_between_steps(trainer.ranks))
        stack.enter_context(closing(bar))
        scalars = stack.enter_context(_tensorboard(trainer, run, outputs))
        shown: list[Callback] = []
        if not outputs.quiet:
            shown = [PaceNote(bar, trainer), EpochTable(trainer, on_stderr=outputs.as_json)]
        saver = Saver(trainer, run, trainer.config.training.checkpoint_every, stop)
        callbacks = [bar, saver, *shown, watch, *scalars, StopAfterEpoch(stop)]
        for _ in trainer.epochs(callbacks):
            pass


@contextmanager
def _tensorboard(trainer: Trainer, run: Run, outputs: Outputs) -> Iterator[list[Callback]]:
    """Yield what writes an epoch's numbers for TensorBoard, if that is asked for."""
    if not outputs.tensorboard:
        yield []
        return
    from mlpcli.cli.training_display import TensorBoard
    from mlpcli.training.tensorboard import ScalarWriter
    from mlpcli.utils.outputs import explained

    with explained(run.tensorboard):
        writer = ScalarWriter(run.tensorboard, trainer.history)
    with closing(writer):
        yield [TensorBoard(writer, run)]


def _say_if_stopped(trainer: Trainer, outputs: Outputs) -> None:
    """Say that a training has stopped early, if it has."""
    from mlpcli.report.text import stopped_line

    stopping = trainer.config.training.early_stopping
    if stopping and trainer.stopped_early and not outputs.quiet:
        say(stopped_line(stopping, trainer.best_epoch))


def _conclude(
    trainer: Trainer, run: Run, outputs: Outputs, watch: Watch, evaluation: Evaluation
) -> None:
    """Print the result on the test images, and what to do next."""
    from mlpcli.report.trainings import final_line, final_record
    from mlpcli.runs.checkpoint import load_checkpoint

    if outputs.as_json:
        click.echo(json.dumps(final_record(trainer, run, evaluation.metrics)))
    else:
        click.echo(final_line(trainer, run, evaluation.metrics))
    advised = watch.conclude(evaluation)
    if outputs.report:
        run.check_place()
        run.check_own()
        write_report(run.report, evaluation, [load_checkpoint(run.best)])
    if not (outputs.quiet or advised):
        say(f"next: {_next_command(trainer.config, run)}")


def _next_command(config: Config, run: Run) -> str:
    """Return the command that shows where the network errs."""
    command = f"mlp evaluate --weights {quote(str(run.directory))}"
    if not config.data.own_paths:
        return command
    path = Path(config.data.own_paths[0])
    with suppress(OSError, ValueError):  # without a working directory, or if it is elsewhere
        path = path.relative_to(Path.cwd())
    return f"{command} --data {quote(str(path))}"
