"""Checks that a network fits its data, and that training can continue."""

from collections.abc import Iterator

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.errors import ConfigError, DataError
from mlpcli.nn.averaging import WeightAverage
from mlpcli.nn.network import Network
from mlpcli.nn.optimizers import Optimizer


def check_fit(config: Config, dataset: Dataset) -> None:
    """Check that a network can be trained on a data set.

    Raises:
        ConfigError: its first or last layer does not fit the data.
        DataError: there is nothing to train on, or nothing to test with.
    """
    for name in ("train", "test"):
        if not len(dataset.split(name)):
            raise DataError(f"{dataset.name}: training needs train and test images, got no {name}")
    first, *_, last = config.model.layers
    problems = []
    if first != dataset.pixels:
        problems.append(
            f"model.layers must begin with {dataset.pixels}, the number of pixels in an image of "
            f"{dataset.name}, got {first}"
        )
    if last != len(dataset.classes):
        problems.append(
            f"model.layers must end with {len(dataset.classes)}, the number of classes of "
            f"{dataset.name}, got {last}"
        )
    if problems:
        raise ConfigError(problems)


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
