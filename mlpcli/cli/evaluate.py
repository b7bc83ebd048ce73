"""`mlp evaluate`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlpcli.cli.common import (
    chosen,
    drawing_only,
    open_configured,
    split_option,
    weights_option,
    weights_or_newest,
    with_source,
)

if TYPE_CHECKING:
    from mlpcli.classifier import Classifier
    from mlpcli.config.schema import DataConfig
    from mlpcli.datasets import Selection


@click.command("evaluate")
@weights_option
@split_option
@click.option(
    "--data",
    metavar="NAME_OR_PATH",
    help="A data set by name or path; by default the one the network was trained on.",
)
@click.option(
    "--mistakes",
    type=click.IntRange(min=1),
    metavar="N",
    help="Show the N wrong answers that were surest, with their pictures.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    weights: tuple[Path, ...],
    split: Selection,
    data: str | None,
    mistakes: int | None,
    *,
    as_json: bool,
) -> None:
    """Measure trained weights on a data set.

    Accuracy with its 95 % interval, loss, calibration, a table per class and the confusion matrix.

    Example: mlp evaluate --weights runs/mnist/best.npz
    """
    from mlpcli.classifier import Classifier
    from mlpcli.datasets import KNOWN
    from mlpcli.report.evaluations import evaluation_text, mistakes_text
    from mlpcli.report.records import evaluation_record
    from mlpcli.results import evaluate

    paths = weights_or_newest(weights)
    classifier = Classifier.load(paths)
    if data in KNOWN:  # before anything is downloaded or drawn
        classifier.check_classes(data, KNOWN[data])
    dataset = open_configured(_data_config(classifier, paths[0], data, split), classifier.seed)
    classifier.check_data(dataset)
    evaluation = evaluate(classifier, dataset.name, split, chosen(dataset, split))
    if as_json:
        record = evaluation_record(evaluation, [str(path) for path in paths], mistakes)
        click.echo(json.dumps(record))
        return
    click.echo(evaluation_text(evaluation))
    if mistakes:
        width = shutil.get_terminal_size().columns
        click.echo(f"\n{mistakes_text(evaluation, evaluation.mistakes(mistakes), width)}")


def _data_config(
    classifier: Classifier, weights: Path, data: str | None, split: Selection
) -> DataConfig:
    """Return what to open: the data set asked for, or the one the network was trained on."""
    from pydantic import ValidationError

    from mlpcli.config.schema import DataConfig
    from mlpcli.errors import CheckpointError

    try:
        config = DataConfig.model_validate(classifier.trained_on)
    except ValidationError as error:
        raise CheckpointError(f"{weights}: the metadata describe no data set") from error
    if data is not None:
        config = with_source(config, data)
    changes: dict[str, object] = {"root": _root(config)}
    if split == "test" or (split == "all" and not config.drawn):
        changes["validation"] = 0  # however few training images there are
    return drawing_only(config.model_copy(update=changes), split)


def _root(config: DataConfig) -> str:
    """Return the data root that weights name where it holds their data set, else one's own.

    What is missing is downloaded, and never into a folder that only a stranger's file names.
    """
    from mlpcli.config import data_root
    from mlpcli.datasets import SOURCES, find
    from mlpcli.errors import DataError

    root = data_root(config.root)
    if config.path is None and config.name in SOURCES:
        try:
            find(config.name, Path(root))
        except DataError:
            return data_root()
    return root
