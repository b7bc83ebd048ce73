"""Reads data sets of one's own: files and folders whose content shows what they are."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from mlpcli.datasets.catalogue import FILES, SOURCES, find_file, read_folder
from mlpcli.datasets.dataset import Content, Progress, Split, SplitName
from mlpcli.datasets.disk_cache import CachePolicy, Origin, read_through
from mlpcli.datasets.divisions import lone_split
from mlpcli.datasets.formats.array_files import find_arrays, read_arrays
from mlpcli.datasets.formats.idx import idx_content
from mlpcli.datasets.formats.npz import read_npz
from mlpcli.datasets.formats.parquet import MAGIC, Shards, find_shards, read_parquet
from mlpcli.datasets.formats.pickled import read_pickle
from mlpcli.datasets.formats.tables import find_tables, read_tables
from mlpcli.datasets.interpretation.arrays import Conversion
from mlpcli.datasets.named import KNOWN
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing, are_normalized
from mlpcli.utils.archives import GZIP
from mlpcli.utils.files import is_csv, open_regular, reason_of
from mlpcli.utils.foreign import NPZ, PICKLE, TEXT, kind_of_start, unpacked_start
from mlpcli.utils.names import guess

if TYPE_CHECKING:  # only needed for pictures
    from mlpcli.images import Recipe

SAMPLE = 1000  # images that show which preprocessing pictures need


def read_own(
    path: Path,
    recipe: Recipe | None,
    progress: Progress | None,
    policy: CachePolicy,
    conversion: Conversion,
) -> tuple[Content, Preprocessing]:
    """Return the content of a folder or file, and the preprocessing.

    Args:
        path: of the folder or file.
        recipe: the preprocessing of a folder's pictures; None for the usual one.
        progress: told how many pictures are read.
        policy: how the copy in the cache is used.
        conversion: what is known of arrays that they do not say themselves.

    Raises:
        DataError: there is no such data set, or it is broken.
        ImageError: a picture in a folder cannot be read.
    """
    is_folder = os.path.isdir(path)  # noqa: PTH112  # unlike pathlib, it never raises
    read_content = _read_folder if is_folder else _read_file
    content = read_content(path, progress, policy, conversion)
    if content is None:
        return _read_pictures(path, recipe, progress, policy)
    only_test = tuple(policy.splits) == ("test",) or not len(content.train)
    read = content.test if only_test else content.train
    return content, _guess_preprocessing(read)


def _read_folder(
    path: Path, progress: Progress | None, policy: CachePolicy, conversion: Conversion
) -> Content | None:
    """Read a folder of IDX files, arrays, Parquet or CSV files; None if it holds none of them."""
    if any(find_file(path, file) for file in FILES):
        return read_folder(path, policy=policy, conversion=conversion)
    if arrays := find_arrays(path):
        origin = Origin("arrays", [*arrays.values()], recipe=conversion.describe())
        return read_through(origin, lambda: read_arrays(path, arrays, conversion), policy)
    if shards := find_shards(path):
        return _read_shards(shards, path, progress, policy, conversion)
    if tables := find_tables(path):
        return _read_tables(tables, policy, conversion)
    return None


def _read_shards(
    shards: Shards,
    place: Path,
    progress: Progress | None,
    policy: CachePolicy,
    conversion: Conversion,
) -> Content:
    """Read the Parquet files of the splits."""
    files = [file for files in shards.values() for file in files]
    origin = Origin("parquet", files, recipe=conversion.describe())
    return read_through(origin, lambda: read_parquet(shards, place, conversion, progress), policy)


def _read_tables(
    files: dict[SplitName, Path], policy: CachePolicy, conversion: Conversion
) -> Content:
    """Read the CSV files of the splits."""
    origin = Origin("csv", [*files.values()], recipe=conversion.describe())
    return read_through(origin, lambda: read_tables(files, conversion), policy)


def _read_pictures(
    folder: Path, recipe: Recipe | None, progress: Progress | None, policy: CachePolicy
) -> tuple[Content, Preprocessing]:
    """Read a folder that has a subfolder of pictures for each class."""
    from mlpcli.datasets.formats.folders import read_pictures  # noqa: PLC0415  # needs Pillow
    from mlpcli.datasets.formats.picture_search import find_pictures  # noqa: PLC0415  # likewise

    pictures = find_pictures(folder)
    if pictures is None:
        names = sorted(item.name for item in folder.iterdir())
        found = ", ".join([*names[:3], "…"] if len(names) > 3 else names)
        raise DataError(
            f"{folder}: must hold the IDX files {FILES[0]}.gz and so on, or a folder of pictures "
            f"for each class, got {found or 'an empty folder'}{_emnist_hint(folder, names)}"
        )
    content = read_pictures(pictures, recipe, progress, policy)
    return content, pictures.preprocessing


def _emnist_hint(folder: Path, names: list[str]) -> str:
    """Return how to read EMNIST's files, if they are there."""
    for known, source in SOURCES.items():
        if source.emnist and any(name.startswith(f"{known}-") for name in names):
            way = f"MLP_DATA={quote(str(folder))} mlp train mnist --data {known}"
            return f"; EMNIST is read by name: {way}"
    return ""


