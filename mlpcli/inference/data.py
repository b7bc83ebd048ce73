"""Choosing and opening the data set that a classifier is evaluated on.

Weights files are not trusted: a known data set that they name is opened, a path that only they name
is not.
"""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

from pydantic import ValidationError

from mlpcli.config import data_root
from mlpcli.config.data import IMAGES, MAX_HELD_OUT, DataConfig
from mlpcli.datasets import DRAWN, KNOWN, SOURCES, CachePolicy, find
from mlpcli.datasets.dataset import (
    ALL,
    NO_CLASS,
    Dataset,
    Progress,
    Selection,
    Split,
    renumbered,
)
from mlpcli.datasets.opening import name_of
from mlpcli.datasets.selection import chosen, open_split, with_source
from mlpcli.errors import CheckpointError, DataError
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import Evaluation, evaluate_split
from mlpcli.inference.loading import load
from mlpcli.runs.directory import Run
from mlpcli.runs.finding import Note
from mlpcli.utils.escaping import listed

MAX_PATH = 4096  # characters of a path in a message; no system takes more


def evaluate(
    weights: Classifier | Run | str | Path,
    data: Dataset | str | Path | None = None,
    split: Selection = "test",
    *,
    tta: bool | int = False,
) -> Evaluation:
    """Evaluate trained weights on a data set.

    Args:
        weights: a classifier, a run or its directory, a file of weights or "bundled".
        data: a data set, its name, or the path of its files; by default the named one that the
            weights were trained on.
        split: train, validation, test or all.
        tta: of digits, average the predictions for so many changed copies of each image, True for
            as many as `Classifier.predict` does.

    Raises:
        MlpError: weights or data cannot be read, or do not fit each other.
        ValueError: there is no such split.
    """
    if split not in (*ALL, "all"):
        raise ValueError(f"evaluate: split must be one of {', '.join(ALL)}, all, got {split!r}")
    classifier = weights if isinstance(weights, Classifier) else load(weights)
    if not isinstance(data, Dataset):
        data = open_for(classifier, None if data is None else name_of(data), split)
    return evaluate_on(classifier, data, split, tta=tta)


def evaluate_on(
    classifier: Classifier, dataset: Dataset, split: Selection, *, tta: bool | int = False
) -> Evaluation:
    """Evaluate a classifier on one split of a data set, see `evaluate`.

    Raises:
        DataError: the data set has other classes, other sizes, or no such images.
        CheckpointError: a prediction is not finite, or `tta` is for digits only.
    """
    check_data(classifier, dataset)
    images = chosen(dataset, split)
    if (images.labels == NO_CLASS).any():
        raise DataError(f"{dataset.name}: its images are of no class, so nothing can be evaluated")
    images = renumbered(images, dataset.classes, classifier.classes)
    return evaluate_split(classifier, dataset.name, split, images, tta=tta)


def open_for(
    classifier: Classifier,
    data: str | None,
    split: Selection,
    *,
    progress: Progress | None = None,
    note: Note | None = None,
) -> Dataset:
    """Open a data set to evaluate a classifier on.

    Args:
        classifier: what will be evaluated.
        data: a known name, or a path; None for the named data set that it was trained on.
        split: which of the images.
        progress: called while something takes long.
        note: called with a line about each difference from what the weights name.

    Raises:
        CheckpointError: it was trained on a path, which only the weights file names.
        DataError: the data set cannot be opened, or has other classes.
    """
    if data in KNOWN:  # before anything is downloaded or drawn
        check_classes(classifier, data, KNOWN[data])
    config, notes = data_for(classifier, data, split), note or _ignore
    mention_other_root(classifier, config, notes)
    if data is None and config.drawn:
        config = _as_many_as_usual(config, split, notes)
    recipe = classifier.inputs.recipe
    dataset = open_split(config, split, classifier.seed, recipe=recipe, progress=progress)
    for line in dataset.notes:
        notes(f"note: {line}")
    return dataset


def split_at_hand(
    classifier: Classifier, data: str | None, most: int, *, progress: Progress | None = None
) -> Split:
    """Return test images, by default of the data set that a network was trained on.

    Nothing is downloaded. The labels are numbered as the network numbers its classes.

    Args:
        classifier: whose network they are for.
        data: a known name, or a path; None for the named data set that it was trained on.
        most: how many synthetic digits to draw, at most.
        progress: called while something takes long.

    Raises:
        MlpError: it is not at hand, or has other classes or sizes.
        OSError: it cannot be read.
    """
    if data in KNOWN:
        check_classes(classifier, data, KNOWN[data])
    config = data_for(classifier, data, "test")
    for name in SOURCES.keys() & {*config.names}:
        try:
            find(name, Path(config.root), CachePolicy(splits=()))
        except DataError as error:
            hint = other_root(classifier, config) or f"mlp data fetch {name} downloads it"
            raise DataError(error.with_advice(hint)) from error
    if config.drawn:
        config = config.model_copy(update={"test": min(config.test, most)})
    recipe = classifier.inputs.recipe
    dataset = open_split(config, "test", classifier.seed, recipe=recipe, progress=progress)
    check_data(classifier, dataset)
    return renumbered(dataset.test, dataset.classes, classifier.classes)


