"""One function that opens any data set, by name or by path."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import count
from pathlib import Path
from shutil import copy2
from typing import TYPE_CHECKING

from mlpcli.config import data_root
from mlpcli.datasets.catalogue import FILES, SOURCES, Source, find_file, read_file, read_folder
from mlpcli.datasets.dataset import (
    Dataset,
    Progress,
    Split,
    check_validation,
)
from mlpcli.datasets.disk_cache import USUAL, Content, Origin, Trust, read_through
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.datasets.synthetic.drawing import CLASSES, SYNTHETIC, Drawing, open_synthetic
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing, are_normalized
from mlpcli.utils.files import open_regular

if TYPE_CHECKING:  # only pictures need Pillow
    from mlpcli.images import Recipe

DRAWING = Drawing()
LOOKED_AT = 1000  # images that show how pictures are to be prepared
KNOWN = {name: source.classes for name, source in SOURCES.items()} | {SYNTHETIC: CLASSES}
"""The data sets that have a name, with the names of their classes."""


def open_dataset(  # noqa: PLR0913  # what a caller may want to say of it
    source: str | Path,
    *,
    root: Path | None = None,
    validation: int = 0,
    drawing: Drawing = DRAWING,
    progress: Progress | None = None,
    trust: Trust = USUAL,
    recipe: Recipe | None = None,
) -> Dataset:
    """Open a data set by name, downloading or drawing it where needed, or by the path of its files.

    Args:
        source: a known name, or the path of a file or folder.
        root: where named data sets are looked for and downloaded to; by default the folder that
            MLP_DATA names, else `data`.
        validation: how many of the last training images to keep back; of synthetic digits, how
            many of those for training to draw apart.
        drawing: which synthetic digits to draw, and how many.
        progress: told of what a download has received, how many digits are drawn, or how many
            pictures read.
        trust: in the copy that the cache holds of files.
        recipe: the steps that make images of the pictures in a folder, as a network wants them; by
            default the usual ones.

    Raises:
        DataError: there is no such data set, it is broken, or it has too few images.
        ImageError: a picture in a folder cannot be read.
    """
    if source == SYNTHETIC:
        return open_synthetic(drawing, validation, progress, in_full=trust.in_full)
    name = str(source)
    if isinstance(source, Path) or source not in SOURCES:
        content, classes, preprocessing = _read_path(Path(source), recipe, progress, trust)
    else:
        _, content = find_or_fetch(source, root or Path(data_root()), progress, trust)
        classes, preprocessing = SOURCES[source].classes, SOURCES[source].preprocessing
    train, test = content.train, content.test
    if train.images.shape[1:] != test.images.shape[1:]:
        raise DataError(
            f"{name}: train and test images must have the same size, "
            f"got {train.images.shape[1:]} and {test.images.shape[1:]}"
        )
    check_validation(name, validation, len(train))
    border = len(train) - validation
    return Dataset(
        name=name,
        train=train[:border],
        validation=train[border:],
        test=test,
        classes=classes,
        preprocessing=preprocessing,
        fingerprint=content.fingerprint,
    )


def find_or_fetch(
    name: str, root: Path, progress: Progress | None = None, trust: Trust = USUAL
) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set, downloading it where needed.

    Raises:
        DataError: it is neither in the root nor on any mirror.
    """
    try:
        return find(name, root, trust)
    except DataError as error:
        not_here = error
    folder = root / name
    import_module(
        "mlpcli.datasets.download"
    )  # a signal ends an import, and then no folder is there
    try:
        with _made(folder):
            for file in FILES:
                _fetch(SOURCES[name], file, folder, progress)
    except (DataError, OSError) as error:
        reason = str(error)
        if isinstance(error, OSError):
            reason = f"{folder} cannot be written, {error.strerror or error}"
        raise DataError(
            f"{not_here}; downloading failed ({reason}); "
            f"put {', '.join(f'{file}.gz' for file in FILES)} into {folder}, or let MLP_DATA name "
            f"the folder that holds {name}/, or train on files of your own with data.path, or on "
            f"drawn digits with data.name={SYNTHETIC}"
        ) from error
    return folder, read_folder(folder, name, SOURCES[name])


@contextmanager
def _made(folder: Path) -> Iterator[None]:
    """Make a folder and those above it; those that nothing came into go again, whatever ends it."""
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except BaseException:  # Ctrl-C and SIGTERM are among it
        with suppress(OSError):  # the first that is not empty, for one above cannot be either
            for each in new:
                each.rmdir()
        raise


