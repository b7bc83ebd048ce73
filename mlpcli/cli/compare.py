"""`mlp compare`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import WeightsPath, data_option, json_option, say

if TYPE_CHECKING:
    from mlpcli.datasets import Dataset
    from mlpcli.inference.classifier import Classifier


@click.command("compare")
@click.argument("first", type=WeightsPath(), metavar="RUN")
@click.argument("second", type=WeightsPath(), metavar="RUN")
@data_option
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Of the images that only one of the two gets wrong, show N for each, the most confident "
    "first.",
)
@json_option
def command(
    first: Path, second: Path, data: str | None, mistakes: int | None, *, as_json: bool
) -> None:
    """Say whether one run is better than another.

    RUN is the directory of a run, a file of weights, or bundled for those that come with mlp
    (./bundled is a file of that name). Both are evaluated on the same test images. The difference
    is significant if McNemar's exact test gives p < 0.05. That holds for these two networks; to
    compare their configurations, train each with several seeds.

    Example: mlp compare runs/fast runs/accurate
    """
    from mlpcli.datasets import KNOWN
    from mlpcli.errors import CheckpointError
    from mlpcli.inference.comparison import Comparison
    from mlpcli.inference.data import evaluate_on, listed
    from mlpcli.inference.inspection import Inspection
    from mlpcli.inference.loading import warn_of_faults
    from mlpcli.report.comparisons import comparison_record, comparison_text, config_changes
    from mlpcli.runs.finding import find_weights

    one, other = (Inspection.load(find_weights(run)) for run in (first, second))
    warn_of_faults([one.checkpoint, other.checkpoint], say)
    classes = [each.classifier.classes for each in (one, other)]
    if classes[0] != classes[1]:
        raise CheckpointError(
            f"{second}: the classes must be those of {first}, {listed(classes[0])}, "
            f"got {listed(classes[1])}"
        )
    if data is None and one.data != other.data:
        say(
            f"note: the two were trained on different data; both are evaluated on the data of "
            f"{first}; --data chooses other data"
        )
    dataset = _open(one.classifier, data)
    first_evaluation = evaluate_on(one.classifier, dataset, "test")
    same = one.classifier.inputs.recipe == other.classifier.inputs.recipe
    if data is not None and data not in KNOWN and not same:  # preprocessed differently
        dataset = _open(other.classifier, data)
    comparison = Comparison(first_evaluation, evaluate_on(other.classifier, dataset, "test"))
    names, changes = (str(first), str(second)), config_changes(one.config, other.config)
    if as_json:
        click.echo(json.dumps(comparison_record(comparison, names, changes)))
        return
    width = shutil.get_terminal_size().columns
    click.echo(comparison_text(comparison, names, changes, mistakes or 0, width))


def _open(classifier: Classifier, data: str | None) -> Dataset:
    """Open the test images for a classifier."""
    from mlpcli.cli.progress import data_bars
    from mlpcli.inference.data import open_for

    with data_bars() as progress:
        return open_for(classifier, data, "test", progress=progress, note=say)
