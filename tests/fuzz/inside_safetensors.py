"""A `.safetensors` → one with another header, other values or other metadata, whose sum is right."""

import json
from contextlib import suppress
from random import Random
from typing import Any

import numpy as np
import safetensors.numpy

from mlpcli.runs.checkpoint import weights_sha256
from mlpcli.runs.safetensors import METADATA, prefixes
from tests.fuzz.inside_npz import nasty
from tests.fuzz.reorder import reorder
from tests.support.safetensors_files import join_file, split_file

Pairs = list[tuple[str, Any]]  # of a JSON object, in which a name may come twice

_PLAIN = "__metadata__"
_FIELDS: dict[str, tuple[str, ...]] = {
    "dtype": (*('"F16"', '"BF16"', '"F64"', '"I32"', '"BOOL"', '"F8_E4M3"', '"f32"', "null", "4"),),
    "shape": (
        *("[]", "[0]", "[-1]", "[1]", "[12]", "[3,4]", "[1,3]", "[2.0]", "[true]", "[[3]]", "null"),
        *("[18446744073709551615]", "[18446744073709551616]", "[9223372036854775808,2]"),
        *("[4611686018427387904,0]", f"[{'1,' * 100}3]", f"[{'1,' * 9000}3]", "3"),
    ),
    "data_offsets": (
        *("[0,0]", "[0,4]", "[12,0]", "[0,12]", "[4,16]", "[0]", "[0,1,2]", "[-4,8]", "[0,1e9]"),
        *("[18446744073709551612,18446744073709551624]", "[0,18446744073709551616]", "null"),
    ),
    "x": ("1", "[[[[]]]]", '{"a":' * 200 + "1" + "}" * 200, '"\\ud800"'),
}
_NAMES = (
    *("layers.0.weight", "layers.1.bias", "layers.9.weight", "networks.0.layers.0.weight", "x", ""),
    *("networks.1.layers.0.bias", "networks.100.layers.0.bias", "networks.00.layers.0.bias"),
    *("resume.velocity", "metadata", "networks.0.metadata", "layers.0.norm.scale", "layers." * 500),
    *("\x1b[2J", "\u202e", "layers.0.weight\n", "__metadata__", "x" * 3000),
)
_VALUES = (np.nan, np.inf, -np.inf, 3.4e38, 1e-45, 1e30, -1.0, 0.0)


def changed(data: bytes, random: Random) -> bytes:
    """Change one or two things, and mostly mend the sums over the weights."""
    header, body = split_file(data)
    texts: Pairs = [*header.pop(_PLAIN, {}).items()]
    entries: Pairs = [
        (name, {key: _json(own) for key, own in header[name].items()}) for name in header
    ]
    for _ in range(random.choice((1, 1, 2))):
        if texts and random.random() < 0.5:
            _change_text(texts, random)
        elif random.random() < 0.2:
            body = _with_values(body, random)
        else:
            _change_entry(entries, random)
    if random.random() < 0.8:
        with suppress(Exception):  # what is broken already cannot be mended
            texts = _mended(texts, _joined(texts, entries, body))
    return _joined(texts, entries, body)


def nested(size: int) -> bytes:
    """Return a list of so many bytes as JSON, of very many lists."""
    return b"[" + b"[]," * (size // 3 - 1) + b"0]"


def with_field(data: bytes, value: bytes) -> bytes:
    """Return a file with one more field of an array."""
    header, body = split_file(data)
    header["layers.0.weight"]["x"] = "@"
    return join_file(json.dumps(header).encode().replace(b'"@"', value), body)


def with_text(data: bytes, text: str) -> bytes:
    """Return a file with another text as the metadata of its network."""
    header, body = split_file(data)
    header[_PLAIN][METADATA] = text
    return join_file(header, body)


def of_many_arrays(data: bytes, count: int) -> bytes:
    """Return a file with so many more arrays, which hold nothing."""
    header, body = split_file(data)
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    header |= {f"layers.{n}.x": empty for n in range(count)}
    return join_file(json.dumps(header, separators=(",", ":")).encode(), body)


def of_many_networks(data: bytes, count: int) -> bytes:
    """Return a file with so many times the same network."""
    header, _ = split_file(data)
    own = safetensors.numpy.load(data)
    arrays = {prefix + name: own[name] for prefix in prefixes(count) for name in own}
    texts = {prefix + METADATA: header[_PLAIN][METADATA] for prefix in prefixes(count)}
    return safetensors.numpy.save(arrays, texts)


def _json(value: Any) -> str:
    return json.dumps(value)


def _joined(texts: Pairs, entries: Pairs, body: bytes) -> bytes:
    """Return a file; fields of arrays are JSON already."""
    objects = [
        f"{_json(name)}:{_object([(key, own[key]) for key in own])}" for name, own in entries
    ]
    plain = _object([(name, _json(text)) for name, text in texts])
    header = f"{{{','.join([f'{_json(_PLAIN)}:{plain}'] * bool(texts) + objects)}}}"
    return join_file(header.encode("utf-8", "surrogatepass"), body)


def _object(pairs: Pairs) -> str:
    return f"{{{','.join(f'{_json(name)}:{value}' for name, value in pairs)}}}"


def _change_text(texts: Pairs, random: Random) -> None:
    """Change, double, move or leave out a part of the metadata."""
    at = random.randrange(len(texts))
    name, text = texts[at]
    if random.random() < 0.2:
        reorder(texts, at, random, None)
    elif random.random() < 0.1:
        texts[at] = random.choice(_NAMES), text
    elif name.endswith(METADATA):
        texts[at] = name, nasty(json.loads(text), random)


def _change_entry(entries: Pairs, random: Random) -> None:
    """Change the name or a field of an array, or double, move or leave out an array."""
    at = random.randrange(len(entries))
    name, own = entries[at]
    kind = random.random()
    if kind < 0.25:
        reorder(entries, at, random, None)
    elif kind < 0.5:
        entries[at] = random.choice(_NAMES), own
    else:
        key = random.choice([*_FIELDS])
        entries[at] = name, own | {key: random.choice(_FIELDS[key])}


def _with_values(body: bytes, random: Random) -> bytes:
    """Set some of the weights to numbers that arithmetic stumbles over."""
    values = np.frombuffer(body, "<f4").copy()
    values[:: random.choice((1, 3, 7))] = random.choice(_VALUES)
    return values.tobytes()


def _mended(texts: Pairs, data: bytes) -> Pairs:
    """Make the sum in the metadata of each network that of its arrays."""
    arrays = safetensors.numpy.load(data)
    mended = []
    for name, text in texts:
        if name.endswith(METADATA):
            prefix = name.removesuffix(METADATA)
            own = {key.removeprefix(prefix): each for key, each in arrays.items() if prefix in key}
            before = json.loads(text)["weights_sha256"]
            text = text.replace(before, weights_sha256(own))  # noqa: PLW2901  # other text stays
        mended.append((name, text))
    return mended
