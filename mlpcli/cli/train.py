"""`mlp train`."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli import completion
from mlpcli.cli.common import WeightsPath, say, say_notes, set_option
from mlpcli.cli.configurations import (
    check_configuration,
    config_option,
    data_override,
    key_options,
    name_argument,
    one_name,
    short_overrides,
    teacher_override,
)
from mlpcli.cli.running import Outputs, complete, follow
from mlpcli.cli.together import together
from mlpcli.utils.ranks import ALONE, Ranks, on_first

if TYPE_CHECKING:
    from mlpcli.config import Config
    from mlpcli.runs.directory import Run
    from mlpcli.training.trainer import Trainer


@click.command("train")
@name_argument
@config_option
@key_options
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
    help="Begin with trained weights instead of random ones: a run's directory, a file, or bundled "
    "for those that come with mlp (./bundled is a file of that name); their layers must be those "
    "of the configuration.",
)
@click.option(
    "--teacher",
    "teachers",
    type=click.Path(),
    multiple=True,
    metavar="WEIGHTS",
    help="Learn the answers of trained networks instead of the labels: a run's directory, a file, "
    "or a committee; may be repeated: several are averaged.",
)
@click.option(
    "--resume",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="Instead of a configuration: resume an interrupted run from where it was last saved.",
)
@click.option(
    "--data",
    metavar="NAME_OR_PATH",
    shell_complete=completion.data_sets,
    help="What to train on, by name or path, instead of what the configuration says. With "
    "--resume: where the data set is now, if it has moved.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing: build everything, run a few batches, and print the layers and the time "
    "and memory to expect.",
)
@click.option(
    "--quiet", is_flag=True, help="Print only the final line and the warnings about the result."
)
@click.option(
    "--report",
    is_flag=True,
    help="At the end, write report.html; needs mlpcli's extra 'report'.",
)
@click.option(
    "--tensorboard",
    is_flag=True,
    help="Write the numbers of log.jsonl for TensorBoard as well; needs mlpcli's extra "
    "'tensorboard'.",
)
@click.option(
    "--json",
    "as_json",
    is_flag=True,
    help="Print one JSON object at the end, and the line of each epoch on standard error.",
)
def command(  # noqa: PLR0913  # an argument for each option
    *,
    given: str | None,
    name: str | None,
    overrides: tuple[str, ...],
    out: Path | None,
    origin: Path | None,
    teachers: tuple[str, ...],
    resume: Path | None,
    data: str | None,
    dry_run: bool,
    quiet: bool,
    report: bool,
    tensorboard: bool,
    as_json: bool,
    **short: str | None,
) -> None:
    """Train a network as a configuration describes.

    FILE_OR_NAME is a YAML file, or a shipped configuration such as mnist. Each epoch prints a line.
    At the end, the run's directory holds best.npz, last.npz, log.jsonl, result.json and
    config.yaml.

    Example: mlp train mnist --epochs 5
    """
    name = one_name(given, name)
    if data is not None and resume is None:
        overrides = (data_override(data), *overrides)
    overrides += (*short_overrides(short), *teacher_override(teachers))
    if (name is None) == (resume is None):
        raise click.UsageError(
            "give FILE_OR_NAME, such as mnist, or --resume DIR to go on with a run"
        )
    if dry_run and (report or tensorboard or as_json):
        raise click.UsageError(
            "--dry-run writes nothing: leave out --report, --tensorboard and --json"
        )
    outputs = Outputs(quiet=quiet, report=report, tensorboard=tensorboard, as_json=as_json)
    if resume is not None and (out or origin or teachers or dry_run):
        raise click.UsageError(
            "--resume takes only --epochs N, --data, --quiet, --report, --tensorboard and --json"
        )
    with together() as ranks:
        on_first(ranks, outputs.check)
        if resume is not None:
            _resume(resume, overrides, data, outputs, ranks)
            return
        config = on_first(ranks, lambda: _load(str(name), overrides))
        trainer = _new(config, origin, ranks)
        if dry_run:
            _dry_run(trainer)
        else:
            _begin(trainer, Path(config.output), str(name), out, outputs)


def _load(name: str, overrides: tuple[str, ...]) -> Config:
    """Return the configuration of a new run."""
    from mlpcli.config import load_config

    check_configuration(name)
    return load_config(name, overrides)


def _begin(trainer: Trainer, output: Path, name: str, out: Path | None, outputs: Outputs) -> None:
    """Train in a new directory."""
    from mlpcli.config import run_name
    from mlpcli.runs.directory import Run
    from mlpcli.runs.finding import new_directory
    from mlpcli.training.session import begin

    ranks = trainer.ranks
    run = Run(on_first(ranks, lambda: new_directory(output, run_name(name), out)))
    with ExitStack() as stack:

        def prepare() -> None:
            stack.enter_context(run.locked())
            begin(trainer, run)

        on_first(ranks, prepare)
        if ranks.rank:
            follow(trainer)
        else:
            complete(trainer, run, outputs)


def _resume(
    directory: Path,
    overrides: tuple[str, ...],
    data: str | None,
    outputs: Outputs,
    ranks: Ranks,
) -> None:
    """Go on with the run in a directory."""
    from mlpcli.report.trainings import resumed_line
    from mlpcli.runs.directory import Run
    from mlpcli.runs.finding import existing_run

    run = Run(directory)
    with ExitStack() as stack:

        def prepare() -> None:
            existing_run(directory)
            stack.enter_context(run.locked())
            outputs.check_places(run)

        on_first(ranks, prepare)
        trainer = resumed(run, overrides, data, ranks)
        if ranks.rank:
            follow(trainer)
            return
        place = resumed_line(trainer.epochs_done, trainer.step_of_epoch, len(trainer.batches))
        complete(trainer, run, outputs, f", {place}")


def _new(config: Config, origin: Path | None, ranks: Ranks) -> Trainer:
    """Return the trainer of a new run, and note what its data lack."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.training.checks import schedule_notes, split_notes
    from mlpcli.training.session import new_trainer

    with data_bars() as progress:
        trainer = new_trainer(config, origin=origin, progress=progress, note=say, ranks=ranks)
    for line in (*split_notes(trainer.dataset), *schedule_notes(config)):
        say(line)
    return trainer


