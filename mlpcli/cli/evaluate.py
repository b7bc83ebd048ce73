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
from mlpcli.inference.copy_counts import MOST, USUAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlpcli.datasets import Dataset, Selection
    from mlpcli.inference.classifier import Classifier
    from mlpcli.inference.evaluation import Evaluation
    from mlpcli.runs.checkpoint import Checkpoint


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
    help="Also write a page with these numbers, pictures and learning curves; needs mlpcli's extra "
    "'report'.",
)
@click.option(
    "--csv",
    "table",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    metavar="FILE",
    help="Also write a table with a row for each image; - for standard output, instead of the "
    "usual text.",
)
@click.option(
    "--predictions",
    type=click.Path(dir_okay=False, readable=False, allow_dash=True),
    metavar="FILE.csv",
    help="Also write a table with the prediction for each image and the probability of each class, "
    "for other programs; - for standard output, instead of the usual text.",
)
@click.option(
    "--tta",
    type=click.IntRange(1, MOST),
    is_flag=False,
    flag_value=USUAL,
    metavar="[N]",
    help="Test-time augmentation: average the predictions for N copies of each image, changed as "
    "in mlp predict; without N, as many as there. For digits like MNIST's. 1, 3, 5 and 7 are "
    "balanced; 2, 4 and 6 take only one of a pair of opposite shifts or rotations.",
)
@click.option(
    "--calibrate",
    is_flag=True,
    help="For a folder of networks given by --weights: fit the temperature of their mean, which "
    "corrects its confidence, to the validation images that all of them held out, and keep it in "
    "the folder's committee.json; needs --split validation.",
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
    tta: int | None,
    *,
    calibrate: bool,
    force: bool,
    as_json: bool,
) -> None:
    """Measure trained weights on a data set.

    Prints the accuracy with its 95 % interval, the loss, the calibration, a table of the classes
    and the confusion matrix.

    Example: mlp evaluate --weights runs/mnist/best.npz
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.inference.data import evaluate_on, open_for
    from mlpcli.inference.loading import open_weights
    from mlpcli.report.evaluations import evaluation_record
    from mlpcli.runs.checkpoint import paths_of
    from mlpcli.utils.outputs import PAGE, check_output

    on_stdout = [check_table(file, force=force) for file in (table, predictions)]
    if any(on_stdout) and (all(on_stdout) or as_json or mistakes):
        raise click.UsageError(
            "only one of --csv -, --predictions -, --json and --mistakes takes standard output"
        )
    if calibrate and split != "validation":
        raise click.UsageError(
            "--calibrate fits to images that were held out: give --split validation"
        )
    if report:
        require_extra("report")
        check_output(report, PAGE, force=force)
    classifier, checkpoints = open_weights(weights, say)
    with data_bars() as progress:
        dataset = open_for(classifier, data, split, progress=progress, note=say)
    if calibrate:
        classifier, checkpoints = _calibrated(weights, checkpoints, dataset)
    evaluation = evaluate_on(classifier, dataset, split, tta=tta or 1)
    if as_json:
        record = evaluation_record(evaluation, paths_of(checkpoints), mistakes)
        click.echo(json.dumps(record))
    elif not any(on_stdout):
        _print(evaluation, mistakes)
    _write_tables(evaluation, table, predictions, force=force)
    if report:
        write_report(report, evaluation, checkpoints, force=force)


def _calibrated(
    weights: Sequence[Path], checkpoints: Sequence[Checkpoint], dataset: Dataset
) -> tuple[Classifier, list[Checkpoint]]:
    """Fit the temperature of the mean of a folder's networks, and keep it.

    Raises:
        click.UsageError: there is no folder of several networks.
        CheckpointError: they have not all held out the same images.
    """
    from mlpcli.inference.calibrating import fit_to_held_out
    from mlpcli.inference.loading import open_weights
    from mlpcli.runs.committee import COMMITTEE, write_list

    folder = weights[0] if len(weights) == 1 else None
    if folder is None or not folder.is_dir() or len(checkpoints) == 1:
        raise click.UsageError(
            "--calibrate is for the mean of several networks: give one folder of them by --weights"
        )
    temperature = fit_to_held_out(checkpoints, dataset)
    files = list(dict.fromkeys(checkpoint.path for checkpoint in checkpoints))
    write_list(folder, files, temperature)
    say(f"{folder / COMMITTEE}: temperature of the mean {temperature:.3g}, by validation images")
    return open_weights(weights, say)


def _write_tables(
    evaluation: Evaluation, table: str | None, predictions: str | None, *, force: bool
) -> None:
    """Write the tables that are wanted."""
    from mlpcli.report.evaluations import evaluation_table, predictions_table

    if table:
        write_table(table, evaluation_table(evaluation), force=force)
    if predictions:
        shares = predictions_table(evaluation)
        write_table(predictions, shares, force=force, content="predictions")


def _print(evaluation: Evaluation, mistakes: int | None) -> None:
    """Print the report, and the worst mistakes if they are wanted."""
    from mlpcli.report.evaluations import evaluation_text, mistakes_text

    click.echo(evaluation_text(evaluation))
    if mistakes:
        width = shutil.get_terminal_size().columns
        click.echo(f"\n{mistakes_text(evaluation, evaluation.mistakes(mistakes), width)}")
