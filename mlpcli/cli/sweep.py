"""`mlp sweep`."""

from __future__ import annotations

import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from mlpcli.cli import completion
from mlpcli.cli.common import say
from mlpcli.cli.configurations import config_option, key_options, one_name, short_overrides
from mlpcli.cli.reporting import require_extra, require_packages
from mlpcli.cli.sweep_choice import (
    check_committee,
    chosen_sweep,
    members,
    sweep_directory,
)

if TYPE_CHECKING:
    from mlpcli.sweep.cluster import Cluster
    from mlpcli.sweep.definition import Members, Sweep
    from mlpcli.sweep.directory import SweepDirectory
    from mlpcli.sweep.results import Results
    from mlpcli.sweep.study import Study

PACKAGES = ("optuna", "distributed", "bokeh", "cryptography")


@dataclass(frozen=True)
class _Asked:
    """What the options ask for, besides the sweep itself."""

    scheduler: str | None
    workers: int | None
    storage: str | None
    committee: Members | None
    quiet: bool
    report: bool
    as_json: bool


@click.command("sweep")
@click.argument(
    "given",
    required=False,
    metavar="[FILE_OR_NAME]",
    shell_complete=completion.sweeps,
)
@config_option
@key_options
@click.option(
    "--set",
    "settings",
    multiple=True,
    metavar="KEY=A,B,C",
    shell_complete=completion.keys,
    help="Values to try for a key, e.g. training.batch_size=32,64 or seed=0..9; may be repeated: "
    "all combinations are tried. A single value changes the key for all trials.",
)
@click.option(
    "--seeds",
    type=click.IntRange(min=1),
    metavar="N",
    help="Try each combination with N seeds: the configuration's and those that follow it.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, readable=False),
    metavar="DIR",
    help="The sweep's directory; by default runs/NAME-sweep or, if this sweep was begun before, "
    "its directory.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many trials run at once on this machine; by default one for each processor.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Run the trials on the workers of the Dask scheduler at this address, e.g. "
    "tcp://HOST:8786.",
)
@click.option(
    "--storage",
    metavar="URL",
    help="The database of Optuna's study, e.g. postgresql://USER@HOST/NAME; by default study.db in "
    "the sweep's directory.",
)
@click.option(
    "--committee",
    metavar="K",
    callback=members,
    help="At the end, make a committee of the K trials that are best on validation images, or of "
    "all: evaluate, predict and export average its networks when given the sweep's directory.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Write nothing: check every configuration, and print what is tried.",
)
@click.option(
    "--quiet", is_flag=True, help="Print only the table at the end and the warnings about it."
)
@click.option(
    "--report",
    is_flag=True,
    help="At the end, write report.html; needs mlpcli's extra 'report'.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of the table.")
def command(  # noqa: PLR0913  # an argument for each option
    *,
    given: str | None,
    name: str | None,
    settings: tuple[str, ...],
    seeds: int | None,
    out: Path | None,
    workers: int | None,
    scheduler: str | None,
    storage: str | None,
    committee: Members | None,
    dry_run: bool,
    quiet: bool,
    report: bool,
    as_json: bool,
    **short: str | None,
) -> None:
    """Train many runs: a grid, a search, or seeds.

    FILE_OR_NAME is a configuration, whose keys --set varies; a file that describes a search, as
    below; the name of a shipped search, such as committee/views; or the directory of a sweep to go
    on with. Each trial is a run in the sweep's directory. After an interruption, the same command
    goes on with the sweep. Needs mlpcli's extra 'sweep'.

    \b
    config: mnist
    space:
      training.optimizer.learning_rate: {range: [0.01, 1], log: true}
      training.batch_size: {choice: [32, 64, 128]}
    sampler: tpe        # or grid, random
    pruner: hyperband   # or none, median
    trials: 20

    Example: mlp sweep fast --lr 0.1,0.2,0.4 --seeds 3
    """  # noqa: D301  # click reads the \b
    name = one_name(given, name)
    settings += short_overrides(short)
    if name is None:
        raise click.UsageError("give FILE_OR_NAME, such as mnist, or the directory of a sweep")
    if scheduler is not None and workers is not None:
        raise click.UsageError("--workers is for this machine: leave it out with --scheduler")
    require_packages("mlp sweep", "sweep", PACKAGES)
    if report:
        require_extra("report")
    sweep = chosen_sweep(name, settings, seeds, out)
    check_committee(sweep, committee)
    committee = sweep.committee if committee is None else committee
    asked = _Asked(scheduler, workers, storage, committee, quiet, report, as_json)
    if dry_run:
        _describe(sweep)
        return
    _run(sweep, sweep_directory(sweep, name, out), asked)


