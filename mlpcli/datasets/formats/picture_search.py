"""Finds the pictures of a data set that has a folder for each class, and what is not read.

The pictures are in FOLDER/CLASS or, already split, in FOLDER/train/CLASS and so on, where the
folders of the splits have any of their usual names.
"""

import os
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, DIGITS, SplitName
from mlpcli.datasets.divisions import division_of
from mlpcli.datasets.interpretation.labels import check_names, natural
from mlpcli.datasets.interpretation.spelling import like_spellings, missing_classes
from mlpcli.errors import DataError, ImageError
from mlpcli.images import SUFFIXES
from mlpcli.images.normalization import Preprocessing
from mlpcli.images.unread import Unread
from mlpcli.utils.files import kind_of, reason_of

_LEFT_BY_SYSTEMS = ("__MACOSX",)  # folders without pictures of the user's
_CHECK_SHEET = re.compile(r"check(-\d+)?\.png")  # what `mlp data collect` puts beside the classes


@dataclass(frozen=True)
class Pictures:
    """The pictures in a folder, not yet read.

    Attributes:
        folder: the folder that holds them all.
        paths: of the pictures.
        labels: (count,) int64.
        divisions: (count,) int64, the index in `ALL` of the split of each; None if they are not
            split.
        classes: the name of each label.
        preprocessing: how a picture becomes an image.
        notes: what in the folder may surprise.
    """

    folder: Path
    paths: Sequence[Path]
    labels: NDArray[np.int64]
    divisions: NDArray[np.int64] | None
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    notes: tuple[str, ...]


def find_pictures(folder: Path) -> Pictures | None:
    """Return the pictures in the subfolders of a folder; None if there are none.

    Raises:
        DataError: a class has no picture, the splits are not train, val and test, or a folder
            cannot be read.
    """
    parts = _parts(folder)
    unread = Unread()
    places = [(place, split) for part, split in parts.items() for place in _subfolders(part)]
    found = [
        (path, place, split) for place, split in places for path in _pictures_in(place, unread)
    ]
    if not found:
        _refuse_other_formats(folder, unread)
        return None
    for part in {folder, *parts}:
        _look_beside_classes(part, folder, unread)
    names = {place.name for place, _ in places}
    _check_classes(folder, names - {place.name for _, place, _ in found}, places)
    check_names(sorted(names), folder)
    are_digits = names <= {*DIGITS}
    classes = DIGITS if are_digits else tuple(sorted(names, key=natural))
    labels = {name: label for label, name in enumerate(classes)}
    divisions = [ALL.index(split) for _, _, split in found if split]
    return Pictures(
        folder=folder,
        paths=[path for path, _, _ in found],
        labels=np.array([labels[place.name] for _, place, _ in found]),
        divisions=np.array(divisions) if divisions else None,
        classes=classes,
        preprocessing="digit" if are_digits else "scale",
        notes=(*unread.notes(), *_notes_on_classes(found)),
    )


def _parts(folder: Path) -> dict[Path, SplitName | None]:
    """Return the folders that have a subfolder for each class, and the split that each is for.

    These are train, val and test by any of their names, or `folder` itself.
    """
    subfolders = _subfolders(folder)
    parts: dict[Path, SplitName | None] = {
        place: split for place in subfolders if (split := division_of(place.name))
    }
    names = ", ".join(place.name for place in subfolders)
    if len(parts) < len(subfolders):
        if len(parts) > 1:
            raise DataError(
                f"{folder}: must be split into the folders train, val and test only, got {names}"
            )
        return {folder: None}  # one is a class that happens to be called so
    splits = [*parts.values()]
    if len({*splits}) < len(splits):
        raise DataError(
            f"{folder}: must have one folder for each of train, val and test, got {names}"
        )
    if "validation" in splits and "train" not in splits:
        raise DataError(
            f"{folder}: must have the folder train beside those for validation and testing, "
            f"got {names}"
        )
    return parts or {folder: None}


def _subfolders(folder: Path) -> list[Path]:
    """Return the subfolders that are not hidden, sorted by name."""
    return [path for path in _entries(folder) if path.is_dir()]


def _entries(folder: Path) -> list[Path]:
    """Return what is in a folder and neither hidden nor left by a system, sorted by name."""
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if not path.name.startswith(".") and path.name not in _LEFT_BY_SYSTEMS
        )
    except OSError as error:
        _refuse(error)


def _pictures_in(folder: Path, unread: Unread) -> Iterator[Path]:
    """Yield the pictures in a folder and below it; links to folders are not followed."""
    for place, subfolders, files in os.walk(folder, onerror=_refuse):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        unread.links += [name for name in subfolders if Path(place, name).is_symlink()]
        for name in sorted(files):
            path = Path(place, name)
            if not unread.is_picture(path):
                continue
            if not path.is_file():
                raise ImageError(f"{path}: not a picture that can be read, got {kind_of(path)}")
            yield path


def _look_beside_classes(part: Path, folder: Path, unread: Unread) -> None:
    """Count the files of a folder that has a subfolder for each class."""
    for path in _entries(part):
        if path.is_dir() or _CHECK_SHEET.fullmatch(path.name):
            continue
        if unread.is_picture(path):
            unread.outside.append(str(path.relative_to(folder)))


def _check_classes(
    folder: Path, empty: Collection[str], places: Iterable[tuple[Path, SplitName | None]]
) -> None:
    """Raise DataError if a class has no picture."""
    if not empty:
        return
    first, unread = min(empty), Unread()
    for place, _ in places:
        if place.name == first:
            list(_pictures_in(place, unread))
    raise DataError(
        f"{folder}: every class must have a picture ({', '.join(sorted(SUFFIXES))}), "
        f"got none in {first}; remove the folder or add pictures{unread.hint}"
    )


def _refuse_other_formats(folder: Path, unread: Unread) -> None:
    """Raise DataError if there are pictures, but none that the program reads."""
    if unread.hint:
        raise DataError(
            f"{folder}: must hold pictures ({', '.join(sorted(SUFFIXES))}), "
            f"got {unread.listed}{unread.hint}"
        )


def _notes_on_classes(found: Iterable[tuple[Path, Path, SplitName | None]]) -> Iterator[str]:
    """Yield notes on classes that may be one, that training lacks, or that may be no class."""
    present: dict[SplitName, set[str]] = {}
    deep: dict[str, bool] = {}
    for path, place, split in found:
        present.setdefault(split or "train", set()).add(place.name)
        if split is None:
            deep[place.name] = deep.get(place.name, True) and path.parent != place
    yield from missing_classes(present)
    for names in present.values():
        yield from like_spellings(names)
    for name, without_pictures in deep.items():
        if without_pictures and division_of(name):
            yield f"{name} is taken for a class, because other folders lie beside it"


def _refuse(error: OSError) -> NoReturn:
    raise DataError(f"{error.filename}: cannot be read, {reason_of(error)}") from error
