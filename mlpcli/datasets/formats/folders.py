"""Reads a data set of pictures in one folder for each class.

The pictures are in FOLDER/CLASS, and a sixth of each class is for testing; or they are already
split, in FOLDER/train/CLASS and FOLDER/test/CLASS. Each picture is preprocessed as `mlp predict`
does it, with the same function and the same steps.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import DIGITS, Content, Progress, Split
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy, Origin, read_through
from mlpcli.datasets.interpretation.holding_out import choose_tests
from mlpcli.datasets.interpretation.labels import check_names, natural
from mlpcli.errors import DataError, ImageError
from mlpcli.images import (
    PHOTOS,
    RECIPE_VERSION,
    SUFFIXES,
    Recipe,
    default_recipe,
    output_size,
    preprocess_picture,
)
from mlpcli.images.bounded import MAX_BYTES
from mlpcli.images.normalization import SIDE, Pixels, Preprocessing
from mlpcli.utils.files import kind_of, reason_of

_DIVISION = ("train", "test")
_LIKE_DIVISION = {*_DIVISION, "training", "testing", "val", "valid", "validation"}


@dataclass(frozen=True)
class Pictures:
    """The pictures in a folder, not yet read.

    Attributes:
        folder: the folder that holds them all.
        paths: of the pictures.
        labels: (count,) int64.
        for_test: (count,) bool, which are for testing; None if they are not split.
        classes: the name of each label.
        preprocessing: how a picture becomes an image.
    """

    folder: Path
    paths: Sequence[Path]
    labels: NDArray[np.int64]
    for_test: NDArray[np.bool_] | None
    classes: tuple[str, ...]
    preprocessing: Preprocessing


def find_pictures(folder: Path) -> Pictures | None:
    """Return the pictures in the subfolders of a folder; None if there are none.

    Raises:
        DataError: a class has no picture, the splits are not train and test, or a folder cannot
            be read.
    """
    parts = _parts(folder)
    places = [(place, part.name) for part in parts for place in _subfolders(part)]
    found = [(path, place.name, part) for place, part in places for path in _pictures_in(place)]
    if not found:
        return None
    names = {place.name for place, _ in places}
    empty = names - {name for _, name, _ in found}
    if empty:
        raise DataError(
            f"{folder}: every class must have a picture ({', '.join(sorted(SUFFIXES))}), "
            f"got none in {min(empty)}; remove the folder or add pictures"
        )
    check_names(sorted(names), folder)
    are_digits = names <= {*DIGITS}
    classes = DIGITS if are_digits else tuple(sorted(names, key=natural))
    divided = parts != [folder]
    return Pictures(
        folder=folder,
        paths=[path for path, _, _ in found],
        labels=np.array([classes.index(name) for _, name, _ in found]),
        for_test=np.array([part == "test" for _, _, part in found]) if divided else None,
        classes=classes,
        preprocessing="digit" if are_digits else "scale",
    )


def read_pictures(
    pictures: Pictures,
    recipe: Recipe | None = None,
    progress: Progress | None = None,
    policy: CachePolicy = USUAL_POLICY,
) -> Content:
    """Return the preprocessed pictures, from the copy in the cache if there is one.

    Each split is in the order of the SHA-256 of its files, which mixes the classes.

    Args:
        pictures: in a folder.
        recipe: their preprocessing; by default the usual one to 28×28 pixels.
        progress: told how many are read.
        policy: how the copy in the cache is used.

    Raises:
        ImageError: a picture cannot be read.
    """
    steps = recipe or default_recipe(pictures.preprocessing, SIDE, SIDE)
    origin = Origin(
        "folders",
        pictures.paths,
        folder=pictures.folder,
        recipe=json.dumps([RECIPE_VERSION, *(step.describe() for step in steps)]),
        classes=len(pictures.classes),
    )
    return read_through(origin, lambda: _read(pictures, steps, progress), policy)


def _parts(folder: Path) -> list[Path]:
    """Return the folders that have a subfolder for each class: train and test, or `folder`."""
    names = {place.name for place in _subfolders(folder)}
    if names and names <= {*_DIVISION}:
        return [folder / name for name in _DIVISION if name in names]
    if len(names & _LIKE_DIVISION) > 1:
        raise DataError(
            f"{folder}: must be split into the folders train and test only, got "
            f"{', '.join(sorted(names))}; data.validation holds out images of train"
        )
    return [folder]


def _subfolders(folder: Path) -> list[Path]:
    """Return the subfolders that are not hidden, sorted by name."""
    try:
        return sorted(
            path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")
        )
    except OSError as error:
        _refuse(error)


def _pictures_in(folder: Path) -> Iterator[Path]:
    """Yield the pictures in a folder and below it; links to folders are not followed."""
    suffixes = tuple(PHOTOS)
    for place, subfolders, files in os.walk(folder, onerror=_refuse):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in sorted(files):
            if name.lower().endswith(suffixes) and not name.startswith("."):
                path = Path(place, name)
                if not path.is_file():
                    raise ImageError(f"{path}: not a picture that can be read, got {kind_of(path)}")
                yield path


def _refuse(error: OSError) -> NoReturn:
    raise DataError(f"{error.filename}: cannot be read, {reason_of(error)}") from error


def _read(pictures: Pictures, recipe: Recipe, progress: Progress | None) -> Content:
    """Read all pictures and split them."""
    count = len(pictures.paths)
    images = np.empty((count, *output_size(recipe)), dtype=np.uint8)
    digests = []
    for index, path in enumerate(pictures.paths):
        digest, images[index] = _read_one(path, recipe)
        digests.append(digest)
        if progress:
            progress("reading pictures", index + 1, count, " pictures")
    for_test = pictures.for_test
    if for_test is None:
        for_test = choose_tests(digests, pictures.labels)
    order = np.array(sorted(range(count), key=lambda index: digests[index]))
    rows = order[~for_test[order]], order[for_test[order]]
    train, test = (Split(images[part], pictures.labels[part]) for part in rows)
    return Content(train, test, pictures.classes)


def _read_one(path: Path, recipe: Recipe) -> tuple[bytes, Pixels]:
    """Return the SHA-256 of a file, and its preprocessed picture."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > MAX_BYTES:  # hashing would read all of it
                raise ImageError(
                    f"{path}: a picture must have at most {MAX_BYTES} bytes, got {size}"
                )
            digest = hashlib.file_digest(file, "sha256").digest()
            file.seek(0)
            return digest, preprocess_picture(file, str(path), recipe).images[0]
    except OSError as error:
        raise ImageError(f"{path}: cannot be read, {reason_of(error)}") from error
