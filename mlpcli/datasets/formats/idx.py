"""Reads IDX, the format MNIST is published in, plain or gzip-compressed.

A file is a big-endian header (two zero bytes, a type code, the number of dimensions, each dimension
in four bytes), followed by the values (LeCun, http://yann.lecun.com/exdb/mnist/). Images and labels
are unsigned bytes.
"""

import hashlib
import struct
from math import prod
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.formats.packed import open_packed
from mlpcli.errors import DataError
from mlpcli.utils.archives import most_unpacked, read_values

_UNSIGNED_BYTE = 0x08
_TYPES = (_UNSIGNED_BYTE, 0x09, 0x0B, 0x0C, 0x0D, 0x0E)  # the others are larger integers and floats
MAX_BYTES = 1 << 31  # of values in one file


def idx_header(shape: tuple[int, ...]) -> bytes:
    """Return the header of a uint8 array of a shape."""
    return struct.pack(f">HBB{len(shape)}I", 0, _UNSIGNED_BYTE, len(shape), *shape)


def content_sha256(array: NDArray[np.uint8]) -> str:
    """Return the SHA-256 of an array as an uncompressed IDX file.

    It is the same for the same images, whatever format they were stored in.
    """
    digest = hashlib.sha256(idx_header(array.shape))
    digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def idx_content(start: bytes) -> str | None:
    """Return what an IDX file holds, for its first bytes unpacked; None for another file."""
    if len(start) < 4 or start[:2] != b"\0\0" or start[2] not in _TYPES:
        return None
    return {1: "labels", 3: "images"}.get(start[3], f"arrays of {start[3]} dimensions")


def read_idx(path: Path, dimensions: int) -> NDArray[np.uint8]:
    """Read a uint8 array with a known number of dimensions: 3 for images, 1 for labels.

    Raises:
        DataError: the file cannot be read, or is not a valid IDX file of that kind.
    """
    with open_packed(path) as (file, _):
        return _read(file, path, dimensions)


def _read(file: IO[bytes], path: Path, dimensions: int) -> NDArray[np.uint8]:
    start = file.read(4)
    if not start:
        raise DataError(f"{path}: the file is empty; fetch it again")
    if len(start) < 4 or start[:2] != b"\0\0":
        raise DataError(f"{path}: an IDX file begins with two zero bytes, got {start[:4]!r}")
    if start[2] != _UNSIGNED_BYTE:
        raise DataError(f"{path}: values must be unsigned bytes (type 0x08), got 0x{start[2]:02x}")
    if start[3] != dimensions:
        raise DataError(f"{path}: must have {dimensions} dimensions, got {start[3]}")
    sizes = file.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise DataError(f"{path}: the file is cut short within its header; fetch it again")
    shape = struct.unpack(f">{dimensions}I", sizes)
    expected = prod(shape)
    if not 0 < expected <= MAX_BYTES:
        raise DataError(f"{path}: must hold 1 to {MAX_BYTES} values, got a header for {expected}")
    size = path.stat().st_size
    if expected > most_unpacked(size):
        raise DataError(f"{path}: a file of {size} bytes must not unpack to {expected} values")
    values = read_values(file, expected)
    if len(values) < expected:
        raise DataError(
            f"{path}: the file is cut short, got {len(values)} of {expected} values; fetch it again"
        )
    if file.read(1):
        raise DataError(f"{path}: the file must end after its {expected} values, got more")
    return values.reshape(shape)
