"""Puts numbers where a configuration leaves a size to its data.

The sizes of the data sets known by name are known, so that a configuration which names one has its
numbers as soon as it is read. Data of one's own are opened first.
"""

from itertools import pairwise
from math import prod

from mlpcli.config.data import IMAGES
from mlpcli.config.schema import CLASSES, MAX_WEIGHTS, PIXELS, Config

OTHER_CLASSES = {"emnist-letters": 26, "emnist-balanced": 47}
"""The number of classes of the data sets known by name that have more than MNIST."""


def fitted(config: Config, pixels: int, classes: int, validation: int) -> Config:
    """Return a copy that has integers for all sizes.

    Args:
        config: what it says in numbers stays.
        pixels: of an image.
        classes: how many there are.
        validation: how many images are held out for validation.
    """
    layers = config.model.sizes_for(pixels, classes)
    model = config.model.model_copy(update={"layers": layers, "hidden": None})
    data = config.data
    if data.validation == "auto" and data.mix is None:  # whose sources give a share of the number
        data = data.model_copy(update={"validation": validation})
    return config.model_copy(update={"data": data, "model": model})


def fitted_by_name(config: Config) -> Config:
    """Return a copy that has integers for all sizes, unless the data are of one's own."""
    data = config.data
    if data.path is not None or data.mix is not None:
        return config
    classes = OTHER_CLASSES.get(data.name, CLASSES)
    return fitted(config, PIXELS, classes, data.held_out(data.train if data.drawn else IMAGES))


def weights_problem(sizes: tuple[int, ...]) -> str | None:
    """Say what is wrong with the number of weights between these stages, None if nothing is."""
    weights = sum(map(prod, pairwise(sizes)))
    if weights > MAX_WEIGHTS:
        return f"must give at most {MAX_WEIGHTS:,} weights, got {weights:,}"
    return None


def class_weights_problem(weights: tuple[float, ...], classes: int) -> str | None:
    """Say what is wrong with the weights of so many classes, None if nothing is."""
    if len(weights) != classes:
        return f"must be balanced or a list of {classes}, one for each class"
    return None if any(weights) else "must have a number > 0"
