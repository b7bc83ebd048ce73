"""`mnist.pkl.gz`, the file the notebook reads: (train, validation, test) pairs in one pickle.

A pickle is a program: reading one runs whatever its author chose. The unpickler here knows only
the names by which NumPy puts an array together, and answers each with a stand-in of its own, which
takes type, shape and bytes and checks that they agree. NumPy's own functions trust a pickle's
word on where objects lie in memory, so that they are not offered either.
"""

import gzip
import io
import pickle
import re
import zlib
from collections.abc import Callable
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import Split, make_split
from mlpcli.errors import DataError

MAX_BYTES = 1 << 30  # after decompression
_NUMBERS = re.compile(r"[biuf][1248]")


class _Type:
    """Stands in for `numpy.dtype`: a plain number type and its byte order."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        if not isinstance(code, str) or not _NUMBERS.fullmatch(code.lstrip("<>=|")):
            raise ValueError(f"arrays must hold numbers, got the type {code!r:.40}")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        _version, order, *_rest = state
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands in for `numpy.ndarray`: filled in by its state."""

    array: NDArray[Any]

    def __setstate__(self, state: Any) -> None:
        _version, shape, kind, fortran_order, data = state
        self.array = _array(data, kind, shape, "F" if fortran_order else "C")


def _array(data: Any, kind: Any, shape: Any, order: Any = "C") -> NDArray[Any]:
    """Build an array from its bytes, which must be exactly as many as its shape needs."""
    if isinstance(data, str):  # Python 2 had no bytes
        data = data.encode("latin1")
    if not isinstance(kind, _Type) or not isinstance(shape, tuple):
        raise ValueError("an array needs a type and a shape")
    if any(not isinstance(side, int) or side < 0 for side in shape) or order not in ("C", "F"):
        raise ValueError(f"an array cannot have the shape {shape!r:.40}")
    view = memoryview(data)
    expected = prod(shape) * kind.dtype.itemsize
    if view.nbytes != expected:
        raise ValueError(f"an array needs {expected} bytes, got {view.nbytes}")
    return np.frombuffer(view, dtype=kind.dtype).reshape(shape, order=order)


def _reconstruct(*_arguments: Any) -> _Array:
    """Stand in for NumPy's maker of an empty array."""
    return _Array()


def _frombuffer(data: Any, kind: Any, shape: Any, order: Any) -> _Array:
    """Stand in for NumPy's maker of an array from a buffer (pickle protocol 5)."""
    result = _Array()
    result.array = _array(data, kind, shape, order)
    return result


def _encode(text: Any, _encoding: Any = "latin1") -> bytes:
    """Stand in for the detour by which Python 3 writes bytes in old pickle protocols."""
    return str(text).encode("latin1")


_STAND_INS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _Type,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
}


class _ArrayUnpickler(pickle.Unpickler):
    """Reads pickles of NumPy arrays in tuples and lists, from Python 2 as well."""

    def __init__(self, data: bytes, path: Path) -> None:
        super().__init__(io.BytesIO(data), encoding="latin1")
        self.path = path

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        try:
            return _STAND_INS[module, name]
        except KeyError:
            raise DataError(
                f"{self.path}: a pickle may hold NumPy arrays only, as any other can run "
                f"programs, got {module}.{name}"
            ) from None


def read_pickle(path: Path) -> tuple[Split, Split]:
    """Read the train and test images; validation images are joined to the end of train.

    Raises:
        DataError: the file is no such pickle, or asks for anything but NumPy arrays.
    """
    data = _decompress(path)
    try:
        content = _ArrayUnpickler(data, path).load()
    except DataError:
        raise
    except Exception as error:  # a crafted pickle calls the stand-ins with whatever it likes
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise DataError(f"{path}: not a readable pickle, {reason}") from error
    if not isinstance(content, tuple | list) or len(content) not in (2, 3):
        raise DataError(
            f"{path}: must hold the pairs (train, validation, test), got {_kind(content)}"
        )
    *train, test = (_read_pair(pair, path) for pair in content)
    if len({split.images.shape[1:] for split in (*train, test)}) > 1:
        raise DataError(f"{path}: all images must have the same size, got several")
    images = np.concatenate([split.images for split in train])
    return Split(images, np.concatenate([split.labels for split in train])), test


def _decompress(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == b"\x1f\x8b"
            file.seek(0)
            source = gzip.GzipFile(fileobj=file) if compressed else file
            data = source.read(MAX_BYTES + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{path}: not a readable pickle, {reason}") from error
    if len(data) > MAX_BYTES:
        raise DataError(f"{path}: a pickle of images is at most {MAX_BYTES} bytes, got more")
    return data


def _read_pair(pair: Any, path: Path) -> Split:
    if isinstance(pair, tuple | list) and len(pair) == 2:
        images, labels = (getattr(part, "array", None) for part in pair)
        if images is not None and labels is not None:
            return make_split(images, labels, path)
    raise DataError(f"{path}: must hold pairs of images and labels, got {_kind(pair)}")


def _kind(value: Any) -> str:
    size = f" of {len(value)}" if isinstance(value, tuple | list) else ""
    return f"{type(value).__name__}{size}"
