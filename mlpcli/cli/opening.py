"""Which data set a command means, and opening it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlpcli.classifier import Classifier
    from mlpcli.config.schema import DataConfig
    from mlpcli.datasets import Dataset, Selection, Split
    from mlpcli.images import Recipe
    from mlpcli.results import Evaluation

MAX_PATH = 4096  # characters of one that a message shows, for no system takes more
_ALL = "--split all takes every image"


def open_configured(
    data: DataConfig,
    seed: int = 0,
    *,
    wanted: Selection = "all",
    in_full: bool = False,
    recipe: Recipe | None = None,
) -> Dataset:
    """Open the data set that a configuration names, with bars for what takes long.

    Args:
        data: of the configuration.
        seed: of it; synthetic digits are drawn from it.
        wanted: whose images will be looked at.
        in_full: check a copy in the cache by its fingerprint.
        recipe: of the network that shall look at the images, if there is one already.
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
            recipe=recipe,
        )


def with_source(data: DataConfig, name_or_path: str) -> DataConfig:
    """Return a copy that means another data set: a known one by name, any other by path."""
    from mlpcli.datasets import KNOWN

    known = name_or_path in KNOWN
    change = {"name": name_or_path, "path": None} if known else {"path": name_or_path}
    return data.model_copy(update=change)


def open_split(
    data: DataConfig, split: Selection, seed: int = 0, recipe: Recipe | None = None
) -> Dataset:
    """Open a data set of which one split is to be looked at.

    Args:
        data: what to open.
        split: which of its images.
        seed: of synthetic digits.
        recipe: of the network that shall look at them: by it a folder's pictures become images,
            as they do for `mlp predict`.

    Raises:
        DataError: it has too few training images for so many to be kept back.
    """
    if data.drawn:
        return open_configured(_drawing_only(data, split), seed)
    unparted = data.model_copy(update={"validation": 0})
    dataset = open_configured(unparted, wanted=split, recipe=recipe)
    return _keep_back(dataset, data.validation if split in ("train", "validation") else 0)


def _keep_back(dataset: Dataset, validation: int) -> Dataset:
    """Return a copy whose last training images are those for validation."""
    from dataclasses import replace

    from mlpcli.errors import DataError

    train = dataset.train
    border = len(train) - validation
    if validation and border < 1:
        raise DataError(
            f"{dataset.name}: must have more than {validation} training images, for so many are "
            f"kept back for validation, got {len(train)}; {_ALL}"
        )
    return replace(dataset, train=train[:border], validation=train[border:])


def _drawing_only(data: DataConfig, split: Selection) -> DataConfig:
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
        hint = "give --split train, test or all" if split == "validation" else _ALL
        raise DataError(f"{dataset.name}: the {split} split is empty; {hint}")
    return images


def open_for(classifier: Classifier, data: str | None, split: Selection) -> Dataset:
    """Open a data set for a classifier to answer.

    Args:
        classifier: what shall answer.
        data: a known name, or a path; None for the named data set that it was trained on.
        split: which of the images.

    Raises:
        CheckpointError: it was trained on a path, which only the weights name.
    """
    from mlpcli.datasets import KNOWN

    if data in KNOWN:  # before anything is downloaded or drawn
        classifier.check_classes(data, KNOWN[data])
    config = data_for(classifier, data, split)
    _mention_other_root(classifier, config)
    if data is None and config.drawn:
        config = _as_many_as_usual(config, split)
    return open_split(config, split, classifier.seed, classifier.inputs.recipe)


def evaluate_on(classifier: Classifier, dataset: Dataset, split: Selection) -> Evaluation:
    """Let a classifier answer images of a data set."""
    from mlpcli.results import evaluate

    classifier.check_data(dataset)
    return evaluate(classifier, dataset.name, split, chosen(dataset, split))


def data_for(classifier: Classifier, data: str | None, split: Selection) -> DataConfig:
    """Return what to open: the data set asked for, or the named one the network was trained on.

    It is looked for in one's own data root, and no path is opened that only weights name, for they
    may be a stranger's.

    Raises:
        CheckpointError: the network was trained on a path, or on what can be no data set.
    """
    from shlex import quote

    from mlpcli.config import data_root
    from mlpcli.config.schema import DataConfig
    from mlpcli.datasets import SYNTHETIC
    from mlpcli.errors import CheckpointError

    config = _trained_on(classifier)
    if data is None and config.path is not None:
        raise CheckpointError(
            f"{classifier.name}: no path is opened that only weights name; give --data "
            f"{quote(config.path[:MAX_PATH])}, which these were trained on, or other data"
        )
    changes: dict[str, object] = {"root": data_root()}
    if split == "test" or (split == "all" and not config.drawn):
        changes["validation"] = 0  # however few training images there are
    config = config.model_copy(update=changes)
    if data is None or (data == SYNTHETIC and config.drawn):
        return config
    usual = {"train": DataConfig().train, "test": DataConfig().test}
    if data == SYNTHETIC:
        usual["validation"] = min(config.validation, DataConfig().validation)
    return with_source(config, data).model_copy(update=usual)


def other_root(classifier: Classifier, data: DataConfig) -> str:
    """Return how to let the data root be looked into that weights name, if that is another one."""
    from shlex import quote

    from mlpcli.datasets import SOURCES

    named = _trained_on(classifier).root
    same = Path(named).absolute() == Path(data.root).absolute()
    if same or data.path is not None or data.name not in SOURCES:
        return ""
    return f"the weights name another data root: MLP_DATA={quote(named[:MAX_PATH])}"


def _mention_other_root(classifier: Classifier, data: DataConfig) -> None:
    """Say where a data set may be that is about to be downloaded."""
    from mlpcli.cli.common import say
    from mlpcli.datasets import Trust, find
    from mlpcli.errors import DataError

    hint = other_root(classifier, data)
    try:
        if hint:
            find(data.name, Path(data.root), Trust(wanted=()))
    except DataError:
        say(f"note: {data.name} is not in {data.root}; {hint}")


def _trained_on(classifier: Classifier) -> DataConfig:
    """Return what weights say that they were trained on."""
    from pydantic import ValidationError

    from mlpcli.config.schema import DataConfig
    from mlpcli.errors import CheckpointError

    try:
        config = DataConfig.model_validate(classifier.trained_on)
    except ValidationError as error:
        raise CheckpointError(f"{classifier.name}: the metadata describe no data set") from error
    if config.drawn and config.validation >= config.train:
        raise CheckpointError(f"{classifier.name}: the metadata describe no data set")
    return config


def _as_many_as_usual(data: DataConfig, split: Selection) -> DataConfig:
    """Return a copy by which no more digits are drawn than by default, however many weights name.

    They are the first ones of each split: fewer, and no others.
    """
    from mlpcli.cli.common import say
    from mlpcli.config.schema import DataConfig

    named = {
        "train": data.train - data.validation,
        "validation": data.validation,
        "test": data.test,
    }
    drawn = {name: min(count, getattr(DataConfig(), name)) for name, count in named.items()}
    for name, count in named.items():
        if drawn[name] < count and split in (name, "all"):
            say(
                f"note: of {count} {name} images that the weights name, the first {drawn[name]} "
                "are drawn; --data synthetic draws all"
            )
    drawn["train"] += drawn["validation"]
    return data.model_copy(update=drawn)
