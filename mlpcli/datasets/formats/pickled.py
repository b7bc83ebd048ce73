"""Reads `mnist.pkl.gz`, the notebook's file: (train, validation, test) pairs in one pickle.

A pickle is a program: loading one runs whatever its author chose. The unpickler here accepts only
the opcodes and the globals that NumPy arrays are pickled with. It replaces each global with a
stand-in that checks that type, shape and bytes agree. NumPy's own functions are not called, because
they would treat bytes as pointers if a pickle said so.
"""

import gzip
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import ALL, Content
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion, Pair, interpret
from mlpcli.errors import DataError
from mlpcli.utils.archives import GZIP, IN_MEMORY, most_unpacked, temporary_folder
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import open_regular, reason_of

MAX_BYTES = 1 << 30  # after decompression
MAX_STEPS = 10_000  # opcodes; the notebook's file has about a hundred
MAX_SIDE = 1 << 31  # of an array
_TORCH = 0x1950A86A20F9469CFC6C  # files of torch.save before 2020 begin with it
_WANTED = "must hold the pairs (train, validation, test) of images and labels as NumPy arrays"
_HINT = "save the arrays with numpy.savez, as x_train, y_train, x_test and y_test"
_NUMBERS = re.compile(r"[biuf][1248]")


class _Type:
    """Stands in for `numpy.dtype`: a plain number type and its byte order."""

    def __init__(self, code: Any, *_flags: Any) -> None:
        if not isinstance(code, str) or not _NUMBERS.fullmatch(code.lstrip("<>=|")):
            raise ValueError("arrays must hold numbers, got another type")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        _version, order, *_rest = state
        self.dtype = self.dtype.newbyteorder(order)


class _Array:
    """Stands in for `numpy.ndarray`, filled by its pickled state."""

    array: NDArray[Any]

    def __setstate__(self, state: Any) -> None:
        _version, shape, kind, fortran_order, data = state
        self.array = _array(data, kind, shape, "F" if fortran_order else "C")


def _array(data: Any, kind: Any, shape: Any, order: Any = "C") -> NDArray[Any]:
    """Build an array from exactly as many bytes as its shape needs."""
    if isinstance(data, str):  # Python 2 had no bytes
        data = data.encode("latin1")
    if not isinstance(kind, _Type) or not isinstance(shape, tuple):
        raise ValueError("an array needs a type and a shape")
    if any(type(side) is not int or not 0 <= side <= MAX_SIDE for side in shape):
        raise ValueError("an array has an invalid shape")
    if not isinstance(data, bytes) or order not in ("C", "F"):
        raise ValueError("an array needs bytes in a known order")
    expected = prod(shape) * kind.dtype.itemsize
    if len(data) != expected:
        raise ValueError(f"an array needs {expected} bytes, got {len(data)}")
    return np.frombuffer(data, dtype=kind.dtype).reshape(shape, order=order)


def _reconstruct(*_arguments: Any) -> _Array:
    """Stand in for NumPy's function that makes an empty array."""
    return _Array()


def _frombuffer(data: Any, kind: Any, shape: Any, order: Any) -> _Array:
    """Stand in for NumPy's function that makes an array from a buffer (pickle protocol 5)."""
    result = _Array()
    result.array = _array(data, kind, shape, order)
    return result


def _encode(text: Any, _encoding: Any = "latin1") -> bytes:
    """Stand in for the function through which Python 3 pickles bytes in old protocols."""
    if not isinstance(text, str):
        raise ValueError("only text can be encoded")
    return text.encode("latin1")


_STAND_INS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _Type,
    ("numpy", "ndarray"): _Array,
    ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
    ("numpy.core.numeric", "_frombuffer"): _frombuffer,
    ("numpy._core.numeric", "_frombuffer"): _frombuffer,
    ("_codecs", "encode"): _encode,
}


class _OtherThingError(Exception):
    """A valid pickle that holds something else; the message says what."""


_OTHER_THINGS = {  # often found in pickles, by the opcodes that make them
    code[0]: name
    for name, codes in {
        "a dictionary": (pickle.EMPTY_DICT, pickle.DICT, pickle.SETITEM, pickle.SETITEMS),
        "a set": (pickle.EMPTY_SET, pickle.ADDITEMS, pickle.FROZENSET),
        "a single number": (pickle.FLOAT, pickle.BINFLOAT),
        "an object of some class": (pickle.INST, pickle.OBJ, pickle.NEWOBJ, pickle.NEWOBJ_EX),
    }.items()
    for code in codes
}
_KINDS = {_Array: "an array", str: "text", bytes: "bytes", int: "a single number", bool: "a bool"}


class _Steps(dict[int, Callable[[Any], None]]):
    """The function of each accepted opcode; refuses others, and more than `MAX_STEPS` in all."""

    left = MAX_STEPS

    def __getitem__(self, code: int) -> Callable[[Any], None]:
        self.left -= 1
        if self.left < 0:
            raise ValueError(f"it takes more than {MAX_STEPS} steps")
        if code in _OTHER_THINGS:
            raise _OtherThingError(_OTHER_THINGS[code])
        if code not in self:
            raise ValueError(f"arrays do not need its opcode {bytes([code])!r}")
        return super().__getitem__(code)