def resumed(
    run: Run, overrides: tuple[str, ...], data: str | None = None, ranks: Ranks = ALONE
) -> Trainer:
    """Return the trainer of a run as it was last saved, and note which versions have changed."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.training.resuming import version_changes
    from mlpcli.training.session import resume

    with data_bars() as progress:
        trainer, latest = resume(run, overrides, progress, data, ranks=ranks)
    say_notes(trainer.dataset)
    if data is not None:
        say(f"note: {run.config} names the data set at {data} now")
    if latest:
        for name, then, now in version_changes(latest.metadata, trainer.metadata()):
            say(f"note: {name} was {then} and is {now} now; the last digits may differ")
    return trainer


def _dry_run(trainer: Trainer) -> None:
    """Print the layers and steps of a run, and the time and memory that it will take."""
    from mlpcli.report.text import layer_table
    from mlpcli.report.trainings import expectation_line
    from mlpcli.training.rehearsal import rehearse
    from mlpcli.utils.escaping import printable

    expected = rehearse(trainer)
    threads = "thread" if trainer.threads == 1 else "threads"
    processes = f", {trainer.ranks.size} processes" if trainer.ranks.size > 1 else ""
    compiled = "" if trainer.parts.compiler == "none" else ", compiled"
    click.echo(layer_table(trainer.network))
    click.echo(
        f"\n{len(trainer.dataset.train):,} images of {printable(trainer.dataset.name)}, "
        f"{len(trainer.batches):,} steps an epoch, about {expected.epoch_seconds:.1f} s an epoch, "
        f"{trainer.threads} {threads}{compiled}{processes}"
    )
    click.echo(expectation_line(expected, trainer.config.training.epochs))
