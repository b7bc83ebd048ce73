"""Checks that a network fits its data, and that training can continue."""

from collections.abc import Iterator

import numpy as np

from mlpcli.config import Config
from mlpcli.config.document import show
from mlpcli.config.fitting import class_weights_problem, fitted, weights_problem
from mlpcli.config.section import MAX_FEATURES
from mlpcli.datasets import Dataset
from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.errors import ConfigError, DataError, TrainingError
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.network import Network
from mlpcli.nn.optimizers import Optimizer
from mlpcli.utils.escaping import listed

SAMPLE = 1000  # images whose brightness is measured
BRIGHT = 0.6  # mean grey level, as a share of white, above which images are mostly white


def fit_to_data(config: Config, dataset: Dataset) -> Config:
    """Return a copy of a configuration that has integers for all sizes, those of a data set.

    Raises:
        ConfigError: a size that it gives does not fit the data.
        DataError: there is nothing to train on, or nothing to test with, or the images are too
            large.
    """
    for name in ("train", "test"):
        if not len(dataset.split(name)):
            raise DataError(f"{dataset.name}: training needs train and test images, got no {name}")
    if (dataset.train.labels == NO_CLASS).all():
        raise DataError(
            f"{dataset.name}: training needs images with a class, got none; add this data to other "
            "data in data.mix"
        )
    if dataset.pixels > MAX_FEATURES:
        raise DataError(
            f"{dataset.name}: images must have at most {MAX_FEATURES:,} pixels, "
            f"got {_pixels(dataset)}"
        )
    config = fitted(config, dataset.pixels, len(dataset.classes), len(dataset.validation))
    problems = list(_misfits(config, dataset))
    if problems:
        raise ConfigError(problems)
    return config


def _misfits(config: Config, dataset: Dataset) -> Iterator[str]:
    """Yield what of a configuration does not fit the data, with the place where it was written."""
    sizes, classes, problem = config.model.sizes, dataset.classes, config.written.problem
    layers = ("model", "layers")
    if sizes[0] != dataset.pixels:
        yield problem(
            layers,
            f"must begin with {dataset.pixels}, because the images are {_pixels(dataset)} pixels, "
            f"got {sizes[0]}; write input in its place",
            item=0,
        )
    if sizes[-1] != len(classes):
        yield problem(
            layers,
            f"must end with {len(classes)}, because the classes are {listed(classes)} "
            f"({len(classes)}), got {sizes[-1]}; write classes in its place",
            item=len(sizes) - 1,
        )
    if too_many := weights_problem(sizes):
        yield problem(layers, too_many)
    view = config.data.view
    if view and dataset.preprocessing != "digit":
        yield problem(
            ("data", "view"),
            "must be null for images that are not digits like MNIST's, got "
            f"{show(view.model_dump(exclude_unset=True))}; leave it out, or --set data.view=null",
        )
    weights = config.training.class_weights
    wrong = class_weights_problem(weights, len(classes)) if isinstance(weights, tuple) else None
    if wrong:
        yield problem(("training", "class_weights"), f"{wrong}, got {show(weights)}")
    stopping = config.training.early_stopping
    if stopping and not len(dataset.validation):
        yield problem(
            ("training", "early_stopping"),
            "must be null where no images are held out for validation, got "
            f"{show(stopping.model_dump(exclude_unset=True))}; set data.validation",
        )


def _pixels(dataset: Dataset) -> str:
    """Return the size of an image in words."""
    _, height, width = dataset.train.images.shape
    return f"{height}×{width} = {height * width}"


def split_notes(dataset: Dataset) -> Iterator[str]:
    """Yield lines about classes that only some images have, and about mostly white images."""
    trained, held_out = dataset.train.labels, dataset.validation.labels
    brightness = dataset.train.images[:: -(-len(dataset.train) // SAMPLE)].mean() / 255
    if brightness > BRIGHT:
        yield (
            f"note: the images are mostly white, {brightness:.0%} on average, which networks learn "
            "badly; invert them, or try --lr 0.01"
        )
    if not len(held_out):
        return
    for use, missing in (
        ("to train on", np.setdiff1d(held_out, trained)),
        ("for validation", np.setdiff1d(trained, held_out)),
    ):
        if len(missing):
            names = listed([dataset.classes[label] for label in missing])
            yield (
                f"note: no image of {names} is {use}: the last {len(held_out):,} training images "
                "are held out"
            )


def schedule_notes(config: Config) -> Iterator[str]:
    """Yield a line if early stopping may come before the learning rate has fallen."""
    schedule = config.training.schedule
    if config.training.early_stopping and schedule.depends_on_length:
        yield (
            f"note: early stopping may end the run before the {schedule.name} schedule has lowered "
            "the learning rate; --set training.schedule.name=constant keeps it the same throughout"
        )


def largest_numbers(
    network: Network, optimizer: Optimizer, average: WeightAverage | None
) -> Iterator[tuple[str, float]]:
    """Yield the kind and the largest absolute value of each array; nan if it holds a nan."""
    for what, array in (
        ("weight", network.parameters),
        ("mean or variance", network.statistics),
        *optimizer.slots.items(),
        *(("average", vector) for vector in (average.averages if average else ())),
    ):
        largest = max(array.max(initial=0), -array.min(initial=0))  # both are nan if one is
        yield what.replace("_", " "), float(largest)


def diverged(problem: str, *, epoch: int, step: int, learning_rate: float) -> TrainingError:
    """Return the error of a training whose numbers have become too large.

    Args:
        problem: which numbers.
        epoch: that was under way, counted from 1.
        step: of the epoch, counted from 1.
        learning_rate: of the step.
    """
    ways = "lower training.optimizer.learning_rate or set training.gradient_clip"
    place = f"epoch {epoch}, step {step}"
    return TrainingError(f"{place}: {problem} at learning rate {learning_rate:g}; {ways}")
