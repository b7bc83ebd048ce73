"""`mlp compare`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from mlpcli.cli.common import WeightsPath, data_option, json_option, say


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
    from mlpcli.cli.progress import data_bars
    from mlpcli.config.changes import config_changes
    from mlpcli.inference.comparison import compare
    from mlpcli.inference.inspection import Inspection
    from mlpcli.inference.loading import warn_of_faults
    from mlpcli.report.comparisons import comparison_record, comparison_text
    from mlpcli.runs.checkpoint import only_one
    from mlpcli.runs.finding import load_weights

    one, other = (Inspection.of(only_one(load_weights(run))) for run in (first, second))
    warn_of_faults([one.checkpoint, other.checkpoint], say)
    with data_bars() as progress:
        comparison = compare(one, other, data, progress=progress, note=say)
    names, changes = (str(first), str(second)), config_changes(one.config, other.config)
    if as_json:
        click.echo(json.dumps(comparison_record(comparison, names, changes)))
        return
    width = shutil.get_terminal_size().columns
    click.echo(comparison_text(comparison, names, changes, mistakes or 0, width))
