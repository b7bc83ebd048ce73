"""`mlp train`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

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
    help="Instead of --config: go on with an interrupted run, after its last whole epoch.",
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
    from mlpcli.runs import new_directory

    if (name is None) == (resume is None):
        raise click.UsageError("give --config FILE_OR_NAME, or --resume DIR to go on with a run")
    if resume is not None and (out or origin or dry_run):
        raise click.UsageError("--resume goes with --set training.epochs=N and --quiet only")
    if resume:
        state = _resumed(resume, overrides)
        run = _continue(state, resume, overrides)
    else:
        config = load_config(str(name), overrides)
        state = _new(config, origin)
        if dry_run:
            _dry_run(state)
            return
        run = _begin(state, new_directory(Path(config.output), Path(str(name)).stem, out))
    if not quiet:
        after = f"resumed after epoch {state.epochs_done}" if state.history else "resumed"
        click.echo(f"run directory: {run.directory}" + (f", {after}" if resume else ""), err=True)
    _train(state, run, quiet=quiet)
    _test(state, run)


def _new(config: Config, origin: Path | None) -> TrainingState:
    """Return the state of a run that has not begun."""
    from mlpcli.checkpoint import load_checkpoint
    from mlpcli.cli.common import open_configured
    from mlpcli.config import with_absolute_paths
    from mlpcli.state import TrainingState

    begin = load_checkpoint(origin) if origin else None
    dataset = open_configured(config.data, config.seed)
    state = TrainingState(with_absolute_paths(config), dataset)
    if begin:
        state.begin_with(begin)
    return state


def _resumed(directory: Path, overrides: tuple[str, ...]) -> TrainingState:
    """Return the state that a run was in after its last whole epoch."""
    from mlpcli.checkpoint import load_checkpoint
    from mlpcli.cli.common import open_configured
    from mlpcli.config import load_extended, with_absolute_paths
    from mlpcli.errors import RunError
    from mlpcli.runs import CONFIG, LAST
    from mlpcli.state import TrainingState

    if not (directory / CONFIG).is_file():
        raise RunError(
            f"{directory}: must be the directory of a run, but holds no {CONFIG}; runs are under "
            "runs/, or where output or --out put them"
        )
    config = load_extended(str(directory / CONFIG), overrides)
    dataset = open_configured(config.data, config.seed)
    state = TrainingState(with_absolute_paths(config), dataset)
    if (directory / LAST).exists():
        state.restore(load_checkpoint(directory / LAST))
    return state


def _begin(state: TrainingState, directory: Path) -> Run:
    """Make the new directory that of a run."""
    from mlpcli.config import to_yaml
    from mlpcli.runs import Run

    run = Run(directory)
    if state.origin:  # saved before there is a run to resume, which would else not know of it
        _save(state, run, is_best=False)
    run.write_config(to_yaml(state.config))
    return run


def _continue(state: TrainingState, directory: Path, overrides: tuple[str, ...]) -> Run:
    """Take up the directory of a run and make all in it agree with the weights."""
    from dataclasses import asdict

    from mlpcli.config import to_yaml
    from mlpcli.runs import Run

    run = Run(directory)
    if overrides:
        run.write_config(to_yaml(state.config))
    run.write_log([asdict(result) for result in state.history])
    return run


def _save(state: TrainingState, run: Run, *, is_best: bool) -> None:
    run.save(state.predicting_arrays, state.resume_arrays, state.metadata(), is_best=is_best)


def _train(state: TrainingState, run: Run, *, quiet: bool) -> None:
    """Run the epochs, showing and saving each."""
    from mlpcli.cli.progress import StepBar
    from mlpcli.cli.signals import stop_between_steps
    from mlpcli.errors import TrainingError
    from mlpcli.report.text import EPOCH_HEADER, epoch_line
    from mlpcli.training import train

    epochs = state.config.training.epochs
    bar = StepBar(len(state.dataset.train), epochs, quiet=quiet, done=state.epochs_done)
    if not quiet and not state.finished:
        click.echo(EPOCH_HEADER)
    try:
        with stop_between_steps() as check_signals:

            def on_step(images: int, loss: float) -> None:
                bar(images, loss)
                check_signals()

            for result in train(state, on_step):
                bar.close()
                is_best = state.best_epoch == state.epochs_done
                _save(state, run, is_best=is_best)
                if not quiet:
                    click.echo(epoch_line(result, epochs))
                check_signals()
    except BaseException as error:  # Ctrl-C, SIGTERM, a full disk: whatever it is, say what is left
        bar.close()
        if run.best.exists():
            click.echo(f"weights kept: {run.best}, {run.last}", err=True)
        if not isinstance(error, TrainingError):
            click.echo(f"to go on: mlp train --resume {quote(str(run.directory))}", err=True)
        raise
    if state.stopped_early and not quiet:
        click.echo(f"stopped early: nothing better since epoch {state.best_epoch}", err=True)


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
    from mlpcli.report.text import layer_table
    from mlpcli.training import try_out

    steps = len(state.batches)
    seconds = try_out(state) * steps
    threads = "thread" if state.threads == 1 else "threads"
    click.echo(layer_table(state.network))
    click.echo(
        f"\n{len(state.dataset.train):,} images of {state.dataset.name}, {steps:,} steps an epoch, "
        f"about {seconds:.1f} s an epoch, {state.threads} {threads}"
    )