def _read_file(
    path: Path, progress: Progress | None, policy: CachePolicy, conversion: Conversion
) -> Content:
    """Read a file in the format that its first bytes show."""
    try:
        with open_regular(path) as file:
            packed = file.read(2) == GZIP
            start = unpacked_start(file)
    except (OSError, ValueError) as error:  # ValueError for an invalid path
        meant = guess(str(path), KNOWN) or f"; data sets known by name: {', '.join(KNOWN)}"
        raise DataError(f"{path}: cannot be read, {reason_of(error)}{meant}") from error
    kind, pickled = kind_of_start(start), ".pkl" in path.suffixes
    if start.startswith(b"PK") and not packed and kind in (NPZ, None):
        origin = Origin("npz", [path], recipe=conversion.describe())
        return read_through(origin, lambda: read_npz(path, conversion), policy)
    if content := idx_content(start):
        raise _one_of_four(path, content)
    if start.startswith(MAGIC) and not packed:
        return _read_shards({lone_split(path.name): [path]}, path, progress, policy, conversion)
    if is_csv(path) and (kind in (TEXT, None) or packed):
        return _read_tables({lone_split(path.name): path}, policy, conversion)
    if kind is PICKLE or (kind is None and packed) or (kind in (TEXT, None) and pickled):
        origin = Origin("pickle", [path], recipe=conversion.describe())
        return read_through(origin, lambda: read_pickle(path, conversion), policy)
    if kind:
        raise DataError(f"{path}: must be a data set, got {kind.name}; {kind.as_data}")
    raise DataError(
        f"{path}: must be a folder of IDX files, a folder with a folder of pictures for each "
        f"class, an .npz, .csv, .parquet or .pkl.gz file, got a file that begins with {start[:4]!r}"
    )


def _one_of_four(path: Path, content: str) -> DataError:
    """Return the error for an IDX file that is given instead of its folder."""
    folder = path.parent
    missing = [file for file in FILES if not find_file(folder, file)]
    add = f"put {', '.join(missing)} beside it, and " if missing else ""
    return DataError(
        f"{path}: must be the folder that holds the four IDX files, got one of them, with "
        f"{content}; {add}give {quote(str(folder))}"
    )


def _guess_preprocessing(split: Split) -> Preprocessing:
    """Tell from the images whether they are boxed and centred like MNIST's.

    All of them must be, because they are trained on unchanged, while `digit` preprocessing boxes
    and centres pictures. The sample is spread over the split, because data may be sorted by class.
    """
    sample = split.images[:: -(-len(split) // SAMPLE)]
    return "digit" if are_normalized(sample).all() else "scale"
