"""`mlp train`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli import completion
from mlpcli.cli.common import WeightsPath, say, set_option
from mlpcli.cli.running import Outputs, complete, complete_best, save

if TYPE_CHECKING:
    from mlpcli.config import Config
    from mlpcli.runs.directory import Run
    from mlpcli.training.state import TrainingState


@click.command("train")
@click.option(
    "--config",
    "name",
    metavar="FILE_OR_NAME",
    shell_complete=completion.configurations,
    help="A YAML file, or a shipped configuration such as mnist.",
)
@set_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="The run's directory; by default runs/NAME, then runs/NAME-2 and so on.",
)
@click.option(
    "--from",
    "origin",
    type=WeightsPath(),
    metavar="WEIGHTS",
    help="Begin with trained weights instead of random ones: a run's directory, a file or, for "
    "those that come with mlp, bundled (./bundled is a file of that name); the layers must be the "
    "same.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Instead of --config: go on with an interrupted run, from where it was last saved.",
)
@click.option("--dry-run", is_flag=True, help="Build everything, run two batches, write nothing.")
@click.option("--quiet", is_flag=True, help="Print the final line, and warnings of the end, only.")
@click.option(
    "--report", is_flag=True, help="At the end, write report.html; needs the extra report."
)
@click.option(
    "--tensorboard",
    is_flag=True,
    help="Write the numbers of log.jsonl for TensorBoard as well; needs the extra tensorboard.",
)
def command(  # noqa: PLR0913  # an argument for each option
    name: str | None,
    overrides: tuple[str, ...],
    out: Path | None,
    origin: Path | None,
    resume: Path | None,
    *,
    dry_run: bool,
    quiet: bool,
    report: bool,
    tensorboard: bool,
) -> None:
    """Train a network as a configuration describes.

    Each epoch prints a line. The run's directory then holds best.npz, last.npz, log.jsonl and
    config.yaml.

    Example: mlp train --config mnist --set training.epochs=5
    """
    from mlpcli.config import load_config, run_name
    from mlpcli.report.text import resumed_line
    from mlpcli.runs.directory import Run
    from mlpcli.runs.finding import existing_run, new_directory

    if (name is None) == (resume is None):
        raise click.UsageError("give --config FILE_OR_NAME, or --resume DIR to go on with a run")
    if dry_run and (report or tensorboard):
        raise click.UsageError("--dry-run writes nothing, neither a report nor for TensorBoard")
    outputs = Outputs(quiet, report, tensorboard)
    outputs.check()
    if resume is not None:
        if out or origin or dry_run:
            raise click.UsageError(
                "--resume goes with --set training.epochs=N, --quiet, --report and --tensorboard"
            )
        run = existing_run(resume)
        with run.locked():
            outputs.check_places(run)
            state = resumed(run, overrides)
            place = resumed_line(state.epochs_done, state.step_of_epoch, len(state.batches))
            complete(state, run, outputs, f", {place}")
        return
    config = load_config(str(name), overrides)
    state = _new(config, origin)
    if dry_run:
        _dry_run(state)
        return
    run = Run(new_directory(Path(config.output), run_name(str(name)), out))
    with run.locked():
        run.check_new()  # once more, for another process may have been quicker
        _begin(state, run)
        complete(state, run, outputs)


def _new(config: Config, origin: Path | None, *, resuming: bool = False) -> TrainingState:
    """Return the state of a run that has not begun, or shall go on."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.config import with_absolute_paths
    from mlpcli.datasets.selection import open_configured
    from mlpcli.runs.checkpoint import load_checkpoint
    from mlpcli.runs.finding import find_weights
    from mlpcli.training.resuming import begin_with
    from mlpcli.training.state import TrainingState

    begin = load_checkpoint(find_weights(origin)) if origin else None
    with data_bars() as progress:
        dataset = open_configured(config.data, config.seed, in_full=resuming, progress=progress)
    state = TrainingState(with_absolute_paths(config), dataset)
    if begin:
        begin_with(state, begin)
    return state


def _begin(state: TrainingState, run: Run) -> None:
    """Make a new directory that of a run."""
    from mlpcli.config import to_yaml

    if state.origin:  # saved before there is a run to resume, which would else not know of it
        save(state, run, is_best=False)
    run.write_config(to_yaml(state.config))


def resumed(run: Run, overrides: tuple[str, ...]) -> TrainingState:
    """Return the state that a run was in when it was last saved, all in its directory agreeing."""
    from dataclasses import asdict

    from mlpcli.config import load_extended, to_yaml
    from mlpcli.training.resuming import restore, version_changes

    state = _new(load_extended(str(run.config), overrides), None, resuming=True)
    latest = run.latest()
    if latest:
        restore(state, latest)
        if state.best_epoch:
            complete_best(state, run)
        run.write_log([asdict(result) for result in state.history])
        for name, then, now in version_changes(latest):
            say(f"note: {name} was {then} and is {now} now, the last digits may differ")
    if overrides:
        run.write_config(to_yaml(state.config))
    return state


def _dry_run(state: TrainingState) -> None:
    """Print what a run would be."""
    from mlpcli.report.text import layer_table
    from mlpcli.training.loop import try_out
    from mlpcli.utils.escaping import printable

    steps = len(state.batches)
    seconds = try_out(state) * steps
    threads = "thread" if state.threads == 1 else "threads"
    click.echo(layer_table(state.network))
    click.echo(
        f"\n{len(state.dataset.train):,} images of {printable(state.dataset.name)}, "
        f"{steps:,} steps an epoch, about {seconds:.1f} s an epoch, {state.threads} {threads}"
    )
