"""Reading NumPy archives that may come from strangers.

Headers are checked before anything is allocated: arrays hold plain numbers or text, never objects,
and are exactly as large as the archive says.
"""

import errno
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import TemporaryFile, gettempdir
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

MAX_BYTES = 1 << 31  # of one array
IN_MEMORY = 1 << 26  # bytes of an array that is not too large to be held in memory
_CHUNK = 1 << 20
_SUFFIX = ".npy"


class UnreadableError(Exception):
    """A file has not the format it should have; says why in one line."""


def open_regular(path: Path) -> BinaryIO:
    """Open a file to be read, but neither a pipe, which may never answer, nor a device.

    Raises:
        OSError: it cannot be opened, or is something else than a file.
    """
    if not stat.S_ISREG(path.stat().st_mode) and not path.is_dir():
        raise OSError(errno.EINVAL, "must be a file, got a pipe or a device", str(path))
    return path.open("rb")


def read_archive(path: Path) -> dict[str, NDArray[Any]]:
    """Read the arrays of an `.npz` by name.

    Raises:
        UnreadableError: it cannot be read, is no such archive, or holds something else.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return {
                info.filename.removesuffix(_SUFFIX): _read_member(archive, info)
                for info in archive.infolist()
            }
    except OSError as error:
        raise UnreadableError(error.strerror or str(error)) from error
    except UnreadableError:
        raise
    except (
        EOFError,
        NotImplementedError,  # an unknown compression
        RuntimeError,  # an encrypted member
        ValueError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise UnreadableError(str(error).partition("\n")[0] or "cut short") from error


def read_values(stream: IO[bytes], size: int) -> NDArray[np.uint8]:
    """Read bytes as an array, a large one into an unnamed temporary file instead of memory.

    Args:
        stream: where they come from.
        size: how many; fewer are returned where the stream ends before.

    Raises:
        OSError: they cannot be read, or the folder for temporary files has no room for them.
    """
    if size <= IN_MEMORY:
        return np.frombuffer(stream.read(size), dtype=np.uint8)
    with _temporary_folder():
        temporary = TemporaryFile()  # noqa: SIM115  # it is closed below
    with temporary as file:
        missing = size
        while missing and (chunk := stream.read(min(missing, _CHUNK))):
            with _temporary_folder():
                file.write(chunk)
                file.flush()
            missing -= len(chunk)
        if missing == size:
            return np.empty(0, dtype=np.uint8)
        return np.asarray(np.memmap(file, dtype=np.uint8, mode="r", shape=size - missing))


@contextmanager
def _temporary_folder() -> Iterator[None]:
    """Name the folder for temporary files in errors that it is the cause of."""
    try:
        yield
    except OSError as error:
        reason = f"no room to unpack it in {gettempdir()}, {error.strerror}"
        raise OSError(error.errno, f"{reason}; let TMPDIR name another folder") from error


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    if not info.filename.endswith(_SUFFIX):
        raise UnreadableError(f"it holds {info.filename!r:.60}, which is no array")
    with archive.open(info) as file:
        shape, fortran_order, dtype = _read_header(file, info.filename)
        if dtype.kind not in "biufU":
            raise UnreadableError(f"the array {info.filename!r:.60} does not hold numbers or text")
        size = prod(shape) * dtype.itemsize
        if size > MAX_BYTES or size != info.file_size - file.tell():
            raise UnreadableError(f"the array {info.filename!r:.60} has another size than it says")
        values = read_values(file, size).view(dtype)
        return values.reshape(shape, order="F" if fortran_order else "C")


def _read_header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = npy.read_magic(file)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        return read(file)
    except Exception as error:  # NumPy evaluates the header, which raises all sorts of errors
        raise UnreadableError(f"the array {name!r:.60} has a broken header") from error
