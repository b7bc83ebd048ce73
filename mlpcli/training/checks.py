"""Whether a network and a data set fit each other."""

from mlpcli.config import Config
from mlpcli.datasets import Dataset
from mlpcli.errors import ConfigError, DataError


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
            f"model.layers must begin with {dataset.pixels}, the pixels of an image of "
            f"{dataset.name}, got {first}"
        )
    if last != len(dataset.classes):
        problems.append(
            f"model.layers must end with {len(dataset.classes)}, the classes of "
            f"{dataset.name}, got {last}"
        )
    if problems:
        raise ConfigError(problems)