def find(name: str, root: Path, trust: Trust = USUAL) -> tuple[Path, Content]:
    """Return the folder and the content of a named data set in a data root.

    Fashion-MNIST and KMNIST use MNIST's file names, so that other content means "not here".

    Args:
        name: of a published data set.
        root: the data root.
        trust: in the copy that the cache holds of the files.

    Raises:
        DataError: no folder holds it; the message says for each what is wrong with it.
    """
    reasons = []
    for folder in (root / name, root):
        try:
            return folder, read_folder(folder, name, SOURCES[name], trust)
        except DataError as error:
            reasons.append(str(error))
    raise DataError(f"{name}: not in the data root {root} ({'; '.join(reasons)})")


def _fetch(source: Source, file: str, folder: Path, progress: Progress | None) -> None:
    """Download one of the four files, unless an earlier try already did."""
    from mlpcli.datasets.download import fetch_file  # noqa: PLC0415  # slow, and seldom needed

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
    """Keep what a file holds, which may be dear to its owner, beside the one that replaces it."""
    if not os.path.lexists(file):
        yield
        return
    numbers = (f".old-{number}" if number else ".old" for number in count())
    aside = next(
        name for end in numbers if not os.path.lexists(name := file.with_name(file.name + end))
    )
    try:
        aside.hardlink_to(file)
    except OSError:  # a file system without such links
        copy2(file, aside, follow_symlinks=False)
    try:
        yield
    except BaseException:
        aside.unlink()
        raise


def _read_path(
    path: Path, recipe: Recipe | None, progress: Progress | None, trust: Trust
) -> tuple[Content, tuple[str, ...], Preprocessing]:
    """Return what a folder or file holds, the names of the classes, and how inputs are prepared."""
    is_folder = os.path.isdir(path)  # noqa: PTH112  # unlike pathlib it never raises
    if is_folder and not any(find_file(path, file) for file in FILES):
        return _read_pictures(path, recipe, progress, trust)
    content = read_folder(path, trust=trust) if is_folder else _read_file(path, trust)
    read = content.test if tuple(trust.wanted) == ("test",) else content.train
    return content, _class_names(content.train, content.test), _guess_preprocessing(read)


def _read_pictures(
    folder: Path, recipe: Recipe | None, progress: Progress | None, trust: Trust
) -> tuple[Content, tuple[str, ...], Preprocessing]:
    """Read a folder that holds a folder of pictures for each class."""
    from mlpcli.datasets.formats.folders import find_pictures, read_pictures  # noqa: PLC0415  # needs Pillow

    pictures = find_pictures(folder)
    if pictures is None:
        names = sorted(item.name for item in folder.iterdir())
        found = ", ".join([*names[:3], "…"] if len(names) > 3 else names)
        raise DataError(
            f"{folder}: must hold the IDX files {FILES[0]}.gz and so on, or a folder of pictures "
            f"for each class, got {found or 'an empty folder'}"
        )
    content = read_pictures(pictures, recipe, progress, trust)
    return content, pictures.classes, pictures.preprocessing


def _read_file(path: Path, trust: Trust) -> Content:
    """Read a file in whichever format its first bytes show."""
    try:
        with open_regular(path) as file:
            start = file.read(4)
    except (OSError, ValueError) as error:  # the latter for what cannot be a path
        reason = getattr(error, "strerror", None) or error
        raise DataError(
            f"{path}: cannot be read, {reason}; data sets known by name: {', '.join(KNOWN)}"
        ) from error
    if start.startswith(b"PK"):
        return read_through(Origin("npz", [path]), lambda: read_npz(path), trust)
    if start.startswith(b"\0\0"):
        raise DataError(f"{path}: is one IDX file of four; give the folder that holds them")
    if start.startswith((b"\x1f\x8b", b"\x80")) or ".pkl" in path.suffixes:
        return read_through(Origin("pickle", [path]), lambda: read_pickle(path), trust)
    raise DataError(
        f"{path}: not a data set, which is a folder of IDX files, a folder with a folder of "
        f"pictures for each class, an .npz or a .pkl.gz file, got a file that begins with {start!r}"
    )


def _class_names(train: Split, test: Split) -> tuple[str, ...]:
    count = int(max(train.labels.max(), test.labels.max())) + 1
    return tuple(str(label) for label in range(count))


def _guess_preprocessing(split: Split) -> Preprocessing:
    """Tell by the images themselves whether they are boxed and centred as MNIST's are.

    All of them must be, for they are trained on as they are, while pictures of digits become so.
    Some are looked at from everywhere, for data may be sorted by class.
    """
    sample = split.images[:: -(-len(split) // LOOKED_AT)]
    return "digit" if are_normalized(sample).all() else "scale"
