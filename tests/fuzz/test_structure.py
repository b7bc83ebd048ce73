"""Files put together from parts, right and wrong ones, of every format: read or refused.

The same files each time, so that no change is blamed for what another one would have met as well;
`run.py` is what looks for new ones.
"""

import json
import pickletools
import struct
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis.extra.numpy as arrays
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import inside_npz, targets
from tests.fuzz.inside_png import STRANGE, join_chunks, pixels
from tests.fuzz.seeds import seeds

pytestmark = pytest.mark.slow

few = settings(
    max_examples=80,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

COUNTS = st.sampled_from([0, 1, 2, 3, 6, 24, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32 - 1])
TEXTS = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    ["\x1b[2J", "a\nb", "\u202e", "x" * 3000, "relu", "digit", "scale", "mnist", "sgd"]
)
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | TEXTS
VALUES = st.recursive(
    PLAIN | st.just(10**4000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


def read(name: str, data: bytes) -> str:
    """Read a file of a format; return what the user is told."""
    with TemporaryDirectory() as folder:
        path = targets.prepare_folder(name, Path(folder))
        path.write_bytes(data)
        return targets.answer(name, path)


@cache
def members(name: str) -> tuple[tuple[str, bytes], ...]:
    """Return the members of a valid archive."""
    return tuple(inside_npz.split_members(next(iter(seeds(name).values()))))


def test_valid_files() -> None:
    """The files that all others are made of are read, but for three that show mistakes."""
    refused = {
        f"{name} {word}"
        for name in targets.FORMATS
        for word, data in seeds(name).items()
        if read(name, data)
    }
    assert {"yaml words", "yaml dots", "csv unlabelled"} == refused


def described(kind: str, place: Any, value: Any) -> bytes:
    """Return weights whose metadata hold another value somewhere."""
    parts = dict(members(kind))
    metadata = json.loads(str(inside_npz.loaded(parts[inside_npz.METADATA])))
    places = inside_npz.places(metadata)
    inner, key = places[place % len(places)]
    inner[key] = value
    text = np.array(json.dumps(metadata).rstrip("\0"))
    changed = [*(parts | {inside_npz.METADATA: inside_npz.saved(text)}).items()]
    inside_npz.mend_sum(changed)
    return inside_npz.join_members(changed, pack=False)


@few
@given(st.integers(0, 999), VALUES)
def test_metadata_of_weights(place: int, value: Any) -> None:
    """Weights whose metadata say something else are read or refused."""
    read("weights", described("weights", place, value))


@few
@given(st.integers(0, 999), VALUES)
def test_metadata_of_a_run(place: int, value: Any) -> None:
    """A run whose metadata say something else goes on or is refused."""
    read("resume", described("resume", place, value))


ARRAYS = arrays.arrays(
    arrays.scalar_dtypes()
    | arrays.unicode_string_dtypes(max_len=3)
    | arrays.byte_string_dtypes(max_len=3),
    arrays.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=6),
)


@few
@given(st.lists(st.tuples(st.integers(0, 9), TEXTS | st.none(), ARRAYS), min_size=1, max_size=2))
def test_arrays_of_weights(changes: list[tuple[int, str | None, Any]]) -> None:
    """Weights with other arrays are read or refused."""
    read("weights", with_arrays("weights", changes))


@few
@given(st.lists(st.tuples(st.integers(0, 9), TEXTS | st.none(), ARRAYS), min_size=1, max_size=4))
def test_arrays_of_data(changes: list[tuple[int, str | None, Any]]) -> None:
    """A data set with other arrays is read or refused."""
    read("npz", with_arrays("npz", changes))


def with_arrays(kind: str, changes: list[tuple[int, str | None, Any]]) -> bytes:
    """Return an archive of which some arrays are others, or have another name."""
    changed = list(members(kind))
    for at, name, array in changes:
        at %= len(changed)  # noqa: PLW2901  # of as many as there are
        changed[at] = changed[at][0] if name is None else f"{name}.npy", inside_npz.saved(array)
    inside_npz.mend_sum(changed)
    return inside_npz.join_members(changed, pack=False)


@few
@given(
    st.sampled_from(
        ["'<f4'", "'|u1'", "'<i8'", "'<U4'", "'O'", "'<M8[s]'", "[('a', '<i4')]", "None"]
    ),
    st.sampled_from(["True", "False", "0", "None"]),
    st.lists(COUNTS | st.just(-1), max_size=4).map(tuple),
    st.integers(0, 64),
    st.sampled_from([1, 2, 3, 9]),
)
def test_headers(kind: str, order: str, shape: tuple[int, ...], size: int, version: int) -> None:
    """An array whose header says anything is read or refused, before memory is taken for it."""
    header = f"{{'descr': {kind}, 'fortran_order': {order}, 'shape': {shape}, }}"
    changed = [*dict(members("npz")).items()]
    changed[0] = changed[0][0], inside_npz.with_header(header, bytes(size), version)
    read("npz", inside_npz.join_members(changed, pack=True))


CELLS = st.sampled_from(
    ["0", "1", "255", "256", "-1", "0.5", "1e39", "nan", "", " ", "label", "id"]
)
ROWS = st.lists(st.lists(CELLS | TEXTS, max_size=6), max_size=6)


@few
@given(ROWS, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n", "\r", '"\n']))
def test_tables(rows: list[list[str]], separator: str, end: str) -> None:
    """Tables of any cells are read or refused."""
    read("csv", "".join(separator.join(row) + end for row in rows).encode())


@cache
def opcodes() -> tuple[bytes, ...]:
    """Return the opcodes of valid pickles, arguments included."""
    parts = []
    for word, data in seeds("pickle").items():
        if word.startswith("plain"):
            starts = [at for _, _, at in pickletools.genops(data) if at is not None]
            parts += [data[a:b] for a, b in zip(starts, [*starts[1:], len(data)], strict=True)]
    return tuple(dict.fromkeys(parts))


@few
@given(st.lists(st.integers(0, 10**6), max_size=30), st.integers(2, 5))
def test_opcodes(chosen: list[int], protocol: int) -> None:
    """Any row of opcodes is refused or read, and runs nothing."""
    known = opcodes()
    body = b"".join(known[number % len(known)] for number in chosen)
    read("pickle", b"\x80" + bytes([protocol]) + body + b".")


@few
@given(st.sampled_from([8, 9, 13, 0]), st.lists(COUNTS, max_size=5), st.integers(0, 40))
def test_idx(kind: int, shape: list[int], size: int) -> None:
    """IDX files whose headers say anything are read or refused."""
    data = struct.pack(f">HBB{len(shape)}I", 0, kind, len(shape), *shape) + bytes(size)
    read("idx-images", data)
    read("idx-labels", data)


SIDES = st.sampled_from([0, 1, 2, 28, 32, 33, 640, 641, 3000, 2**31 - 1, 2**31])
CHUNKS = st.sampled_from(STRANGE) | st.tuples(
    st.sampled_from([b"PLTE", b"tRNS", b"iCCP", b"zTXt", b"eXIf", b"gAMA", b"IDAT"]),
    st.binary(max_size=40),
)


@few
@given(
    st.tuples(SIDES, SIDES),
    st.sampled_from([1, 2, 4, 8, 16, 3]),
    st.sampled_from([0, 2, 3, 4, 6, 1]),
    st.sampled_from([0, 1]),
    st.integers(0, 255),
    st.lists(CHUNKS, max_size=3),
)
def test_chunks(
    size: tuple[int, int], bits: int, colour: int, interlaced: int, fill: int, chunks: list[Any]
) -> None:
    """PNG pictures of any chunks are read or refused."""
    header = struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, interlaced)
    drawn = pixels(*size, bits, colour, interlaced, fill)
    read("png", join_chunks([(b"IHDR", header), *chunks, drawn, (b"IEND", b"")]))


ENTRIES = st.tuples(
    st.sampled_from(
        [254, 256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 284, 317, 320, 338, 339]
    ),
    st.integers(0, 13),  # type
    st.sampled_from([0, 1, 2, 3, 4, 100, 2**31]),  # count
    COUNTS | st.integers(0, 20),  # value, or where it is
)


@few
@given(st.dictionaries(st.integers(0, 20), ENTRIES, max_size=14), st.binary(max_size=64))
def test_tiff(entries: dict[int, tuple[int, int, int, int]], values: bytes) -> None:
    """TIFF pictures of any tags are read or refused."""
    size = [(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8)]
    directory = sorted({entry[0]: entry for entry in [*size, *entries.values()]}.values())
    packed = b"".join(struct.pack("<HHII", *entry) for entry in directory)
    read(
        "picture",
        b"II*\0\x08\0\0\0" + struct.pack("<H", len(directory)) + packed + bytes(4) + values,
    )


@few
@given(
    st.sampled_from("123456"), st.lists(COUNTS | st.just("x"), max_size=4), st.binary(max_size=99)
)
def test_ppm(kind: str, numbers: list[Any], values: bytes) -> None:
    """PPM pictures of any header are read or refused."""
    read("picture", f"P{kind} {' '.join(map(str, numbers))}\n".encode() + values)


def flow(items: list[tuple[str, str]]) -> str:
    """Return a YAML mapping in one line."""
    return "{" + ", ".join(f"{name}: {value}" for name, value in items) + "}"


WORDS = "1 -1 1e-3 .nan .inf ~ true no sgd mnist 'a\\n' !!int ! !x &a *a *b << 2001-12-14 é - ? |"
SCALARS = st.sampled_from(
    [*WORDS.split(), '"\\x1b"', '"\\ud800"', "9" * 4000, "|\n x", "&a 1", "\t"]
)
KEYS = "data model training seed layers name optimizer schedule epochs path augmentation dropout"
NAMES = st.sampled_from([*KEYS.split(), "<<", "&k x", "*a", "? y", "[1]", "early_stopping"])
NODES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4).map(lambda items: f"[{', '.join(items)}]")
        | st.lists(st.tuples(NAMES, inner), max_size=4).map(flow)
    ),
    max_leaves=12,
)


@few
@given(st.lists(st.tuples(NAMES, NODES), min_size=1, max_size=4), st.sampled_from(["", "!x "]))
def test_yaml(items: list[tuple[str, str]], tag: str) -> None:
    """YAML of any values, tags, anchors and aliases is read or refused."""
    read("yaml", "\n".join(f"{name}: {value}" for name, value in items).encode())
    read("yaml", (tag + flow(items)).encode())
