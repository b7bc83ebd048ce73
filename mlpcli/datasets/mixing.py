"""Mixes data sets, each with its share: a split of n images has share · n of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mlpcli.config.data import DRAWN, NAMES, usual_validation
from mlpcli.datasets.dataset import (
    NO_CLASS,
    Dataset,
    Outliers,
    Progress,
    Split,
    SplitName,
    check_validation,
    fingerprint,
    joined,
    renumbered,
)
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy
from mlpcli.datasets.opening import DRAWING, open_dataset
from mlpcli.datasets.synthetic.drawing import Drawing
from mlpcli.errors import DataError
from mlpcli.utils.escaping import listed

if TYPE_CHECKING:  # only needed for pictures
    from mlpcli.images import Recipe


@dataclass(frozen=True)
class _Sizes:
    """How many images of a mix, or of one of its sources, are in each split."""

    train: int
    validation: int
    test: int

    def part(self, share: float) -> _Sizes:
        """Return how many of them a source with this share gives."""
        sizes = (self.train, self.validation, self.test)
        return _Sizes(*(int(share * size + 1e-6) for size in sizes))


def open_mix(  # noqa: PLR0913  # a caller may want to set each of them
    mix: Mapping[str, float],
    *,
    root: str | Path | None = None,
    validation: int | None = None,
    drawing: Drawing = DRAWING,
    progress: Progress | None = None,
    policy: CachePolicy = USUAL_POLICY,
    recipe: Recipe | None = None,
) -> Dataset:
    """Open several data sets as one.

    The mix is as large as it can be without an image occurring twice. A source that has more images
    than its share gives some that are spread evenly over its own. As many digits are drawn as their
    share needs; where all are drawn, `drawing` says how many.

    Args:
        mix: for each name or path its share, in proportion to the sum of all.
        root: where to look for named data sets, and where to download them.
        validation: how many of the training images to hold out; by default a sixth, at most 10,000.
        drawing: decides which digits are drawn.
        progress: told how far slow work is.
        policy: how copies in the cache are used.
        recipe: the preprocessing of the pictures in a folder; by default the usual one.

    Raises:
        DataError: a data set cannot be opened, they do not fit each other, or no images are left to
            train on.
        ImageError: a picture in a folder cannot be read.
    """
    whole = sum(mix.values())
    shares = {source: share / whole for source, share in mix.items()}
    opened = {
        source: open_dataset(
            source if source in NAMES else Path(source),
            root=root,
            progress=progress,
            policy=policy,
            recipe=recipe,
        )
        for source in mix
        if source not in DRAWN
    }
    sizes = _sizes(shares, opened, drawing, validation)
    for source, share in shares.items():
        part = sizes.part(share)
        opened[source] = (
            _drawn(source, part, drawing.seed, progress, policy)
            if source in DRAWN
            else _chosen(opened[source], part)
        )
    return _join([opened[source] for source in mix])


def _sizes(
    shares: Mapping[str, float],
    opened: Mapping[str, Dataset],
    drawing: Drawing,
    validation: int | None,
) -> _Sizes:
    """Return the sizes of the mix, which the source with the fewest images for its share limits."""
    train, test = drawing.train, drawing.test
    if opened:
        train = min(int(len(each.train) / shares[source]) for source, each in opened.items())
        test = min(int(len(each.test) / shares[source]) for source, each in opened.items())
    held_out = usual_validation(train) if validation is None else validation
    check_validation(" + ".join(shares), held_out, train)
    return _Sizes(train - held_out, held_out, test)


def _drawn(
    source: str, sizes: _Sizes, seed: int, progress: Progress | None, policy: CachePolicy
) -> Dataset:
    """Draw as many digits as a source gives, and of splits that are not wanted hardly any."""
    train = sizes.train if "train" in policy.splits else 1
    validation = sizes.validation if "validation" in policy.splits else 0
    test = sizes.test if "test" in policy.splits else 1
    drawing = Drawing(max(train, 1) + validation, max(test, 1), seed)
    return open_dataset(
        source, validation=validation, drawing=drawing, progress=progress, policy=policy
    )


def _chosen(dataset: Dataset, sizes: _Sizes) -> Dataset:
    """Return as many images as a source gives."""
    train = _spread(dataset.train, sizes.train + sizes.validation)
    border = len(train) - sizes.validation
    return replace(
        dataset,
        train=train[:border],
        validation=train[border:],
        test=_spread(dataset.test, sizes.test),
    )


def _spread(split: Split, count: int) -> Split:
    """Return `count` images of a split, spread evenly over it."""
    if count >= len(split):
        return split
    return split.taken(np.arange(count) * len(split) // max(count, 1))


def _join(parts: list[Dataset]) -> Dataset:
    """Return one data set, in which images without a class are apart."""
    labelled = [part for part in parts if not _is_unlabelled(part)]
    outliers = [part for part in parts if _is_unlabelled(part)]
    if not labelled:
        raise DataError(f"data.mix: must have a source with classes, got {parts[0].name} only")
    first = max(labelled, key=lambda part: len(part.classes))
    for part in parts:
        _check_fit(part, first)
    names: tuple[SplitName, ...] = ("train", "validation", "test")
    train, validation, test = (
        joined([renumbered(each.split(name), each.classes, first.classes) for each in labelled])
        for name in names
    )
    splits = [train, validation, test]
    unlabelled = None
    if outliers:
        trained, held_out = (joined([each.split(name) for each in outliers]) for name in names[:2])
        unlabelled = Outliers(trained, held_out)
        splits += [unlabelled.train, unlabelled.validation]
    return Dataset(
        name=" + ".join(part.name for part in parts),
        train=train,
        validation=validation,
        test=test,
        classes=first.classes,
        preprocessing=first.preprocessing,
        fingerprint=fingerprint(*splits),
        notes=tuple(note for part in parts for note in part.notes),
        outliers=unlabelled,
    )


def _is_unlabelled(dataset: Dataset) -> bool:
    """Tell whether the images of a data set belong to no class."""
    return len(dataset.train) > 0 and bool((dataset.train.labels == NO_CLASS).all())


def _check_fit(part: Dataset, first: Dataset) -> None:
    """Check that a source has the classes, the size of images and the preprocessing of another.

    Raises:
        DataError: it has others.
    """
    needs = []
    if not _is_unlabelled(part) and not {*part.classes} <= {*first.classes}:
        needs += [f"classes among {listed(first.classes)}, got {listed(part.classes)}"]
    size, wanted = (each.train.images.shape[1:] for each in (part, first))
    if size != wanted:
        needs += [f"images of the size {_by(wanted)}, got {_by(size)}"]
    if part.preprocessing != first.preprocessing:
        needs += [f"the preprocessing {first.preprocessing}, got {part.preprocessing}"]
    if needs:
        raise DataError(f"{part.name}: to be mixed with {first.name}, must have {needs[0]}")


def _by(size: tuple[int, ...]) -> str:
    return "×".join(map(str, size))
