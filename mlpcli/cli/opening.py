"""Which data set a command means, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpcli.classifier import Classifier
    from mlpcli.config.schema import DataConfig
    from mlpcli.datasets import Dataset, Selection, Split
    from mlpcli.results import Evaluation


def open_configured(
    data: DataConfig, seed: int = 0, *, wanted: Selection = "all", in_full: bool = False
) -> Dataset:
    """Open the data set that a configuration names, with bars for what takes long.

    Args:
        data: of the configuration.
        seed: of it; synthetic digits are drawn from it.
        wanted: whose images will be looked at.
        in_full: check a copy in the cache by its fingerprint.
    """
    from mlpcli.cli.progress import data_bars
    from mlpcli.datasets import ALL, Drawing, Trust, open_dataset

    source = data.name if data.path is None else Path(data.path)
    with data_bars() as progress:
        return open_dataset(
            source,
            root=Path(data.root),
            validation=data.validation,
            drawing=Drawing(data.train, data.test, seed),
            progress=progress,
            trust=Trust(ALL if wanted == "all" else (wanted,), in_full=in_full),
        )


def with_source(data: DataConfig, name_or_path: str) -> DataConfig:
    """Return a copy that means another data set: a known one by name, any other by path."""
    from mlpcli.datasets import KNOWN

    known = name_or_path in KNOWN
    change = {"name": name_or_path, "path": None} if known else {"path": name_or_path}
    return data.model_copy(update=change)


def drawing_only(data: DataConfig, split: Selection) -> DataConfig:
    """Return a copy by which hardly any synthetic digits are drawn besides those of one split."""
    changes = {}
    if split in ("validation", "test"):
        changes["train"] = data.validation + 1  # there must be one to train on
    if split in ("train", "validation"):
        changes["test"] = 1
    return data.model_copy(update=changes)


def chosen(dataset: Dataset, split: Selection) -> Split:
    """Return the images that --split means.

    Raises:
        DataError: there are none.
    """
    from mlpcli.errors import DataError

    images = dataset.split(split)
    if not len(images):
        hint = "data.validation is 0" if split == "validation" else "--split all takes every image"
        raise DataError(f"{dataset.name}: the {split} split is empty, {hint}")
    return images


def open_for(classifier: Classifier, data: str | None, split: Selection) -> Dataset:
    """Open a data set for a classifier to answer, by default the one it was trained on.

    Args:
        classifier: what shall answer.
        data: a known name, or a path.
        split: which of the images.
    """
    from mlpcli.datasets import KNOWN

    if data in KNOWN:  # before anything is downloaded or drawn
        classifier.check_classes(data, KNOWN[data])
    return open_configured(data_for(classifier, data, split), classifier.seed, wanted=split)


def evaluate_on(classifier: Classifier, dataset: Dataset, split: Selection) -> Evaluation:
    """Let a classifier answer images of a data set."""
    from mlpcli.results import evaluate

    classifier.check_data(dataset)
    return evaluate(classifier, dataset.name, split, chosen(dataset, split))


def data_for(classifier: Classifier, data: str | None, split: Selection) -> DataConfig:
    """Return what to open: the data set asked for, or the one the network was trained on."""
    from pydantic import ValidationError

    from mlpcli.config.schema import DataConfig
    from mlpcli.errors import CheckpointError

    try:
        config = DataConfig.model_validate(classifier.trained_on)
    except ValidationError as error:
        raise CheckpointError(f"{classifier.name}: the metadata describe no data set") from error
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
