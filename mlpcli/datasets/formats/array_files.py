"""Reads a folder with an array in each file, as KMNIST has them: kmnist-train-imgs.npz and so on.

A file is an `.npy`, or an `.npz` of one array. Its name says what it holds.
"""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlpcli.datasets.dataset import Content
from mlpcli.datasets.divisions import parts_of
from mlpcli.datasets.formats.npz import pair_up
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion
from mlpcli.errors import DataError
from mlpcli.utils.archives import UnreadableError, array_names, read_archive, read_npy

_SUFFIXES = (".npy", ".npz")


def find_arrays(folder: Path) -> dict[str, Path]:
    """Return the files of arrays in a folder by their names without ending.

    In a folder with subfolders, which may be of pictures, only files named for a split count.
    """
    files = {
        path.stem: path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file()
    }
    named = any(split for split, _ in parts_of(files))
    return files if named or not any(path.is_dir() for path in folder.iterdir()) else {}


def read_arrays(
    folder: Path, files: dict[str, Path], conversion: Conversion = AS_THEY_ARE
) -> Content:
    """Read the images and labels in a folder.

    Raises:
        DataError: a file is missing or broken.
    """
    return pair_up(
        folder, files, lambda names: {name: _read(files[name]) for name in names}, conversion
    )


def _read(path: Path) -> NDArray[Any]:
    try:
        if path.suffix.lower() == ".npy":
            return read_npy(path)
        names = array_names(path)
        if len(names) != 1:
            found = ", ".join(names) or "none"
            raise DataError(
                f"{path}: must hold one array, as each file in this folder is named after its own, "
                f"got {found:.100}; give the file itself if it holds them all"
            )
        return read_archive(path, names)[names[0]]
    except UnreadableError as error:
        raise DataError(f"{path}: not a readable array, {error}") from error
