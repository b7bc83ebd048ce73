"""`mlp compare`."""

import json
import shutil
from pathlib import Path

import click

from mlpcli.cli.common import data_option


@click.command("compare")
@click.argument("first", type=click.Path(path_type=Path), metavar="RUN")
@click.argument("second", type=click.Path(path_type=Path), metavar="RUN")
@data_option
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show N pictures of each kind that only one of them has wrong.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    first: Path, second: Path, data: str | None, mistakes: int | None, *, as_json: bool
) -> None:
    """Say whether one run is better than another.

    RUN is the directory of a run, or a file of weights. Both answer the same test images. The
    difference is significant where McNemar's exact test gives p < 0.05.

    Example: mlp compare runs/fast runs/accurate
    """
    from mlpcli.cli.opening import evaluate_on, open_for
    from mlpcli.comparison import Comparison
    from mlpcli.inspection import inspect
    from mlpcli.report.comparisons import comparison_record, comparison_text, config_changes
    from mlpcli.runs import find_weights

    one, other = inspect(find_weights(first)), inspect(find_weights(second))
    dataset = open_for(one.classifier, data, "test")
    comparison = Comparison(
        evaluate_on(one.classifier, dataset, "test"), evaluate_on(other.classifier, dataset, "test")
    )
    names, changes = (str(first), str(second)), config_changes(one.config, other.config)
    if as_json:
        click.echo(json.dumps(comparison_record(comparison, names, changes)))
        return
    width = shutil.get_terminal_size().columns
    click.echo(comparison_text(comparison, names, changes, mistakes or 0, width))
