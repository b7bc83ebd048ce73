"""What a training does with its run: shows, saves, stops, and looks at the test images."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import say
from mlpcli.cli.reporting import need, write_report
from mlpcli.cli.watching import Watch

if TYPE_CHECKING:
    from mlpcli.runs.directory import Run
    from mlpcli.runs.history import EpochResult
    from mlpcli.training.state import TrainingState


@dataclass(frozen=True)
class Outputs:
    """What else a training leaves.

    Attributes:
        quiet: nothing but the final line.
        report: a page about its answers to the test images.
        tensorboard: the numbers of its log, for TensorBoard.
    """

    quiet: bool
    report: bool
    tensorboard: bool

    @property
    def options(self) -> str:
        """What to give again to get them when the run goes on."""
        return " --report" * self.report + " --tensorboard" * self.tensorboard

    def check(self) -> None:
        """Check that all packages are there, before much time is spent.

        Raises:
            MlpError: one is missing.
        """
        if self.report:
            need("report")
        if self.tensorboard:
            need("tensorboard")

    def check_places(self, run: Run) -> None:
        """Check that nothing of the user's is in their place.

        Raises:
            OutputError: something is.
        """
        from mlpcli.utils.outputs import PAGE, check_output

        if self.report:
            check_output(run.report, PAGE, force=False, advice="move it away")


def save(state: TrainingState, run: Run, *, is_best: bool) -> None:
    """Save a state as the latest and, where it is, as the best one."""
    from mlpcli.training.resuming import describe

    metadata = describe(state)
    run.save_last(state.predicting_arrays | state.resume_arrays, metadata)
    if is_best:
        run.save_best(state.predicting_arrays, metadata)


def complete_best(state: TrainingState, run: Run) -> None:
    """See that the best weights are there, and save them where a run ended just before it had."""
    from mlpcli.errors import RunError
    from mlpcli.runs.directory import advice
    from mlpcli.training.resuming import describe, is_earlier

    saved = run.saved_best()
    if saved is None or is_earlier(state, saved):
        if saved and saved.value(int, "epoch") == state.best_epoch:
            return
        if state.best_epoch == state.epochs_done and not state.step_of_epoch:
            run.save_best(state.predicting_arrays, describe(state))
            return
    raise RunError(
        f"{run.best}: must hold the weights of epoch {state.best_epoch} of this run, got "
        f"{'others' if saved else 'none'}; {advice(run.last)}"
    )


def complete(state: TrainingState, run: Run, outputs: Outputs, note: str = "") -> None:
    """Run what is left of a run, and look at the test images."""
    from mlpcli.errors import MovedError, TrainingError

    if not outputs.quiet:
        say(f"run directory: {run.directory}{note}")
    watch = Watch(state, quiet=outputs.quiet)
    try:
        _train(state, run, outputs, watch)
    except BaseException as error:  # Ctrl-C, SIGTERM, a full disk: whatever it is, say what is left
        if isinstance(error, MovedError):
            raise  # what is there now is another's
        kept = ", ".join(str(path) for path in (run.best, run.last) if path.exists())
        if kept:
            say(f"weights kept: {kept}")
        if not isinstance(error, TrainingError):
            say(f"to go on: mlp train --resume {quote(str(run.directory))}{outputs.options}")
        raise
    if state.stopped_early and not outputs.quiet:
        say(f"stopped early: nothing better since epoch {state.best_epoch}")
    _test(state, run, outputs, watch)


def _train(state: TrainingState, run: Run, outputs: Outputs, watch: Watch) -> None:
    """Run the epochs, showing and saving each, and saving in between where one takes long."""
    from time import monotonic

    from mlpcli.cli.progress import StepBar
    from mlpcli.cli.signals import stop_between_steps
    from mlpcli.report.text import EPOCH_HEADER, epoch_line, slow_line
    from mlpcli.training.loop import train
    from mlpcli.training.pace import Pace

    training = state.config.training
    if not outputs.quiet and not state.finished:
        click.echo(EPOCH_HEADER)
    done = state.step_of_epoch * training.batch_size
    images = len(state.dataset.train)
    bar = StepBar(images, training.epochs, state.epochs_done, done, quiet=outputs.quiet)
    pace, saved = Pace(), monotonic()
    with stop_between_steps() as stop, closing(bar), _scalars(state, run, outputs) as write:

        def on_step(images: int, loss: float) -> None:
            nonlocal saved
            bar(images, loss)
            now = monotonic()
            if pace.step(images, now) and not outputs.quiet:
                bar.say(slow_line(pace.latest, pace.best, state.threads))
            ending = bool(stop)  # once: a signal may come between two looks
            if ending or now - saved >= training.checkpoint_every:
                state.check()
                save(state, run, is_best=False)
                saved = monotonic()
                pace.pause()
            if ending:
                stop.end()

        for result in train(state, on_step):
            bar.close()
            pace.pause()
            save(state, run, is_best=state.best_epoch == state.epochs_done)
            saved = monotonic()
            if not outputs.quiet:
                click.echo(epoch_line(result, training.epochs))
            watch.after_epoch()
            write(result)
            if stop:
                stop.end()


@contextmanager
def _scalars(
    state: TrainingState, run: Run, outputs: Outputs
) -> Iterator[Callable[[EpochResult], None]]:
    """Give what writes an epoch's numbers for TensorBoard, if anything shall.

    Where that fails the training goes on without, for it loses nothing.
    """
    if not outputs.tensorboard:
        yield lambda _: None
        return
    from mlpcli.training.tensorboard import ScalarWriter
    from mlpcli.utils.outputs import explained

    directory = run.tensorboard
    with explained(directory):
        writer = ScalarWriter(directory, state.history)
    failed = False

    def write(result: EpochResult) -> None:
        nonlocal failed
        if failed:
            return
        try:
            writer.write(result)
        except OSError as error:
            failed = True
            say(f"{directory}: cannot be written, {error.strerror}; the training goes on without")

    with closing(writer):
        yield write


def _test(state: TrainingState, run: Run, outputs: Outputs, watch: Watch) -> None:
    """Look at the test images, once, and print the final line."""
    from mlpcli.inference.classifier import Classifier
    from mlpcli.inference.evaluation import evaluate
    from mlpcli.report.text import final_line
    from mlpcli.runs.checkpoint import load_checkpoint
    from mlpcli.utils.threads import use_threads

    dataset, best = state.dataset, load_checkpoint(run.best)
    with use_threads(state.evaluation_threads):
        evaluation = evaluate(Classifier.of([best]), dataset.name, "test", dataset.test)
    click.echo(final_line(evaluation.metrics, str(run.best), state.best_epoch))
    watch.conclude(evaluation)
    if outputs.report:
        run.check_place()
        run.check_own()
        write_report(run.report, evaluation, [best])
