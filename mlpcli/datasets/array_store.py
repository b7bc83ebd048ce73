"""Stores splits of images in the cache, each group in its own folder with a record.

    0f3c…/record.json         a description, shapes and checksums, and a checksum of these
    0f3c…/test-images.npy     as `numpy.load` reads it, and so on
    0f3c…/test-names.npy      the bytes of the pictures' names, if they have names

Arrays are checked against the record and held where no other process can change them: in memory
or, if large, in an unnamed temporary file. A file in the cache may be truncated at any time, which
would kill a process that has mapped it.
"""

import hashlib
import json
import os
import re
import zlib
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from io import BufferedReader, BytesIO
from math import prod
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from mlpcli.datasets.dataset import ALL, MAX_IMAGES, Split, SplitName
from mlpcli.datasets.formats.idx import content_sha256, idx_header
from mlpcli.datasets.names import Names
from mlpcli.images.normalization import SIDE
from mlpcli.utils.archives import IN_MEMORY, read_values
from mlpcli.utils.cache import check_real_folder
from mlpcli.utils.files import is_abandoned, open_regular, temporary_name

_RECORD = "record.json"
_IMAGES, _LABELS, _NAMES = "{}-images.npy", "{}-labels.npy", "{}-names.npy"
_FILES = {_RECORD, *(name.format(split) for name in (_IMAGES, _LABELS, _NAMES) for split in ALL)}
_NAME, _TEMPORARY = re.compile(r"[0-9a-f]{16}"), re.compile(r"\.[0-9a-f]{16}\.[0-9a-f]{8}\.tmp")
_MAX_RECORD = 1 << 20  # bytes
_MAX_NAMES = 1 << 30  # bytes of all names of a split
MAX_PIXELS = MAX_IMAGES * SIDE * SIDE


@dataclass(frozen=True)
class Stored:
    """The content of a folder in the cache.

    Attributes:
        metadata: the JSON values given to `store`.
        splits: images and labels by the name of the split.
    """

    metadata: dict[str, Any]
    splits: dict[str, Split]


def read_stored(  # noqa: PLR0913  # a caller may want to set each of them
    folder: Path,
    classes: int,
    wanted: Collection[str] = ALL,
    image_size: tuple[int, int] | None = None,
    *,
    first: int = 0,
    verify: bool = False,
) -> Stored:
    """Read and check the content of a folder.

    Args:
        folder: in the cache.
        classes: how many there are; labels must be in [first, classes).
        wanted: the splits whose images will be used; images of other splits are mapped from the
            file without being read.
        image_size: height and width; None for any up to `MAX_PIXELS` in a split.
        first: the smallest label, NO_CLASS for images that show nothing of any class.
        verify: check the SHA-256 of the images too, not only their checksums.

    Raises:
        OSError, ValueError: the folder does not exist, or its content is not what was stored.
    """
    check_real_folder(folder)
    record, allowed = _read_record(folder), range(first, classes)
    try:
        splits = {
            name: _read_split(folder, name, described, allowed, mapped=name not in wanted)
            for name, described in record["splits"].items()
            if image_size is None or described["shape"][1:] == [*image_size]
        }
    except (KeyError, TypeError) as error:
        raise ValueError("the record describes no splits") from error
    for split in splits.values() if verify else ():
        if content_sha256(split.images) != split.images_sha256:
            raise ValueError("the images are not the ones that were stored")
    return Stored(record["about"], splits)


def remove_stored(folder: Path) -> None:
    """Remove the program's files in a folder, then the folder if nothing else is in it."""
    with suppress(OSError):  # it does not exist, or another process was faster
        check_real_folder(folder)
        for path in folder.iterdir():
            if path.name in _FILES:
                path.unlink(missing_ok=True)
        folder.rmdir()


def make_room(folder: Path, is_outdated: Callable[[dict[str, Any]], bool]) -> None:
    """Remove other folders beside this one: outdated ones, and unfinished ones after a day.

    Args:
        folder: which is about to be stored.
        is_outdated: tells it from the description given to `store`, of which nothing is certain.
    """
    for other in folder.parent.iterdir():
        with suppress(OSError, LookupError, TypeError, ValueError):  # a broken record says nothing
            if _TEMPORARY.fullmatch(other.name):
                outdated = is_abandoned(other)
            elif _NAME.fullmatch(other.name) and other != folder and not other.is_symlink():
                outdated = is_outdated(_read_record(other)["about"])
            else:
                continue  # not the program's
            if outdated:
                remove_stored(other)


@contextmanager
def store(folder: Path, metadata: Mapping[str, Any]) -> Iterator["StoreWriter"]:
    """Yield a writer of splits to a temporary folder, which then replaces `folder`.

    Args:
        folder: in the cache.
        metadata: JSON values that describe the content.

    Raises:
        OSError: the folder cannot be written.
    """
    temporary = temporary_name(folder)
    temporary.mkdir()
    try:
        with ExitStack() as files:
            writer = StoreWriter(temporary, files)
            yield writer
        record = {"about": metadata, "splits": writer.described}
        with (temporary / _RECORD).open("xb") as file:
            file.write(json.dumps(record | {"sum": _checksum(record)}).encode())
        remove_stored(folder)
        temporary.rename(folder)
    except BaseException:
        remove_stored(temporary)
        raise