def _run(sweep: Sweep, directory: SweepDirectory, asked: _Asked) -> None:
    """Run what is left of a sweep, and print what came of it."""
    from mlpcli.sweep.finding import save_definition
    from mlpcli.sweep.study import Study

    with directory.locked():
        save_definition(directory, sweep)  # trials, seeds and timeout may have changed
        study = Study.of(sweep, directory, asked.storage)
        if not asked.quiet:
            done, trials = study.counts()
            say(f"sweep directory: {directory.path}, {done} of {trials} trials done")
        if not study.is_finished():
            _train(sweep, directory, study, asked)
        _conclude(directory, study, asked)


def _train(sweep: Sweep, directory: SweepDirectory, study: Study, asked: _Asked) -> None:
    """Have workers train the trials that are left."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.cli.sweep_display import Display
    from mlpcli.sweep.running import Runner

    with _cluster(asked) as cluster, data_bars() as progress:
        if cluster.dashboard and not asked.quiet:
            say(f"dashboard: {cluster.dashboard}")
        with Display(sweep, study.counts(), quiet=asked.quiet) as display:
            runner = Runner(
                sweep, directory, study=study, cluster=cluster, watcher=display, progress=progress
            )
            try:
                runner.run()
            except (
                KeyboardInterrupt,
                SystemExit,
            ):  # said at once, as ending the workers takes time
                again = f"mlp sweep {quote(str(directory.path))}"
                say(f"ending the workers; to go on: {again}, or the same command")
                raise


def _cluster(asked: _Asked) -> AbstractContextManager[Cluster]:
    """Return the workers of a scheduler, or of this machine."""
    from mlpcli.sweep.cluster import local_cluster, remote_cluster
    from mlpcli.utils.threads import available_threads

    if asked.scheduler is not None:
        return remote_cluster(asked.scheduler)
    return local_cluster(asked.workers or available_threads())


def _conclude(directory: SweepDirectory, study: Study, asked: _Asked) -> None:
    """Print the results, and write what was asked for."""
    from mlpcli.report.sweeps import sweep_record, sweep_text
    from mlpcli.sweep.results import read_results

    results = read_results(directory)
    if asked.as_json:
        click.echo(json.dumps(sweep_record(results)))
    else:
        click.echo(sweep_text(results, shutil.get_terminal_size().columns))
    if asked.committee is not None:
        _write_committee(directory, results, asked.committee, quiet=asked.quiet)
    if asked.report:
        _write_report(directory, results, study)


def _write_committee(
    directory: SweepDirectory, results: Results, chosen: Members, *, quiet: bool
) -> None:
    """Write which trials are averaged, and say so."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.sweep.committee import write_committee

    with data_bars() as progress:
        written = write_committee(directory, results, chosen, progress)
    count = len(written.files)
    wanted = results.planned if chosen == "all" else chosen
    if count < wanted:
        say(f"warning: --committee {chosen}: only {count} trials can be chosen from")
    if not quiet:
        if written.note:
            say(f"note: the temperature of the mean is 1: {written.note}")
        elif count > 1:
            say(f"temperature of the mean, by validation images: {written.temperature:.3g}")
        say(f"committee of {count}: mlp evaluate --weights {quote(str(directory.path))}")


def _write_report(directory: SweepDirectory, results: Results, study: Study) -> None:
    """Write the page about a sweep, and say so."""
    from mlpcli.report.sweep_page import sweep_html
    from mlpcli.utils.outputs import PAGE, write_output

    html = sweep_html(results, study.importance())
    write_output(directory.report, html.encode(), PAGE, force=False)
    say(f"report: {directory.report}")


def _describe(sweep: Sweep) -> None:
    """Print what a sweep tries."""
    from mlpcli.report.sweep_plans import plan_text
    from mlpcli.sweep.study import trial_count

    click.echo(plan_text(sweep, trial_count(sweep)))