def check_classes(classifier: Classifier, name: str, classes: tuple[str, ...]) -> None:
    """Check that a data set has the classes that a classifier tells apart.

    It may lack some, since a file without class names has only those that its labels show.

    Raises:
        DataError: it has others.
    """
    known = classifier.classes
    if not {*classes} <= {*known}:
        raise DataError(
            f"{name}: the classes must be those the network was trained on "
            f"({listed(known)}), got {listed(classes)}"
        )


def check_data(classifier: Classifier, dataset: Dataset) -> None:
    """Check that a data set has a classifier's classes, and images of its size.

    Raises:
        DataError: it has others.
    """
    inputs = classifier.inputs
    check_classes(classifier, dataset.name, dataset.classes)
    size = dataset.train.images.shape[1:]
    if size != (inputs.height, inputs.width):
        raise DataError(
            f"{dataset.name}: images must be {inputs.height}×{inputs.width} pixels, "
            f"got {size[0]}×{size[1]}"
        )


def data_for(classifier: Classifier, data: str | None, split: Selection) -> DataConfig:
    """Return what to open: the data set asked for, or the named one the network was trained on.

    It is looked for in the user's own data root.

    Raises:
        CheckpointError: the network was trained on a path, or its metadata is invalid.
    """
    config = trained_on(classifier)
    if data is None and config.own_paths:
        raise CheckpointError(
            f"{classifier.name}: a path that only a weights file names is not opened; give --data "
            f"{quote(config.own_paths[0][:MAX_PATH])}, the data it was trained on, or other data"
        )
    changes: dict[str, object] = {"root": data_root()}
    if split == "test" or (split == "all" and not config.drawn):
        changes["validation"] = 0  # however few training images there are
    config = config.model_copy(update=changes)
    if data is None or ([data] == config.names and config.drawn):
        return config
    usual = {"train": DataConfig().train, "test": DataConfig().test}
    if data in DRAWN:
        usual["validation"] = min(config.held_out(IMAGES), MAX_HELD_OUT)
    return with_source(config, data).model_copy(update=usual)


def other_root(classifier: Classifier, data: DataConfig) -> str:
    """Return how to use the data root that weights name, if it is another one."""
    named = trained_on(classifier).root
    same = Path(named).absolute() == Path(data.root).absolute()
    if same or not SOURCES.keys() & {*data.names}:
        return ""
    return f"the weights name another data root: MLP_DATA={quote(named[:MAX_PATH])}"


def mention_other_root(classifier: Classifier, data: DataConfig, note: Note) -> None:
    """Note where else a data set may be, if it is about to be downloaded."""
    hint = other_root(classifier, data)
    for name in SOURCES.keys() & {*data.names} if hint else ():
        try:
            find(name, Path(data.root), CachePolicy(splits=()))
        except DataError:
            note(f"note: {name} is not in {data.root}; {hint}")


def trained_on(classifier: Classifier) -> DataConfig:
    """Return the data set that the weights name as theirs.

    Raises:
        CheckpointError: the metadata is invalid.
    """
    invalid = "the metadata does not describe a valid data set"
    try:
        # as JSON, whose lists stand for tuples
        config = DataConfig.model_validate_json(json.dumps(classifier.trained_on))
    except ValidationError as error:
        raise CheckpointError(f"{classifier.name}: {invalid}") from error
    if config.drawn and config.held_out(config.train) >= config.train:
        raise CheckpointError(f"{classifier.name}: {invalid}")
    return config


def _as_many_as_usual(data: DataConfig, split: Selection, note: Note) -> DataConfig:
    """Return a copy that draws no more digits than the default, whatever the weights say.

    They are the first ones of each split.
    """
    held_out = data.held_out(data.train)
    named = {"train": data.train - held_out, "validation": held_out, "test": data.test}
    most = {"train": IMAGES, "validation": MAX_HELD_OUT, "test": DataConfig().test}
    drawn = {name: min(count, most[name]) for name, count in named.items()}
    for name, count in named.items():
        if drawn[name] < count and split in (name, "all"):
            note(
                f"note: only the first {drawn[name]} of the {count} {name} images that the "
                f"weights name are drawn; --data {data.name} draws all of them"
            )
    drawn["train"] += drawn["validation"]
    return data.model_copy(update=drawn)


def _ignore(_line: str) -> None: ...