def _bytes_of_an_array(unpickler: Any) -> None:
    """Read BYTEARRAY8 without allocating as many bytes as it claims."""
    unpickler.append(unpickler.read(int.from_bytes(unpickler.read(8), "little")))


# The unpickler written in Python, because the one in C allocates whatever a pickle claims to need.
# Checking the opcodes beforehand with pickletools would not show which class a pickle asks for.
_Unpickler: Any = pickle._Unpickler
_FOLLOWED = {
    code[0]: _Unpickler.dispatch[code[0]]
    for code in (
        *(pickle.PROTO, pickle.FRAME, pickle.MARK, pickle.STOP),
        *(pickle.GLOBAL, pickle.STACK_GLOBAL, pickle.REDUCE, pickle.BUILD),
        *(pickle.EMPTY_TUPLE, pickle.TUPLE, pickle.TUPLE1, pickle.TUPLE2, pickle.TUPLE3),
        *(pickle.EMPTY_LIST, pickle.LIST, pickle.APPEND, pickle.APPENDS),
        *(pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE),
        *(pickle.INT, pickle.BININT, pickle.BININT1, pickle.BININT2),
        *(pickle.LONG, pickle.LONG1, pickle.LONG4),
        *(pickle.STRING, pickle.BINSTRING, pickle.SHORT_BINSTRING),
        *(pickle.UNICODE, pickle.SHORT_BINUNICODE, pickle.BINUNICODE, pickle.BINUNICODE8),
        *(pickle.SHORT_BINBYTES, pickle.BINBYTES, pickle.BINBYTES8),
        *(pickle.PUT, pickle.BINPUT, pickle.LONG_BINPUT, pickle.MEMOIZE),
        *(pickle.GET, pickle.BINGET, pickle.LONG_BINGET),
    )
} | {pickle.BYTEARRAY8[0]: _bytes_of_an_array}


class _ArrayUnpickler(_Unpickler):  # type: ignore[misc]  # it has no stubs
    """Reads pickles of NumPy arrays in tuples and lists, including those of Python 2."""

    def __init__(self, file: IO[bytes], path: Path) -> None:
        super().__init__(file, encoding="latin1")
        self.path, self.dispatch = path, _Steps(_FOLLOWED)

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        try:
            return _STAND_INS[module, name]
        except KeyError:
            wanted = f"{module:.60}.{name:.60}"
            raise DataError(
                f"{self.path}: a pickle may hold only NumPy arrays, because any other can "
                f"run programs, got {wanted if wanted.isprintable() else ascii(wanted)}; {_HINT}"
            ) from None


def read_pickle(path: Path, conversion: Conversion = AS_THEY_ARE) -> Content:
    """Read the train, validation and test images.

    Raises:
        DataError: the file is not such a pickle, or asks for anything but NumPy arrays.
    """
    content = _load(path)
    if not isinstance(content, tuple | list) or len(content) not in (2, 3):
        raise DataError(f"{path}: {_WANTED}, got {_kind(content)}; {_HINT}")
    names = ALL if len(content) == 3 else ("train", "test")
    pairs = {name: _read_pair(pair, path) for name, pair in zip(names, content, strict=True)}
    return interpret(pairs, path, conversion)


def _load(path: Path) -> Any:
    """Return the object in a pickle."""
    try:
        with _opened(path) as file:
            return _ArrayUnpickler(file, path).load()
    except DataError:
        raise
    except _OtherThingError as error:
        raise DataError(f"{path}: {_WANTED}, got {error}; {_HINT}") from error
    except Exception as error:  # a crafted pickle calls the stand-ins with anything
        reason = first_line(reason_of(error)) or type(error).__name__
        raise DataError(f"{path}: not a readable pickle, {reason}") from error


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open a file; if it is compressed, decompress it into memory or a temporary file."""
    with open_regular(path) as file, SpooledTemporaryFile(IN_MEMORY) as unpacked:
        most = min(MAX_BYTES, most_unpacked(path.stat().st_size))
        start = file.read(2)
        if start == b"PK":
            zipped = "a zip file, as torch.save writes, or an .npz under another name"
            raise DataError(f"{path}: {_WANTED}, got {zipped}; {_HINT}")
        if start != GZIP:
            file.seek(0)
            yield file
            return
        file.seek(0)
        with gzip.GzipFile(fileobj=file) as stream:
            while chunk := stream.read(1 << 20):
                with temporary_folder():
                    unpacked.write(chunk)
                if unpacked.tell() > most:
                    raise DataError(f"{path}: must not unpack to more than {most} bytes")
        unpacked.seek(0)
        yield cast("IO[bytes]", unpacked)


def _read_pair(pair: Any, path: Path) -> Pair:
    if isinstance(pair, tuple | list) and len(pair) == 2:
        images, labels = (getattr(part, "array", None) for part in pair)
        if images is not None and labels is not None:
            return Pair(images, labels)
    raise DataError(f"{path}: {_WANTED}, got {_kind(pair)} as one of the pairs; {_HINT}")


def _kind(value: Any) -> str:
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    if value == _TORCH:
        return "what torch.save writes"
    return _KINDS.get(type(value), "nothing" if value is None else type(value).__name__)
