"""An `.npz` → one with other members, arrays, headers or metadata, with the right checksums."""

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np
from numpy.lib import format as npy

from mlpcli.runs.checkpoint import weights_sha256
from tests.fuzz.reorder import reorder

Members = list[tuple[str, bytes]]
Blind = Callable[[bytes], bytes]

METADATA = "metadata.npy"
# JSON text, as some of it is more than a value can say
_WORDS = """null true NaN Infinity -1 0 0.5 1e308 -0.0 "" [] {} 4 65536 2147483648 [null] [[1]] [1,2]
["0","1",2] [4,2,3,-1] [4.0,2,3] [true,2,3] "scale" "digit" "relu" {"name":[]}"""
_LONG = ("9" * 25, "9" * 4000, "[" * 400 + "]" * 400, "[" * 3000 + "]" * 3000, f'"{"x" * 5000}"')
_DEEP = ('{"a": ' * 200 + "1" + "}" * 200, "[" + "1," * 3000 + "1]")
_SIGNS = (r'"\u001b[2J\n\r\u0000"', r'"\ud800"', r'"\u202e"')
_NASTY_JSON = (*_WORDS.split(), *_LONG, *_DEEP, *_SIGNS)
_DESCRIPTIONS = """'O' '|O' '<U4' '|S3' '<f2' '>f4' '<c8' '<M8[s]' '|V4' '<f16' None '<U0' '|S0'
'<U999999999' [('a','<i4')] ('<i4',(2,2)) () (0,) (-1,) (True,) (1.0,) (1099511627776,) (2**40,)
(65536,65536) (0,99999999999) 1 False"""
_BROKEN = ("(" * 90 + ")" * 90, "[" * 3000, "9" * 5000, f"'{'x' * 9000}'", "-" * 500 + "1", "\0")
_NASTY_HEADERS = (*_DESCRIPTIONS.split(), *_BROKEN)
_NUMBER_TYPES = ("u1", "i1", "<u2", ">i4", "<i8", "<u8", "<f2", "<f4", ">f8", "<f8", "<f16")
_TYPES = (*_NUMBER_TYPES, "?", "<c8", "<U3", "S2")
_VALUES = (np.nan, np.inf, -np.inf, 3.4e38, -3.4e38, 1e-45, -1.0, 0.0, 1e30)
_THREE = ((6, 2, 2), (6, 1, 4), (0, 2, 2), (6, 0, 2), (6, 2, 2, 1))
_SHAPES = ((), (0,), (1,), (6,), (7,), (1, 6), (6, 4), *_THREE)
_NAMES = (
    "a",
    "../x.npy",
    "/etc/x.npy",
    "\x1b[2J.npy",
    "é\u202e.npy",
    "x" * 900 + ".npy",
    ".npy",
    "a/",
)


def changed(data: bytes, random: Random, blind: Blind, *, weights: bool) -> bytes:
    """Change one or two members; of weights, half of the time mend the sum over them."""
    members = split_members(data)
    for _ in range(random.choice((1, 1, 2))):
        metadata = [n for n, (name, _) in enumerate(members) if name == METADATA]
        if weights and metadata and random.random() < 0.6:
            _change_json(members, random.choice(metadata), random)
        else:
            at = random.randrange(len(members))
            random.choice(_CHANGES)(members, at, random, blind)
    if weights and random.random() < 0.8:
        mend_sum(members)
    return join_members(members, pack=random.random() < 0.5)


def split_members(data: bytes) -> Members:
    """Return the members of an archive.

    Raises:
        ValueError: it is not one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [
                (info.filename, archive.read(info))
                for info in archive.infolist()
                if info.file_size <= 1 << 20
            ]
    except Exception as error:  # a broken archive raises all sorts of errors
        raise ValueError("not an archive") from error


def join_members(members: Members, *, pack: bool) -> bytes:
    """Return an archive of members."""
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if pack else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", method) as archive:
        warnings.simplefilter("ignore")  # names may come twice
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return stream.getvalue()


def mend_sum(members: Members) -> None:
    """Make the metadata's sum that of the arrays, where there are such."""
    try:
        arrays = {name.removesuffix(".npy"): loaded(content) for name, content in members}
        metadata = str(arrays.pop("metadata"))
    except (ValueError, KeyError):
        return
    found = weights_sha256(arrays)
    text = re.sub(r'("weights_sha256": ")[0-9a-f]*', rf"\g<1>{found}", metadata)
    at = [name for name, _ in members].index(METADATA)
    members[at] = METADATA, saved(np.array(text))


