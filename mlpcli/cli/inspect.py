"""`mlp inspect`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import click

from mlpcli.cli.common import WeightsPath, data_option, json_option, say


@click.command("inspect")
@click.argument(
    "place",
    required=False,
    type=WeightsPath(),
    metavar="[RUN_OR_FILE]",
)
@data_option
@json_option
def command(place: Path | None, data: str | None, *, as_json: bool) -> None:
    """Show what a weights file holds and how its training went.

    Layers, parameters, the origin of the weights, learning curves and the configuration. If the
    data set is at hand, dead and saturated units are counted: a ReLU or GELU is dead if it is off
    for all of 1,000 test images; a sigmoid or tanh is saturated if, for 95 % of them, its slope is
    below 2 % of its steepest slope. Nothing is downloaded for that.

    RUN_OR_FILE may be bundled, the weights that come with mlp; ./bundled is a file of that name.
    By default, it is the newest run that has finished an epoch and is better than guessing.

    Example: mlp inspect runs/mnist
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.errors import MlpError
    from mlpcli.inference.data import split_at_hand
    from mlpcli.inference.inspection import SAMPLE, Inspection
    from mlpcli.inference.loading import open_weights
    from mlpcli.report.inspections import inspection_record, inspection_text
    from mlpcli.runs.checkpoint import only_one

    classifier, checkpoints = open_weights([place] if place else (), say)
    checkpoint = only_one(checkpoints)
    inspection = Inspection(checkpoint, classifier, checkpoint.config)
    try:
        with data_bars() as progress:
            images = split_at_hand(classifier, data, SAMPLE, progress=progress).images
        health = inspection.health(images)
    except (MlpError, OSError) as error:  # OSError without permission to read the data
        if data is not None:
            raise
        say(f"dead and saturated units are not counted, as the data cannot be used: {error}")
        health = None
    if as_json:
        click.echo(json.dumps(inspection_record(inspection, health)))
    else:
        click.echo(inspection_text(inspection, health, shutil.get_terminal_size().columns))
