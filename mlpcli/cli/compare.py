"""`mlp compare`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from shlex import quote
from typing import NoReturn

import click

from mlpcli.cli.common import WeightsPath, data_option, json_option, say


@click.command("compare")
@click.argument("first", type=WeightsPath(), metavar="RUN_OR_SWEEP")
@click.argument("second", required=False, type=WeightsPath(), metavar="[RUN]")
@data_option
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="For each of the two runs, show N of the images that only it gets wrong, the most "
    "confident first.",
)
@json_option
def command(
    first: Path, second: Path | None, data: str | None, mistakes: int | None, *, as_json: bool
) -> None:
    """Say which of two runs, or of a sweep's recipes, is better.

    RUN is the directory of a run, a file of weights, or bundled for those that come with mlp
    (./bundled is a file of that name). Two of them are evaluated on the same test images. The
    difference is significant if McNemar's exact test gives p < 0.05. That holds for these two
    networks; to compare their configurations, train each with several seeds.

    SWEEP is the directory of a sweep. Its recipes, the values of the keys that vary, are compared
    in pairs by their validation images, on the seeds that both have finished: if two are equally
    good, each seed's difference is just as likely to have the opposite sign. The p-values of this
    permutation test are corrected for the number of pairs by Holm's method. Nothing is evaluated
    again.

    Example: mlp compare runs/fast runs/accurate

    Example: mlp compare runs/fast-sweep
    """
    if second is None:
        if data is not None or mistakes:
            raise click.UsageError("--data and --mistakes are for two runs: give a second RUN")
        _compare_recipes(first, as_json=as_json)
    else:
        _compare_runs((first, second), data, mistakes or 0, as_json=as_json)


def _compare_runs(
    places: tuple[Path, Path], data: str | None, mistakes: int, *, as_json: bool
) -> None:
    from mlpcli.cli.progress import data_bars
    from mlpcli.config.changes import config_changes
    from mlpcli.inference.comparison import compare
    from mlpcli.inference.inspection import Inspection
    from mlpcli.inference.loading import warn_of_faults
    from mlpcli.report.comparisons import comparison_record, comparison_text
    from mlpcli.runs.checkpoint import only_one
    from mlpcli.runs.finding import load_weights

    one, other = (Inspection.of(only_one(load_weights(place))) for place in places)
    warn_of_faults([one.checkpoint, other.checkpoint], say)
    with data_bars() as progress:
        comparison = compare(one, other, data, progress=progress, note=say)
    names = (str(places[0]), str(places[1]))
    changes = config_changes(one.config, other.config)
    if as_json:
        click.echo(json.dumps(comparison_record(comparison, names, changes)))
        return
    width = shutil.get_terminal_size().columns
    click.echo(comparison_text(comparison, names, changes, mistakes, width))


def _compare_recipes(place: Path, *, as_json: bool) -> None:
    from mlpcli.report.sweep_comparisons import sweep_comparison_record, sweep_comparison_text
    from mlpcli.sweep.comparing import compare_recipes
    from mlpcli.sweep.directory import SweepDirectory, is_sweep
    from mlpcli.sweep.results import read_results

    if not is_sweep(place):
        _refuse(place)
    results = read_results(SweepDirectory(place))
    for line in results.unreadable:
        say(line)
    comparison = compare_recipes(results)
    if as_json:
        click.echo(json.dumps(sweep_comparison_record(comparison)))
    else:
        width = shutil.get_terminal_size().columns
        click.echo(sweep_comparison_text(comparison, width))


def _refuse(place: Path) -> NoReturn:
    """Say what there is to compare instead of a place that is no sweep."""
    from mlpcli.errors import RunError
    from mlpcli.runs.finding import find_weights
    from mlpcli.sweep.listing import sweeps_in

    if not place.exists():
        find_weights(place)  # raises where runs/ has it
        raise RunError(f"{place}: no such file or directory; sweeps and runs are under runs/")
    if sweeps := sweeps_in(place):
        named = " or ".join(quote(str(each)) for each in sweeps[:3])
        raise RunError(f"{place}: must be the directory of a sweep itself; did you mean {named}?")
    raise click.UsageError(f"takes two runs, or the directory of a sweep, got {place} alone")