def saved(array: np.ndarray[Any, Any]) -> bytes:
    """Return an array as a `.npy` file."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def with_header(header: str, values: bytes, version: int = 1) -> bytes:
    """Return a `.npy` file of a header's text and the bytes after it."""
    text = header.encode("utf-8", "surrogatepass") + b"\n"
    length = len(text).to_bytes(2 if version == 1 else 4, "little")
    return npy.MAGIC_PREFIX + bytes([version, 0]) + length + text + values


def loaded(content: bytes) -> np.ndarray[Any, Any]:
    """Return the array of a `.npy` file, no larger than the file is.

    Raises:
        ValueError: it is not one.
    """
    stream = io.BytesIO(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            read = (
                npy.read_array_header_1_0
                if npy.read_magic(stream)[0] == 1
                else npy.read_array_header_2_0
            )
            shape, _, dtype = read(stream)
            return np.frombuffer(stream.read(), dtype).reshape(shape)
    except Exception as error:  # NumPy evaluates the header, which raises all sorts of errors
        raise ValueError("not an array") from error


def _change_json(members: Members, at: int, random: Random) -> None:
    """Replace one value of the metadata by a nasty one."""
    text = nasty(json.loads(str(loaded(members[at][1]))), random)
    members[at] = METADATA, saved(np.array(text))


def nasty(metadata: Any, random: Random) -> str:
    """Return metadata as text, with one value replaced by a nasty one, or left out."""
    marker = "@@nasty@@"
    inner, key = random.choice(list(places(metadata)))
    if random.random() < 0.1:
        del inner[key]
    else:
        inner[key] = marker
    return json.dumps(metadata).replace(f'"{marker}"', random.choice(_NASTY_JSON))


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return each container of a JSON value with each of its keys."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    inner = [value[key] for key in keys if isinstance(value[key], dict | list)]
    return [(value, key) for key in keys] + [place for part in inner for place in places(part)]


def _retype(members: Members, at: int, random: Random, _blind: Blind) -> None:
    """Put an array of another type, shape or order in the place of one."""
    dtype, shape = np.dtype(random.choice(_TYPES)), random.choice(_SHAPES)
    if random.random() < 0.5:
        shape = loaded(members[at][1]).shape
    size = int(np.prod(shape)) * dtype.itemsize
    values = bytes(size) if dtype.kind in "US?" else random.randbytes(size)
    order = random.choice(("False", "True"))
    header = f"{{'descr': {dtype.str!r}, 'fortran_order': {order}, 'shape': {shape!r}, }}"
    members[at] = members[at][0], with_header(header, values, random.choice((1, 1, 2, 3)))


def _revalue(members: Members, at: int, random: Random, _blind: Blind) -> None:
    """Set some values of an array to those that arithmetic stumbles over."""
    array = loaded(members[at][1]).copy()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        flat = array.reshape(-1)
        flat[:: random.choice((1, 2, 3))] = np.array(random.choice(_VALUES)).astype(array.dtype)
    members[at] = members[at][0], saved(flat.reshape(array.shape))


def _retitle(members: Members, at: int, random: Random, _blind: Blind) -> None:
    """Replace a token of a header's text."""
    name, content = members[at]
    start = 10 if content[6:7] == b"\1" else 12
    end = start + int.from_bytes(content[8:start], "little")
    header = content[start:end].decode("latin1").rstrip()
    tokens = list(re.finditer(r"'[^']*'|\([^)]*\)|\d+|True|False|.", header))
    chosen = random.choice(tokens)
    nasty = random.choice(_NASTY_HEADERS)
    header = header[: chosen.start()] + nasty + header[chosen.end() :]
    members[at] = name, with_header(header, content[end:], random.choice((1, 1, 2, 3)))


def _rename(members: Members, at: int, random: Random, _blind: Blind) -> None:
    name = random.choice((*_NAMES, *(name for name, _ in members)))
    members[at] = name, members[at][1]


def _blind(members: Members, at: int, _random: Random, blind: Blind) -> None:
    members[at] = members[at][0], blind(members[at][1])


_CHANGES = (_retype, _revalue, _retitle, _rename, reorder, _blind)
