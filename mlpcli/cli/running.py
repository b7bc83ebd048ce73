"""What a training does with its run: shows, saves, stops, and looks at the test images."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import need, say, writing

if TYPE_CHECKING:
    from mlpcli.history import EpochResult
    from mlpcli.results import Evaluation
    from mlpcli.runs import Run
    from mlpcli.state import TrainingState


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

    def check(self) -> None:
        """Check that all packages are there, before much time is spent.

        Raises:
            MlpError: one is missing.
        """
        if self.report:
            need("report", "matplotlib", "jinja2")
        if self.tensorboard:
            need("tensorboard", "tensorboard")


def save(state: TrainingState, run: Run, *, is_best: bool) -> None:
    """Save a state as the latest and, where it is, as the best one."""
    from mlpcli.snapshots import describe

    metadata = describe(state)
    run.save_last(state.predicting_arrays | state.resume_arrays, metadata)
    if is_best:
        run.save_best(state.predicting_arrays, metadata)


def complete_best(state: TrainingState, run: Run) -> None:
    """See that the best weights are there, and save them where a run ended just before it had."""
    from mlpcli.errors import RunError
    from mlpcli.runs import advice
    from mlpcli.snapshots import describe, is_earlier

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
    try:
        _train(state, run, outputs)
    except BaseException as error:  # Ctrl-C, SIGTERM, a full disk: whatever it is, say what is left
        if isinstance(error, MovedError):
            raise  # what is there now is another's
        kept = ", ".join(str(path) for path in (run.best, run.last) if path.exists())
        if kept:
            say(f"weights kept: {kept}")
        if not isinstance(error, TrainingError):
            say(f"to go on: mlp train --resume {quote(str(run.directory))}")
        raise
    if state.stopped_early and not outputs.quiet:
        say(f"stopped early: nothing better since epoch {state.best_epoch}")
    _test(state, run, outputs)


def _train(state: TrainingState, run: Run, outputs: Outputs) -> None:
    """Run the epochs, showing and saving each, and saving in between where one takes long."""
    from contextlib import closing
    from time import monotonic

    from mlpcli.cli.progress import StepBar
    from mlpcli.cli.signals import stop_between_steps
    from mlpcli.report.text import EPOCH_HEADER, epoch_line
    from mlpcli.training import train

    training = state.config.training
    if not outputs.quiet and not state.finished:
        click.echo(EPOCH_HEADER)
    done = state.step_of_epoch * training.batch_size
    images = len(state.dataset.train)
    bar = StepBar(images, training.epochs, state.epochs_done, done, quiet=outputs.quiet)
    saved = monotonic()
    with stop_between_steps() as stop, closing(bar), _scalars(state, run, outputs) as write:

        def on_step(images: int, loss: float) -> None:
            nonlocal saved
            bar(images, loss)
            ending = bool(stop)  # once: a signal may come between two looks
            if ending or monotonic() - saved >= training.checkpoint_every:
                state.check()
                save(state, run, is_best=False)
                saved = monotonic()
            if ending:
                stop.end()

        for result in train(state, on_step):
            bar.close()
            save(state, run, is_best=state.best_epoch == state.epochs_done)
            write(result)
            saved = monotonic()
            if not outputs.quiet:
                click.echo(epoch_line(result, training.epochs))
            if stop:
                stop.end()


def _scalars(
    state: TrainingState, run: Run, outputs: Outputs
) -> AbstractContextManager[Callable[[EpochResult], None]]:
    """Give what writes an epoch's numbers for TensorBoard, if anything shall."""
    if not outputs.tensorboard:
        return nullcontext(lambda _: None)
    from mlpcli.scalars import scalar_writer

    return scalar_writer(run.directory / "tensorboard", state.history)


def _test(state: TrainingState, run: Run, outputs: Outputs) -> None:
    """Look at the test images, once, and print the final line."""
    from mlpcli.classifier import Classifier
    from mlpcli.report.text import final_line
    from mlpcli.results import evaluate
    from mlpcli.threads import limit_threads

    dataset = state.dataset
    with limit_threads(state.evaluation_threads):
        evaluation = evaluate(Classifier.load([run.best]), dataset.name, "test", dataset.test)
    if outputs.report:
        write_report(run.directory / "report.html", evaluation, [run.best])
    click.echo(final_line(evaluation.metrics, str(run.best), state.best_epoch))


def write_report(file: Path, evaluation: Evaluation, weights: Sequence[Path]) -> None:
    """Write a page about an evaluation, and say so."""
    from mlpcli.files import atomic_write
    from mlpcli.inspection import inspect
    from mlpcli.report.page import report_html

    html = report_html(evaluation, [inspect(path) for path in weights])
    with writing(file), atomic_write(file) as stream:
        stream.write(html.encode())
    say(f"report: {file}")