@dataclass(frozen=True)
class StoreWriter:
    """Writes splits, a part at a time.

    Attributes:
        folder: where to write them.
        files: closes the open files at the end.
        described: shape and checksums of each split.
    """

    folder: Path
    files: ExitStack
    described: dict[str, dict[str, Any]] = field(default_factory=dict)
    _open: dict[str, tuple[BinaryIO, BinaryIO]] = field(default_factory=dict)
    _digests: dict[str, Any] = field(default_factory=dict)

    def begin(self, name: SplitName, shape: tuple[int, ...]) -> None:
        """Begin a split of (count, height, width) images."""
        images, labels = (
            self.files.enter_context((self.folder / file.format(name)).open("xb"))
            for file in (_IMAGES, _LABELS)
        )
        images.write(_header(shape, np.uint8))
        labels.write(_header(shape[:1], np.int64))
        self._open[name] = images, labels
        self._digests[name] = hashlib.sha256(idx_header(shape))
        self.described[name] = {"shape": list(shape), "images": 0, "labels": 0}

    def write(self, name: SplitName, split: Split) -> None:
        """Write a whole split, with the names of its pictures if they have any."""
        self.begin(name, split.images.shape)
        self.add(name, split)
        if split.names is not None:
            names = split.names if isinstance(split.names, Names) else Names.of(split.names)
            content = np.ascontiguousarray(names.content)
            with (self.folder / _NAMES.format(name)).open("xb") as file:
                file.write(_header(content.shape, np.uint8))
                file.write(content.data)
            self.described[name] |= {"names": zlib.crc32(content.data), "bytes": len(content)}

    def add(self, name: SplitName, part: Split) -> None:
        """Write the next images of a split, and their labels."""
        images, labels = (np.ascontiguousarray(each).data for each in (part.images, part.labels))
        parts = {"images": images, "labels": labels}
        for (what, values), file in zip(parts.items(), self._open[name], strict=True):
            file.write(values)
            self.described[name][what] = zlib.crc32(values, self.described[name][what])
        self._digests[name].update(images)
        self.described[name]["sha256"] = self._digests[name].hexdigest()


def _read_record(folder: Path) -> dict[str, Any]:
    with open_regular(folder / _RECORD) as file:
        text = file.read(_MAX_RECORD)
    try:
        record = json.loads(text)
        fit = isinstance(record, dict) and record.pop("sum", None) == _checksum(record)
    except RecursionError as error:
        raise ValueError("the record is nested too deeply") from error
    if not fit or not all(isinstance(record.get(key), dict) for key in ("about", "splits")):
        raise ValueError("the record is not the one that was stored")
    return dict(record)


def _checksum(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _read_split(
    folder: Path, name: str, described: dict[str, Any], allowed: range, *, mapped: bool
) -> Split:
    shape, *checksums, digest = (described[key] for key in ("shape", "images", "labels", "sha256"))
    sound = len(shape) == 3 and all(type(side) is int for side in shape)
    sound = sound and shape[0] >= 0 and min(shape[1:]) > 0
    if name not in ALL or not sound or shape[0] > MAX_IMAGES or prod(shape) > MAX_PIXELS:
        raise ValueError("the record describes no splits")
    images = _read_array(
        folder / _IMAGES.format(name), shape, np.uint8, None if mapped else checksums[0]
    )
    labels = _read_array(folder / _LABELS.format(name), shape[:1], np.int64, checksums[1])
    if len(labels) and not allowed.start <= labels.min() <= labels.max() < allowed.stop:
        raise ValueError(f"{name} has labels outside [{allowed.start}, {allowed.stop})")
    return Split(images, labels, str(digest), _read_names(folder, name, described, len(labels)))


def _read_names(folder: Path, name: str, described: dict[str, Any], count: int) -> Names | None:
    """Return the names of the pictures of a split, if they have any."""
    if "names" not in described:
        return None
    size, checksum = described["bytes"], described["names"]
    if type(size) is not int or type(checksum) is not int or not 0 <= size <= _MAX_NAMES:
        raise ValueError("the record describes no names")
    return Names.read(_read_array(folder / _NAMES.format(name), [size], np.uint8, checksum), count)


def _read_array(
    path: Path, shape: list[int], dtype: DTypeLike, checksum: int | None
) -> NDArray[Any]:
    """Read a file and check it, or only map it if no checksum is given."""
    header, size = _header(tuple(shape), dtype), prod(shape) * np.dtype(dtype).itemsize
    with open_regular(path) as file:
        if (
            file.read(len(header)) != header
            or os.fstat(file.fileno()).st_size != file.tell() + size
        ):
            raise ValueError(f"{path} is not an array of shape {shape}")
        if not size:  # a file cannot be mapped from its end on
            return np.empty(shape, dtype)
        if checksum is None:
            mapped: np.memmap[Any, Any] = np.memmap(file, mode="r", offset=len(header))
            return np.asarray(mapped).view(dtype).reshape(shape)
        values = _read_values(file, size)
    if len(values) != size or zlib.crc32(values.data) != checksum:
        raise ValueError(f"{path} is damaged")
    return values.view(dtype).reshape(shape)


def _read_values(file: BufferedReader, size: int) -> NDArray[np.uint8]:
    """Read `size` bytes, or fewer at the end of the file; a large array into an unnamed file."""
    if size > IN_MEMORY:
        return read_values(file, size)
    # unlike `read`, NumPy asks for large memory pages: 6 instead of 27 ms for MNIST
    values = np.empty(size, dtype=np.uint8)
    values = values[: file.readinto(values.data)]
    values.flags.writeable = False
    return values


def _header(shape: tuple[int, ...], dtype: DTypeLike) -> bytes:
    """Return the header of a `.npy` file."""
    file, descr = BytesIO(), npy.dtype_to_descr(np.dtype(dtype))
    npy.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})
    return file.getvalue()
