"""`mlp runs`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli import completion
from mlpcli.cli.common import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlpcli.runs.columns import Entry

DEFAULT = Path("runs")


@click.command("runs")
@click.argument(
    "place", required=False, type=click.Path(path_type=Path, readable=False), metavar="[DIR]"
)
@click.option(
    "--sort",
    metavar="KEY",
    shell_complete=completion.columns,
    help="Sort by a column or a key of the configuration, the largest last; -KEY for the largest "
    "first. By default, the newest run is last.",
)
@click.option("-r", "--reverse", is_flag=True, help="Reverse the order.")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=completion.columns,
    help="Only runs for which this is true, e.g. state=done, 'test_accuracy>=98%' or 'seed!=0', "
    "with =, !=, <, <=, > or >= (quoted for the shell). May be repeated: all must be true.",
)
@click.option(
    "--columns",
    metavar="KEY,KEY…",
    shell_complete=completion.columns,
    help="Which columns or keys to show, e.g. name,test_accuracy,training.optimizer.learning_rate.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object per run, with its configuration."
)
@click.option(
    "--csv",
    "as_csv",
    is_flag=True,
    help="Print all columns as CSV and, for a sweep, the keys that vary.",
)
def command(  # noqa: PLR0913  # an argument for each option
    *,
    place: Path | None,
    sort: str | None,
    reverse: bool,
    conditions: tuple[str, ...],
    columns: str | None,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List runs: their results, and which are under way.

    DIR is a folder of runs (by default the folder runs), a sweep or one run. In a folder, the runs
    of its sweeps are listed as well. Accuracies are those of the best weights, as training measured
    them.

    Columns: name, directory, state (done, running, interrupted, pruned, failed, broken), reason,
    process, when, data, layers, epochs, planned, epoch (of the best weights), seconds,
    validation_accuracy, validation_loss, test_accuracy, test_loss, test_count.

    Example: mlp runs --sort test_accuracy --where data=mnist
    """
    from mlpcli.report.listings import run_record, runs_csv
    from mlpcli.runs.columns import find_column, sort_entries
    from mlpcli.runs.conditions import parse_condition
    from mlpcli.sweep.directory import is_sweep
    from mlpcli.sweep.listing import list_runs

    if as_json and as_csv:
        raise click.UsageError("give one of --json and --csv")
    order = find_column((sort or "when").removeprefix("-"), "--sort")
    asked = [parse_condition(text) for text in conditions]
    chosen = (
        [find_column(name.strip(), "--columns") for name in columns.split(",")] if columns else []
    )
    found = [] if place is None and not DEFAULT.exists() else list_runs(place or DEFAULT)
    entries = [each for each in found if all(condition.holds(each) for condition in asked)]
    descending = (sort or "").startswith("-") is not reverse
    entries = sort_entries(entries, order, descending=descending)
    for entry in entries:
        if entry.problem:
            say(f"warning: {entry.problem}")
    if not entries:
        _say_none(place or DEFAULT, len(found))
    if as_csv:
        one_sweep = is_sweep(place or DEFAULT)
        click.echo(runs_csv(entries, chosen, one_sweep=one_sweep), nl=False)
    elif as_json:
        for entry in entries:
            click.echo(json.dumps(run_record(entry, chosen)))
    elif entries:
        _print(entries, chosen, place or DEFAULT)


def _print(entries: Sequence[Entry], columns: Sequence[str], place: Path) -> None:
    """Print the table, and what it leaves out."""
    from mlpcli.report.listings import chosen_table, usual_table
    from mlpcli.sweep.directory import is_sweep

    if columns:
        click.echo(chosen_table(entries, columns))
        return
    width = shutil.get_terminal_size().columns
    table, notes = usual_table(entries, width=width, one_sweep=is_sweep(place))
    if any(each.summary and each.summary.result.reason for each in entries):
        notes.append("why runs have failed or were pruned: --columns name,state,reason")
    click.echo(table)
    for note in notes:
        say(f"note: {note}")


def _say_none(place: Path, found: int) -> None:
    """Say why there is nothing to show, and what to do."""
    from mlpcli.sweep.listing import folders_of_runs

    if found:
        say(f"none of the {found} runs in {place} is as --where says")
    elif folders := folders_of_runs(place):
        say(f"no runs in {place} itself; did you mean {' or '.join(map(str, folders[:3]))}?")
    else:
        say(f"no runs in {place} yet; to begin one: mlp train mnist")
