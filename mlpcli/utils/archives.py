"""Reads NumPy archives that may come from strangers.

Headers are checked before memory is allocated: arrays must hold plain numbers or text, never
objects, and must be exactly as large as the archive says.
"""

import struct
import sys
import warnings
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import open_regular, reason_of

MAX_BYTES = 1 << 31  # of one array
MAX_TEXT = 1 << 24  # bytes of a text array
MAX_MEMBERS = 1000
SMALL, GROWTH = 1 << 27, 100  # a file unpacks to at most SMALL bytes or GROWTH times its size
GZIP = b"\x1f\x8b"  # a compressed file begins with these bytes
IN_MEMORY = 1 << 26  # bytes of the largest array that is held in memory
_CHUNK = 1 << 20
_SUFFIX = ".npy"


class UnreadableError(Exception):
    """A file does not have the expected format; the message says why in one line."""


def most_unpacked(size: int) -> int:
    """Return how many bytes a compressed file of a size may unpack to.

    Compression reduces images and weights to about a tenth. A file that is reduced to a thousandth
    holds only zeros, and was made to fill the memory or the disk.
    """
    return max(SMALL, GROWTH * size)


def array_names(path: Path) -> list[str]:
    """Return the names of the arrays of an `.npz`.

    Raises:
        UnreadableError: it cannot be read, or is not an `.npz`.
    """
    with _opened(path) as (_, members):
        return list(members)


def read_archive(path: Path, wanted: Collection[str] | None = None) -> dict[str, NDArray[Any]]:
    """Read the arrays of an `.npz` by name.

    Args:
        path: the file.
        wanted: the names to read, all of which must exist; None reads all arrays.

    Raises:
        UnreadableError: it cannot be read, is not an `.npz`, or holds something else.
    """
    with _opened(path) as (archive, members):
        for name in wanted or ():
            if name not in members:
                found = ", ".join(members) or "none"
                raise UnreadableError(f"it needs the array {name}, got {found:.100}")
        names = members if wanted is None else wanted
        return {name: _read_member(archive, members[name]) for name in names}


def read_npy(path: Path) -> NDArray[Any]:
    """Read the array of an `.npy` file.

    Raises:
        UnreadableError: it cannot be read, is not an `.npy`, or holds something else.
    """
    with _errors_explained(), open_regular(path) as file:
        return _read_array(file, path.name, path.stat().st_size)


@contextmanager
def _opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]]:
    """Open an archive and check its members."""
    with _errors_explained(), open_regular(path) as file, zipfile.ZipFile(file) as archive:
        yield archive, _members(archive, path.stat().st_size)


@contextmanager
def _errors_explained() -> Iterator[None]:
    """Turn every error of reading a file into UnreadableError."""
    try:
        yield
    except OSError as error:
        raise UnreadableError(reason_of(error)) from error
    except UnreadableError:
        raise
    except (
        EOFError,
        NotImplementedError,  # an unknown version of the format
        RuntimeError,  # an encrypted member
        ValueError,
        struct.error,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise UnreadableError(first_line(error) or "cut short") from error


def _members(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """Return and check the members of an archive by name, before any of them is read."""
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise UnreadableError(f"it must hold at most {MAX_MEMBERS} arrays, got {len(infos)}")
    for info in infos:
        name = info.filename
        if not name.endswith(_SUFFIX) or not name.isprintable() or len(name) > 100:
            raise UnreadableError(f"it holds {name!a:.60}, which is not an array")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise UnreadableError(f"{name} must be stored or deflated, got another compression")
    members = {info.filename.removesuffix(_SUFFIX): info for info in infos}
    if len(members) < len(infos) or sum(info.compress_size for info in infos) > size:
        raise UnreadableError("its arrays overlap")
    unpacked = sum(info.file_size for info in infos)
    if unpacked > most_unpacked(size):
        raise UnreadableError(f"a file of {size} bytes must not unpack to {unpacked}")
    return members


def read_values(stream: IO[bytes], size: int) -> NDArray[np.uint8]:
    """Read bytes as an array; a large one goes to an unnamed temporary file, not to memory.

    Args:
        stream: source of the bytes.
        size: how many; fewer are returned if the stream ends early.

    Raises:
        OSError: they cannot be read, or the folder for temporary files has no room for them.
    """
    if size <= IN_MEMORY:
        return np.frombuffer(stream.read(size), dtype=np.uint8)
    with temporary_folder():
        temporary = TemporaryFile()  # noqa: SIM115  # it is closed below
    with temporary as file:
        missing = size
        while missing and (chunk := stream.read(min(missing, _CHUNK))):
            with temporary_folder():
                file.write(chunk)
                file.flush()
            missing -= len(chunk)
        if missing == size:
            return np.empty(0, dtype=np.uint8)
        return np.asarray(np.memmap(file, dtype=np.uint8, mode="r", shape=size - missing))


@contextmanager
def temporary_folder() -> Iterator[None]:
    """Add the folder for temporary files to the errors that it causes."""
    try:
        yield
    except OSError as error:
        reason = f"no room to unpack it in {gettempdir()}, {reason_of(error)}"
        raise OSError(error.errno, f"{reason}; set TMPDIR to another folder") from error


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as file:
        return _read_array(file, info.filename, info.file_size)


def _read_array(file: IO[bytes], name: str, file_size: int) -> NDArray[Any]:
    """Read the array of an `.npy` file of so many bytes."""
    shape, fortran_order, dtype = _read_header(file, name)
    if dtype.kind == "O":
        raise UnreadableError(
            f"the array {name} holds Python objects, which could run programs; save text as "
            "labels.astype(str)"
        )
    if dtype.kind not in "biufU":
        raise UnreadableError(f"the array {name} does not hold numbers or text")
    size = prod(shape) * dtype.itemsize
    most = MAX_TEXT if dtype.kind == "U" else MAX_BYTES
    # the type is compared, because True is an int too
    impossible = any(type(side) is not int or side < 0 for side in shape)
    if impossible or size > most or size != file_size - file.tell():
        raise UnreadableError(f"the array {name} has an invalid size")
    values = read_values(file, size)
    if dtype.kind == "U" and values.view(f"{dtype.byteorder}u4").max(initial=0) > sys.maxunicode:
        raise UnreadableError(f"the array {name} does not hold text")
    return values.view(dtype).reshape(shape, order="F" if fortran_order else "C")


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        if npy.read_magic(file) != (1, 0):  # later versions are not for plain numbers
            raise UnreadableError(f"the array {name} must be of version 1.0 of its format")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # NumPy warns about headers that Python 2 wrote
            return npy.read_array_header_1_0(file)
    except UnreadableError:
        raise
    except Exception as error:  # evaluating the header may raise anything
        raise UnreadableError(f"the array {name} has a broken header") from error
