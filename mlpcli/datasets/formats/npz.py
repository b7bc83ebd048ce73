"""Reads NumPy archives of images and labels, whatever their arrays are called.

Keras's `mnist.npz` has x_train, y_train, x_test and y_test, MedMNIST train_images, train_labels and
so on; others have only x and y. `class_names` are the names of the classes, if it is there.
"""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, Content, SplitName
from mlpcli.datasets.divisions import part_of, parts_of
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
        return pair_up(path, names, lambda wanted: read_archive(path, wanted), conversion)
    except UnreadableError as error:
        raise DataError(f"{path}: not a readable npz file, {error}") from error


def pair_up(
    place: Path,
    names: Collection[str],
    read: Callable[[Collection[str]], dict[str, NDArray[Any]]],
    conversion: Conversion,
) -> Content:
    """Tell from the names of arrays which are images and labels of which split, and read those.

    Args:
        place: the file or folder that holds them.
        names: of all arrays there.
        read: returns some of them by name.
        conversion: what the configuration says.

    Raises:
        DataError: there are none to train on, or they are not images and labels.
    """
    parts = parts_of(names)
    pairs: dict[SplitName, tuple[str, str]] = {}
    for split in (*ALL, None):
        images, labels = parts.get((split, "images")), parts.get((split, "labels"))
        if images and labels and not (split is None and pairs):
            pairs[split or "train"] = images, labels
    if "train" not in pairs:
        found = ", ".join(names) or "none"
        hint = "; if each file holds one, give their folder" if [*names] == ["arr_0"] else ""
        raise DataError(f"{place}: needs the arrays {_WANTED}, got {found:.100}{hint}")
    key = parts.get((None, "classes"))
    wanted = {name for pair in pairs.values() for name in pair}
    arrays = read(wanted | ({key} if key else set()))
    class_names = [str(name) for name in arrays[key].ravel().tolist()] if key else ()
    both = {split: Pair(*(arrays[name] for name in pair)) for split, pair in pairs.items()}
    unused = [name for name in names if name not in wanted and part_of(name)[0]]
    notes = [f"{place}: not used: {', '.join(unused):.60}"] if unused else []
    return interpret(both, place, conversion, class_names).with_notes(notes)
