"""`mlp inspect`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import WeightsPath, data_option, json_option, open_weights, say

if TYPE_CHECKING:
    from mlpcli.inspection import Inspection
    from mlpcli.normalization import Pixels


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
    """Say what weights hold and how their training went.

    Layers, parameters, where the weights are from, learning curves and the configuration. Where the
    data set is at hand, units are counted that no longer learn: a ReLU or GELU is dead that is off
    for each of 1,000 test images, a sigmoid or tanh is saturated whose slope is below 2 % of its
    steepest for 95 % of them. Nothing is downloaded for that.

    RUN_OR_FILE may be bundled, the weights that come with mlp; ./bundled is a file of that name.
    Without it, it is the newest run that has finished an epoch and is better than guessing.

    Example: mlp inspect runs/mnist
    """
    from mlpcli.errors import MlpError
    from mlpcli.history import read_config
    from mlpcli.inspection import Inspection
    from mlpcli.report.inspections import inspection_record, inspection_text

    classifier, (checkpoint,) = open_weights([place] if place else ())
    inspection = Inspection(checkpoint, classifier, read_config(checkpoint))
    try:
        health = inspection.health(_images(inspection, data))
    except (MlpError, OSError) as error:  # the latter where nobody else may look
        if data is not None:
            raise
        say(f"dead and saturated units are not counted, for the data cannot be used: {error}")
        health = None
    if as_json:
        click.echo(json.dumps(inspection_record(inspection, health)))
    else:
        click.echo(inspection_text(inspection, health, shutil.get_terminal_size().columns))


def _images(inspection: Inspection, data: str | None) -> Pixels:
    """Return test images of a data set, by default the one a network was trained on.

    Raises:
        MlpError: it is not at hand, for nothing is downloaded, or asks another question.
        OSError: it cannot be read.
    """
    from mlpcli.cli.opening import data_for, open_split, other_root
    from mlpcli.datasets import KNOWN, SOURCES, Trust, find
    from mlpcli.errors import DataError
    from mlpcli.inspection import LOOKED_AT

    classifier = inspection.classifier
    if data in KNOWN:
        classifier.check_classes(data, KNOWN[data])
    config = data_for(classifier, data, "test")
    if config.path is None and config.name in SOURCES:
        try:
            find(config.name, Path(config.root), Trust(wanted=()))
        except DataError as error:
            hint = other_root(classifier, config) or f"mlp data fetch {config.name} downloads it"
            raise DataError(f"{error}; {hint}") from error
    if config.drawn:  # no more than are looked at
        config = config.model_copy(update={"test": min(config.test, LOOKED_AT)})
    dataset = open_split(config, "test", classifier.seed, classifier.inputs.recipe)
    classifier.check_data(dataset)
    return dataset.test.images
