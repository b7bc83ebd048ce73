"""`mlp train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mlpcli.runs import Run
    from mlpcli.training import TrainingState


@click.command("train")
@click.option(
    "--config",
    "name",
    required=True,
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
@click.option("--dry-run", is_flag=True, help="Build everything, run two batches, write nothing.")
@click.option("--quiet", is_flag=True, help="Print the final line only.")
def command(
    name: str, overrides: tuple[str, ...], out: Path | None, *, dry_run: bool, quiet: bool
) -> None:
    """Train a network as a configuration describes.

    Each epoch prints a line. The run's directory then holds best.npz, last.npz, log.jsonl and
    config.yaml.

    Example: mlp train --config mnist --set training.epochs=5
    """
    from mlpcli.cli.common import open_configured
    from mlpcli.config import load_config, to_yaml, with_absolute_paths
    from mlpcli.runs import Run, new_directory
    from mlpcli.training import TrainingState

    config = load_config(name, overrides)
    dataset = open_configured(config.data, config.seed)
    state = TrainingState(with_absolute_paths(config), dataset)
    if dry_run:
        _dry_run(state)
        return
    directory = new_directory(Path(config.output), Path(name).stem, out)
    if not quiet:
        click.echo(f"run directory: {directory}", err=True)
    run = Run(directory, to_yaml(state.config))
    _train(state, run, quiet=quiet)
    _test(state, run)


def _train(state: TrainingState, run: Run, *, quiet: bool) -> None:
    """Run the epochs, showing and saving each."""
    from mlpcli.cli.progress import StepBar
    from mlpcli.cli.signals import stop_between_steps
    from mlpcli.report.text import EPOCH_HEADER, epoch_line
    from mlpcli.training import train

    epochs = state.config.training.epochs
    bar = StepBar(len(state.dataset.train), epochs, quiet=quiet)
    if not quiet:
        click.echo(EPOCH_HEADER)
    try:
        with stop_between_steps() as check_signals:

            def on_step(images: int, loss: float) -> None:
                bar(images, loss)
                check_signals()

            for result in train(state, on_step):
                bar.close()
                is_best = state.best_epoch == state.epochs_done
                run.save(state.network.named_parameters, state.metadata(), is_best=is_best)
                if not quiet:
                    click.echo(epoch_line(result, epochs))
                check_signals()
    except BaseException:  # an error, Ctrl-C, SIGTERM: whatever it is, say what is left
        bar.close()
        if run.best.exists():
            click.echo(f"weights kept: {run.best}, {run.last}", err=True)
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
