"""`mlp evaluate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import data_option, need, split_option, weights_option, weights_or_newest

if TYPE_CHECKING:
    from mlpcli.datasets import Selection


@click.command("evaluate")
@weights_option
@split_option
@data_option
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the N wrong answers that were surest, with their pictures.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE.html",
    help="Write a page with all of it, pictures and learning curves too; needs the extra report.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(  # noqa: PLR0913  # an argument for each option
    weights: tuple[Path, ...],
    split: Selection,
    data: str | None,
    mistakes: int | None,
    report: Path | None,
    *,
    as_json: bool,
) -> None:
    """Measure trained weights on a data set.

    Accuracy with its 95 % interval, loss, calibration, a table per class and the confusion matrix.

    Example: mlp evaluate --weights runs/mnist/best.npz
    """
    from mlpcli.classifier import Classifier
    from mlpcli.cli.opening import evaluate_on, open_for
    from mlpcli.cli.running import write_report
    from mlpcli.report.evaluations import evaluation_record, evaluation_text, mistakes_text

    if report:
        need("report", "matplotlib", "jinja2")
    paths = weights_or_newest(weights)
    classifier = Classifier.load(paths)
    evaluation = evaluate_on(classifier, open_for(classifier, data, split), split)
    if report:
        write_report(report, evaluation, paths)
    if as_json:
        record = evaluation_record(evaluation, [str(path) for path in paths], mistakes)
        click.echo(json.dumps(record))
        return
    click.echo(evaluation_text(evaluation))
    if mistakes:
        width = shutil.get_terminal_size().columns
        click.echo(f"\n{mistakes_text(evaluation, evaluation.mistakes(mistakes), width)}")
