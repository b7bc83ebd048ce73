"""Opens any data set, by name or by path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from shlex import quote
from shutil import copy2
from typing import TYPE_CHECKING

from mlpcli.config import data_root
from mlpcli.datasets.catalogue import FILES, SOURCES, Source, find_file, read_file, read_folder
from mlpcli.datasets.dataset import (
    DIGITS,
    Content,
    Dataset,
    Progress,
    Split,
    check_validation,
)
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy, Origin, read_through
from mlpcli.datasets.formats.idx import is_idx
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion
from mlpcli.datasets.synthetic.drawing import SYNTHETIC, Drawing, open_synthetic
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing, are_normalized
from mlpcli.utils.archives import GZIP
from mlpcli.utils.files import open_regular, reason_of

if TYPE_CHECKING:  # only needed for pictures
    from mlpcli.images import Recipe

DRAWING = Drawing()
SAMPLE = 1000  # images that show which preprocessing pictures need
KNOWN = {name: source.classes for name, source in SOURCES.items()} | {SYNTHETIC: DIGITS}
"""The data sets known by name, with their class names."""


def open_dataset(  # noqa: PLR0913  # a caller may want to set each of them
    source: str | Path,
    *,
    root: str | Path | None = None,
    validation: int = 0,
    drawing: Drawing = DRAWING,
    progress: Progress | None = None,
    policy: CachePolicy = USUAL_POLICY,
    recipe: Recipe | None = None,
    conversion: Conversion = AS_THEY_ARE,
) -> Dataset:
    """Open a data set by name, downloading or drawing it if needed, or by the path of its files.

    Args:
        source: a known name, or the path of a file or folder.
        root: where to look for named data sets, and where to download them; by default the folder
            in MLP_DATA, or else `data`.
        validation: how many of the last training images to hold out; for synthetic digits, how
            many of the training images to draw separately.
        drawing: which synthetic digits to draw, and how many.
        progress: told how much is downloaded, how many digits are drawn, or how many pictures
            are read.
        policy: how the copy in the cache is used.
        recipe: the preprocessing of the pictures in a folder, as a network requires it; by default
            the usual one.
        conversion: what is known of arrays that they do not say themselves.

    Raises:
        DataError: there is no such data set, it is broken, or it has too few images.
        ImageError: a picture in a folder cannot be read.
    """
    if source == SYNTHETIC:
        return open_synthetic(drawing, validation, progress, verify=policy.verify)
    name = name_of(source)
    if isinstance(source, Path) or source not in SOURCES:
        content, preprocessing = _read_path(Path(source), recipe, progress, policy, conversion)
    else:
        _, content = find_or_fetch(source, Path(root or data_root()), progress, policy)
        preprocessing = SOURCES[source].preprocessing
    train, test = content.train, content.test
    check_validation(name, validation, len(train))
    border = len(train) - validation
    return Dataset(
        name=name,
        train=train[:border],
        validation=train[border:],
        test=test,
        classes=content.classes,
        preprocessing=preprocessing,
        fingerprint=content.fingerprint,
        notes=content.notes,
    )


def name_of(source: str | Path) -> str:
    """Return a name or path as text; a path that is also a known name gets `./` before it."""
    text = str(source)
    return f"./{text}" if isinstance(source, Path) and text in KNOWN else text


def find_or_fetch(
    name: str, root: Path, progress: Progress | None = None, policy: CachePolicy = USUAL_POLICY
) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set, downloading it if needed.

    Raises:
        DataError: it is neither in the root nor on any mirror.
    """
    try:
        return find(name, root, policy)
    except DataError as error:
        not_here = error
    folder = root / name
    # imported before the folder is made, because a signal may end the import
    import_module("mlpcli.datasets.download")
    try:
        with _new_folder(folder):
            for file in FILES:
                _fetch(SOURCES[name], file, folder, progress)
    except (DataError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"{folder} cannot be written, {reason_of(error)}"
        raise DataError(
            f"{not_here}; downloading failed ({reason}); "
            f"put {', '.join(f'{file}.gz' for file in FILES)} into {folder}, or set MLP_DATA to "
            f"the folder that holds {name}/, or train on your own files with data.path, or on "
            f"synthetic digits with data.name={SYNTHETIC}"
        ) from error
    return folder, read_folder(folder, name, SOURCES[name])


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """Make a folder and its parents; on any error, remove the new ones that are still empty."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:  # includes Ctrl-C and SIGTERM
        with suppress(OSError):  # if one is not empty, nor are its parents
            for each in new:
                each.rmdir()
        raise


def find(name: str, root: Path, policy: CachePolicy = USUAL_POLICY) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set in a data root.

    Fashion-MNIST and KMNIST use MNIST's file names, so other content means "not here".

    Args:
        name: of a published data set.
        root: the data root.
        policy: how the copy in the cache is used.

    Raises:
        DataError: no folder holds it; the message says what is wrong with each.
    """
    reasons = []
    for folder in (root / name, root):
        try:
            return folder, read_folder(folder, name, SOURCES[name], policy)
        except DataError as error:
            reasons.append(str(error))
    raise DataError(f"{name}: not in the data root {root} ({'; '.join(reasons)})")


def _fetch(source: Source, file: str, folder: Path, progress: Progress | None) -> None:
    """Download one of the four files, unless it is already there."""
    from mlpcli.datasets.download import fetch_file  # noqa: PLC0415  # slow, and rarely needed

    target = folder / f"{file}.gz"
    try:
        read_file(target, file, source)
    except (DataError, OSError):
        with _kept_aside(target):
            fetch_file(
                target.name,
                source.mirrors,
                target,
                lambda path: read_file(path, file, source),
                progress,
            )


@contextmanager
def _kept_aside(file: Path) -> Iterator[None]:
    """Keep an existing file under a name ending in `.old` while it is replaced; undo on error."""
    if not os.path.lexists(file):
        yield
        return
    numbers = (f".old-{number}" if number else ".old" for number in count())
    aside = next(
        name for end in numbers if not os.path.lexists(name := file.with_name(file.name + end))
    )
    try:
        aside.hardlink_to(file)
    except OSError:  # the file system has no hard links
        copy2(file, aside, follow_symlinks=False)
    try:
        yield
    except BaseException:
        aside.unlink()
        raise


def _read_path(
    path: Path,
    recipe: Recipe | None,
    progress: Progress | None,
    policy: CachePolicy,
    conversion: Conversion,
) -> tuple[Content, Preprocessing]:
    """Return the content of a folder or file, and the preprocessing."""
    is_folder = os.path.isdir(path)  # noqa: PTH112  # unlike pathlib, it never raises
    if is_folder and not any(find_file(path, file) for file in FILES):
        return _read_pictures(path, recipe, progress, policy)
    if is_folder:
        content = read_folder(path, policy=policy, conversion=conversion)
    else:
        content = _read_file(path, policy, conversion)
    read = content.test if tuple(policy.splits) == ("test",) else content.train
    return content, _guess_preprocessing(read)


def _read_pictures(
    folder: Path, recipe: Recipe | None, progress: Progress | None, policy: CachePolicy
) -> tuple[Content, Preprocessing]:
    """Read a folder that has a subfolder of pictures for each class."""
    from mlpcli.datasets.formats.folders import find_pictures, read_pictures  # noqa: PLC0415  # needs Pillow

    pictures = find_pictures(folder)
    if pictures is None:
        names = sorted(item.name for item in folder.iterdir())
        found = ", ".join([*names[:3], "…"] if len(names) > 3 else names)
        raise DataError(
            f"{folder}: must hold the IDX files {FILES[0]}.gz and so on, or a folder of pictures "
            f"for each class, got {found or 'an empty folder'}"
        )
    content = read_pictures(pictures, recipe, progress, policy)
    return content, pictures.preprocessing


def _read_file(path: Path, policy: CachePolicy, conversion: Conversion) -> Content:
    """Read a file in the format that its first bytes show."""
    try:
        with open_regular(path) as file:
            start = file.read(4)
            file.seek(0)
            one_of_four = is_idx(file)
    except (OSError, ValueError) as error:  # ValueError for an invalid path
        reason = reason_of(error)
        raise DataError(
            f"{path}: cannot be read, {reason}; data sets known by name: {', '.join(KNOWN)}"
        ) from error
    if start.startswith(b"PK"):
        origin = Origin("npz", [path], recipe=conversion.describe())
        return read_through(origin, lambda: read_npz(path, conversion), policy)
    if one_of_four:
        raise DataError(
            f"{path}: must be the folder that holds the four IDX files, got one of them; "
            f"give {quote(str(path.parent))}"
        )
    if start.startswith((GZIP, b"\x80")) or ".pkl" in path.suffixes:
        origin = Origin("pickle", [path], recipe=conversion.describe())
        return read_through(origin, lambda: read_pickle(path, conversion), policy)
    raise DataError(
        f"{path}: must be a folder of IDX files, a folder with a folder of pictures for each "
        f"class, an .npz or a .pkl.gz file, got a file that begins with {start!r}"
    )


def _guess_preprocessing(split: Split) -> Preprocessing:
    """Tell from the images whether they are boxed and centred like MNIST's.

    All of them must be, because they are trained on unchanged, while `digit` preprocessing boxes
    and centres pictures. The sample is spread over the split, because data may be sorted by class.
    """
    sample = split.images[:: -(-len(split) // SAMPLE)]
    return "digit" if are_normalized(sample).all() else "scale"
