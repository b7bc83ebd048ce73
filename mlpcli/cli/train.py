"""`mlp train`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import say

if TYPE_CHECKING:
    from mlpcli.config import Config
    from mlpcli.runs import Run
    from mlpcli.state import TrainingState


@click.command("train")
@click.option(
    "--config",
    "name",
    metavar="FILE_OR_NAME",
    help="A YAML file, or a shipped configuration such as mnist.",
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key, e.g. training.epochs=5; may be given often, later ones win.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The run's directory; by default runs/NAME, then runs/NAME-2 and so on.",
)
@click.option(
    "--from",
    "origin",
    type=click.Path(path_type=Path, readable=False),
    metavar="WEIGHTS",
    help="Begin with trained weights instead of random ones; the layers must be the same.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Instead of --config: go on with an interrupted run, from where it was last saved.",
)
@click.option("--dry-run", is_flag=True, help="Build everything, run two batches, write nothing.")
@click.option("--quiet", is_flag=True, help="Print the final line only.")
def command(  # noqa: PLR0913  # an argument for each option
    name: str | None,
    overrides: tuple[str, ...],
    out: Path | None,
    origin: Path | None,
    resume: Path | None,
    *,
    dry_run: bool,
    quiet: bool,
) -> None:
    """Train a network as a configuration describes.

    Each epoch prints a line. The run's directory then holds best.npz, last.npz, log.jsonl and
    config.yaml.

    Example: mlp train --config mnist --set training.epochs=5
    """
    from mlpcli.config import load_config
    from mlpcli.report.text import resumed_line
    from mlpcli.runs import Run, existing_run, new_directory

    if (name is None) == (resume is None):
        raise click.UsageError("give --config FILE_OR_NAME, or --resume DIR to go on with a run")
    if resume is not None:
        if out or origin or dry_run:
            raise click.UsageError("--resume goes with --set training.epochs=N and --quiet only")
        run = existing_run(resume)
        with run.locked():
            state = _resumed(run, overrides)
            place = resumed_line(state.epochs_done, state.step_of_epoch, len(state.batches))
            _complete(state, run, f", {place}", quiet=quiet)
        return
    config = load_config(str(name), overrides)
    state = _new(config, origin)
    if dry_run:
        _dry_run(state)
        return
    run = Run(new_directory(Path(config.output), Path(str(name)).stem, out))
    with run.locked():
        run.check_new()  # once more, for another process may have been quicker
        _begin(state, run)
        _complete(state, run, "", quiet=quiet)


def _new(config: Config, origin: Path | None) -> TrainingState:
    """Return the state of a run that has not begun."""
    from mlpcli.checkpoint import load_checkpoint
    from mlpcli.cli.opening import open_configured
    from mlpcli.config import with_absolute_paths
    from mlpcli.snapshots import begin_with
    from mlpcli.state import TrainingState

    begin = load_checkpoint(origin) if origin else None
    dataset = open_configured(config.data, config.seed)
    state = TrainingState(with_absolute_paths(config), dataset)
    if begin:
        begin_with(state, begin)
    return state


def _begin(state: TrainingState, run: Run) -> None:
    """Make a new directory that of a run."""
    from mlpcli.config import to_yaml

    if state.origin:  # saved before there is a run to resume, which would else not know of it
        _save(state, run, is_best=False)
    run.write_config(to_yaml(state.config))


def _resumed(run: Run, overrides: tuple[str, ...]) -> TrainingState:
    """Return the state that a run was in when it was last saved, all in its directory agreeing."""
    from dataclasses import asdict

    from mlpcli.config import load_extended, to_yaml
    from mlpcli.snapshots import restore, version_changes

    state = _new(load_extended(str(run.config), overrides), None)
    latest = run.latest()
    if latest:
        restore(state, latest)
        if state.best_epoch:
            _complete_best(state, run)
        run.write_log([asdict(result) for result in state.history])
        for name, then, now in version_changes(latest):
            say(f"note: {name} was {then} and is {now} now, the last digits may differ")
    if overrides:
        run.write_config(to_yaml(state.config))
    return state


def _save(state: TrainingState, run: Run, *, is_best: bool) -> None:
    from mlpcli.snapshots import describe

    metadata = describe(state)
    run.save_last(state.predicting_arrays | state.resume_arrays, metadata)
    if is_best:
        run.save_best(state.predicting_arrays, metadata)


def _complete_best(state: TrainingState, run: Run) -> None:
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


def _complete(state: TrainingState, run: Run, note: str, *, quiet: bool) -> None:
    """Run what is left of a run, and look at the test images."""
    from mlpcli.errors import MovedError, TrainingError

    if not quiet:
        say(f"run directory: {run.directory}{note}")
    try:
        _train(state, run, quiet=quiet)
    except BaseException as error:  # Ctrl-C, SIGTERM, a full disk: whatever it is, say what is left
        if isinstance(error, MovedError):
            raise  # what is there now is another's
        kept = ", ".join(str(path) for path in (run.best, run.last) if path.exists())
        if kept:
            say(f"weights kept: {kept}")
        if not isinstance(error, TrainingError):
            say(f"to go on: mlp train --resume {quote(str(run.directory))}")
        raise
    if state.stopped_early and not quiet:
        say(f"stopped early: nothing better since epoch {state.best_epoch}")
    _test(state, run)


def _train(state: TrainingState, run: Run, *, quiet: bool) -> None:
    """Run the epochs, showing and saving each, and saving in between where one takes long."""
    from contextlib import closing
    from time import monotonic

    from mlpcli.cli.progress import StepBar
    from mlpcli.cli.signals import stop_between_steps
    from mlpcli.report.text import EPOCH_HEADER, epoch_line
    from mlpcli.training import train

    training = state.config.training
    if not quiet and not state.finished:
        click.echo(EPOCH_HEADER)
    done = state.step_of_epoch * training.batch_size
    bar = StepBar(len(state.dataset.train), training.epochs, state.epochs_done, done, quiet=quiet)
    saved = monotonic()
    with stop_between_steps() as stop, closing(bar):

        def on_step(images: int, loss: float) -> None:
            nonlocal saved
            bar(images, loss)
            ending = bool(stop)  # once: a signal may come between two looks
            if ending or monotonic() - saved >= training.checkpoint_every:
                state.check()
                _save(state, run, is_best=False)
                saved = monotonic()
            if ending:
                stop.end()

        for result in train(state, on_step):
            bar.close()
            _save(state, run, is_best=state.best_epoch == state.epochs_done)
            saved = monotonic()
            if not quiet:
                click.echo(epoch_line(result, training.epochs))
            if stop:
                stop.end()


def _test(state: TrainingState, run: Run) -> None:
    """Look at the test images, once, and print the final line."""
    from mlpcli.classifier import Classifier
    from mlpcli.evaluation import measure
    from mlpcli.report.text import final_line
    from mlpcli.threads import limit_threads

    test = state.dataset.test
    with limit_threads(state.evaluation_threads):
        log_probabilities = Classifier.load([run.best]).log_probabilities(test.images)
    metrics = measure(log_probabilities, test.labels)
    click.echo(final_line(metrics, str(run.best), state.best_epoch))


def _dry_run(state: TrainingState) -> None:
    """Print what a run would be."""
    from mlpcli.printable import printable
    from mlpcli.report.text import layer_table
    from mlpcli.training import try_out

    steps = len(state.batches)
    seconds = try_out(state) * steps
    threads = "thread" if state.threads == 1 else "threads"
    click.echo(layer_table(state.network))
    click.echo(
        f"\n{len(state.dataset.train):,} images of {printable(state.dataset.name)}, "
        f"{steps:,} steps an epoch, about {seconds:.1f} s an epoch, {state.threads} {threads}"
    )
