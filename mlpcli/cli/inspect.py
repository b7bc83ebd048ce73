"""`mlp inspect`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import json_option, say, weights_or_newest

if TYPE_CHECKING:
    from mlpcli.inspection import Inspection
    from mlpcli.normalization import Pixels


@click.command("inspect")
@click.argument("place", required=False, type=click.Path(path_type=Path), metavar="[RUN_OR_FILE]")
@json_option
def command(place: Path | None, *, as_json: bool) -> None:
    """Say what weights hold and how their training went.

    Layers, parameters, where the weights are from, learning curves and the configuration. Where the
    data set is at hand, units are counted that no longer learn: a ReLU or GELU is dead that is off
    for each of 1,000 test images, a sigmoid or tanh is saturated whose slope is below 2 % of its
    steepest for 95 % of them.

    Example: mlp inspect runs/mnist
    """
    from mlpcli.inspection import Inspection
    from mlpcli.report.inspections import inspection_record, inspection_text
    from mlpcli.runs import find_weights

    (path,) = [find_weights(place)] if place else weights_or_newest(())
    inspection = Inspection.load(path)
    images = _images_at_hand(inspection)
    health = None if images is None else inspection.health(images)
    if as_json:
        click.echo(json.dumps(inspection_record(inspection, health)))
    else:
        click.echo(inspection_text(inspection, health, shutil.get_terminal_size().columns))


def _images_at_hand(inspection: Inspection) -> Pixels | None:
    """Return test images of the data set that a network was trained on, without downloading it."""
    from mlpcli.cli.opening import data_for, open_configured
    from mlpcli.datasets import SOURCES, find
    from mlpcli.errors import MlpError
    from mlpcli.inspection import LOOKED_AT

    classifier = inspection.classifier
    try:
        data = data_for(classifier, None, "test")
        if data.path is None and data.name in SOURCES:
            find(data.name, Path(data.root))
        if data.drawn:  # no more than are looked at
            data = data.model_copy(update={"test": min(data.test, LOOKED_AT)})
        dataset = open_configured(data, classifier.seed, wanted="test")
        classifier.check_data(dataset)
    except (MlpError, OSError) as error:  # the latter where nobody else may look
        say(f"dead and saturated units are not counted, for the data cannot be used: {error}")
        return None
    return dataset.test.images
