"""Reads `mnist.npz` as Keras ships it: arrays x_train, y_train, x_test and y_test."""

from pathlib import Path

from mlpcli.datasets.dataset import Split, make_split
from mlpcli.errors import DataError
from mlpcli.utils.archives import UnreadableError, read_archive

_NAMES = ("x_train", "y_train", "x_test", "y_test")


def read_npz(path: Path) -> tuple[Split, Split]:
    """Read the train and test images.

    Raises:
        DataError: the file is not an npz, lacks an array, or does not hold numbers.
    """
    try:
        arrays = read_archive(path, _NAMES)
    except UnreadableError as error:
        raise DataError(f"{path}: not a readable npz file, {error}") from error
    x_train, y_train, x_test, y_test = (arrays[name] for name in _NAMES)
    return make_split(x_train, y_train, path), make_split(x_test, y_test, path)
