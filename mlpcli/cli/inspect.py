"""`mlp inspect`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import data_option, json_option, say, weights_or_newest

if TYPE_CHECKING:
    from mlpcli.inspection import Inspection
    from mlpcli.normalization import Pixels


@click.command("inspect")
@click.argument(
    "place",
    required=False,
    type=click.Path(path_type=Path, readable=False),
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

    Example: mlp inspect runs/mnist
    """
    from mlpcli.errors import MlpError
    from mlpcli.finding import find_weights
    from mlpcli.inspection import Inspection
    from mlpcli.report.inspections import inspection_record, inspection_text

    (path,) = [find_weights(place)] if place else weights_or_newest(())
    inspection = Inspection.load(path)
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
