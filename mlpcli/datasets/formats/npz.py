"""Reads NumPy archives of images and labels, whatever their arrays are called.

Keras's `mnist.npz` has x_train, y_train, x_test and y_test, MedMNIST train_images, train_labels and
so on; others have only x and y. `class_names` are the names of the classes, if it is there.
"""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, Content, SplitName
from mlpcli.datasets.divisions import parts_of
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion, Pair, interpret
from mlpcli.errors import DataError
from mlpcli.utils.archives import UnreadableError, array_names, read_archive

_WANTED = "x_train, y_train, x_test and y_test, or x and y"


def read_npz(path: Path, conversion: Conversion = AS_THEY_ARE) -> Content:
    """Read all images, and the class names if there are any.

    Raises:
        DataError: the file is not an npz, lacks an array, or does not hold numbers.
    """
    try:
        names = array_names(path)
        parts = parts_of(names)
        arrays = read_archive(path, set(parts.values()))
    except UnreadableError as error:
        raise DataError(f"{path}: not a readable npz file, {error}") from error
    pairs: dict[SplitName, Pair] = {}
    for split in (*ALL, None):
        images, labels = (parts.get((split, role)) for role in ("images", "labels"))
        if images and labels and not (split is None and pairs):
            pairs[split or "train"] = Pair(arrays[images], arrays[labels])
    if "train" not in pairs:
        found = ", ".join(names) or "none"
        raise DataError(f"{path}: needs the arrays {_WANTED}, got {found:.100}")
    key = parts.get((None, "classes"))
    return interpret(pairs, path, conversion, _texts(arrays[key]) if key else ())


def _texts(names: NDArray[Any]) -> list[str]:
    """Return class names, which may be stored as numbers."""
    return [str(name) for name in names.ravel().tolist()]
