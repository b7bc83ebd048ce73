"""Opens the data set that a configuration or a command names, and selects a split of it.

Only what the split needs is read, drawn or downloaded.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from mlpcli.config.data import DataConfig
from mlpcli.config.written import NOWHERE, Written
from mlpcli.datasets.catalogue import SOURCES
from mlpcli.datasets.dataset import ALL, Dataset, Progress, Selection, Split
from mlpcli.datasets.disk_cache import CachePolicy
from mlpcli.datasets.interpretation.arrays import Conversion
from mlpcli.datasets.mixing import open_mix
from mlpcli.datasets.named import KNOWN, find
from mlpcli.datasets.opening import open_dataset
from mlpcli.datasets.synthetic.drawing import Drawing
from mlpcli.errors import DataError

if TYPE_CHECKING:
    from mlpcli.images import Recipe

_ALL = "--split all takes every image"


def open_configured(  # noqa: PLR0913  # a caller may want to set each of them
    data: DataConfig,
    seed: int = 0,
    *,
    wanted: Selection = "all",
    verify: bool = False,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    written: Written = NOWHERE,
) -> Dataset:
    """Open the data set that a configuration names.

    Args:
        data: the configuration's section.
        seed: of the configuration; it decides which synthetic digits are drawn.
        wanted: the split whose images will be used.
        verify: check the fingerprint of a copy in the cache.
        recipe: the preprocessing of a folder's pictures; by default as for training.
        progress: told how far slow work is.
        written: where the configuration was written, for errors.

    Raises:
        DataError: there is no such data set, it is broken, or it has too few images.
    """
    policy = CachePolicy(ALL if wanted == "all" else (wanted,), verify=verify)
    drawing = Drawing(data.train, data.test, seed)
    if data.mix is not None:
        return open_mix(
            data.mix,
            root=Path(data.root),
            validation=None if data.validation == "auto" else data.validation,
            drawing=drawing,
            progress=progress,
            policy=policy,
            recipe=recipe,
        )
    follow = data.validation == "auto" and not data.drawn
    dataset = open_dataset(
        data.name if data.path is None else Path(data.path),
        root=Path(data.root),
        validation="auto" if follow else data.held_out(data.train) if data.drawn else 0,
        drawing=drawing,
        progress=progress,
        policy=policy,
        recipe=recipe,
        conversion=Conversion(data.value_range, data.transpose),
    )
    if data.validation == "auto" or data.drawn:
        return dataset
    if 0 < len(dataset.train) <= data.validation:
        message = (
            f"must leave images to train on, got {data.validation} of {len(dataset.train)} in "
            f"{dataset.name}; set it to fewer, to auto, or to 0"
        )
        raise DataError(written.problem(("data", "validation"), message))
    return _hold_out(dataset, data.validation)


def with_source(data: DataConfig, name_or_path: str) -> DataConfig:
    """Return a copy that names another data set: a known one by name, any other by path."""
    known = name_or_path in KNOWN
    named = {"name": name_or_path, "path": None, "value_range": None, "transpose": False}
    change = named if known else {"path": name_or_path}
    return data.model_copy(update={**change, "mix": None})


def moved(data: DataConfig, place: str) -> DataConfig:
    """Return a copy that names the place where the data set of a run is now.

    Args:
        data: the section of the run's configuration.
        place: a known name or a path; for a data set known by name also a data root or a folder
            that holds it.

    Raises:
        DataError: the images are drawn, or the folder does not hold the data set.
    """
    if data.drawn:
        raise DataError("--data: must be left out where digits are drawn, as they have no place")
    if not data.own_paths and place not in KNOWN and Path(place).is_dir():
        for name in SOURCES.keys() & {*data.names}:
            find(name, Path(place))
        return data.model_copy(update={"root": place})
    return with_source(data, place)


def may_have_moved(data: DataConfig) -> bool:
    """Tell whether a data set that cannot be opened may be in another place than recorded."""
    missing = not all(os.path.exists(path) for path in data.own_paths)  # noqa: PTH110  # unlike pathlib, it never raises
    return missing or bool(SOURCES.keys() & {*data.names})


def with_dataset(data: DataConfig, dataset: Dataset) -> DataConfig:
    """Return a copy that names a data set which is already open, with the sizes of its splits."""
    held_out = len(dataset.validation)
    named = with_source(data, dataset.name).model_copy(update={"validation": held_out})
    drawn = {"train": len(dataset.train) + held_out, "test": len(dataset.test)}
    return named.model_copy(update=drawn) if named.drawn else named


def open_split(
    data: DataConfig,
    split: Selection,
    seed: int = 0,
    *,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Open a data set to use one of its splits.

    Args:
        data: the data set to open.
        split: which of its images will be used.
        seed: decides which synthetic digits are drawn.
        recipe: the network's preprocessing, applied to a folder's pictures as in `mlp predict`.
        progress: told how far slow work is.

    Raises:
        DataError: it has too few training images to hold out those for validation.
    """
    if data.mix is not None:
        return open_configured(data, seed, wanted=split, recipe=recipe, progress=progress)
    if data.drawn:
        return open_configured(_drawing_only(data, split), seed, progress=progress)
    number = data.validation if split in ("train", "validation") else 0
    if number != "auto":
        data = data.model_copy(update={"validation": 0})
    dataset = open_configured(data, wanted=split, recipe=recipe, progress=progress)
    return dataset if number == "auto" else _hold_out(dataset, number)


def _hold_out(dataset: Dataset, validation: int) -> Dataset:
    """Return a copy whose last training images are held out for validation."""
    train = dataset.train
    border = len(train) - validation
    if validation and border < 1:
        raise DataError(
            f"{dataset.name}: must have more than {validation} training images, because that many "
            f"are held out for validation, got {len(train)}; {_ALL}"
        )
    return replace(dataset, train=train[:border], validation=train[border:])


def _drawing_only(data: DataConfig, split: Selection) -> DataConfig:
    """Return a copy that draws as few synthetic digits as possible outside one split."""
    changes = {}
    if split in ("validation", "test"):
        changes["train"] = data.held_out(data.train) + 1  # one must be left to train on
    if split in ("train", "validation"):
        changes["test"] = 1
    return data.model_copy(update=changes)


def chosen(dataset: Dataset, split: Selection) -> Split:
    """Return the images that --split selects.

    Raises:
        DataError: there are none.
    """
    images = dataset.split(split)
    if not len(images):
        hint = "give --split train, test or all" if split == "validation" else _ALL
        raise DataError(f"{dataset.name}: the {split} split is empty; {hint}")
    return images
