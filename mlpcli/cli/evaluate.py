"""`mlp evaluate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import (
    data_option,
    force_option,
    json_option,
    say,
    split_option,
    weights_option,
)
from mlpcli.cli.reporting import check_table, page_file, require_extra, write_report, write_table

if TYPE_CHECKING:
    from mlpcli.datasets import Selection
    from mlpcli.inference.evaluation import Evaluation


@click.command("evaluate")
@weights_option
@split_option
@data_option
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the N most confident wrong predictions, with their pictures.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False, readable=False),
    metavar="FILE.html",
    callback=page_file,
    help="Also write a page with all of this, pictures and learning curves; needs the extra "
    "report.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    metavar="FILE",
    help="Also write a table with a row for each image; - for standard output, instead of the "
    "report.",
)
@click.option(
    "--predictions",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    metavar="FILE.csv",
    help="Also write a table with the prediction for each image and the probability of each class, "
    "for other programs; - for standard output, instead of the report.",
)
@force_option
@json_option
def command(  # noqa: PLR0913, PLR0917  # an argument for each option
    weights: tuple[Path, ...],
    split: Selection,
    data: str | None,
    mistakes: int | None,
    report: Path | None,
    table: str | None,
    predictions: str | None,
    *,
    force: bool,
    as_json: bool,
) -> None:
    """Measure trained weights on a data set.

    Accuracy with its 95 % interval, loss, calibration, a table per class and the confusion matrix.

    Example: mlp evaluate --weights runs/mnist/best.npz
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.inference.data import evaluate_on, open_for
    from mlpcli.inference.loading import open_weights
    from mlpcli.report.evaluations import evaluation_record, evaluation_table, predictions_table
    from mlpcli.runs.checkpoint import paths_of
    from mlpcli.utils.outputs import PAGE, check_output

    on_stdout = [check_table(file, force=force) for file in (table, predictions)]
    if any(on_stdout) and (all(on_stdout) or as_json or mistakes):
        raise click.UsageError(
            "only one of --csv -, --predictions -, --json and --mistakes takes standard output"
        )
    if report:
        require_extra("report")
        check_output(report, PAGE, force=force)
    classifier, checkpoints = open_weights(weights, say)
    with data_bars() as progress:
        dataset = open_for(classifier, data, split, progress=progress, note=say)
    evaluation = evaluate_on(classifier, dataset, split)
    if as_json:
        record = evaluation_record(evaluation, paths_of(checkpoints), mistakes)
        click.echo(json.dumps(record))
    elif not any(on_stdout):
        _print(evaluation, mistakes)
    if table:
        write_table(table, evaluation_table(evaluation), force=force)
    if predictions:
        shares = predictions_table(evaluation)
        write_table(predictions, shares, force=force, content="predictions")
    if report:
        write_report(report, evaluation, checkpoints, force=force)


def _print(evaluation: Evaluation, mistakes: int | None) -> None:
    """Print the report, and the worst mistakes if they are wanted."""
    from mlpcli.report.evaluations import evaluation_text, mistakes_text

    click.echo(evaluation_text(evaluation))
    if mistakes:
        width = shutil.get_terminal_size().columns
        click.echo(f"\n{mistakes_text(evaluation, evaluation.mistakes(mistakes), width)}")
