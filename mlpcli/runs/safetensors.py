"""Reads networks from `.safetensors` files, which `mlp export` writes and strangers may.

The arrays of a network are called as in a checkpoint, and `metadata` is the JSON of one. In a file
of several networks `networks.0.`, `networks.1.` and so on come before these names.
"""

from __future__ import annotations

import json
import math
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from mlpcli.nn.temperature import HIGHEST, LOWEST
from mlpcli.utils.archives import MAX_BYTES, UnreadableError
from mlpcli.utils.arrays import Array
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import open_regular, reason_of

ENDING = ".safetensors"
METADATA = "metadata"
MEAN_TEMPERATURE = "mean_temperature"  # of the mean of all networks, as text
FIRST = "networks.0."  # before the names of the first of several networks
MAX_HEADER = 1 << 22  # bytes of names, shapes and metadata
MAX_NETWORKS = 20
_SAID = "Error while deserializing: "  # by the package, before it says why
_LENGTH = 8  # bytes, which hold the length of the header
_NAME = re.compile(r"(networks\.(?:0|[1-9][0-9]?)\.)?(layers\.[\w.]{1,80}|metadata)", re.ASCII)


@dataclass(frozen=True)
class SavedNetwork:
    """One network of a file.

    Attributes:
        prefix: of its names, such as `networks.0.`; nothing if it is the only one.
        metadata: text, which should be JSON.
        mean_temperature: of the mean of all networks of the file.
        arrays: by name without the prefix, all of them float32.
    """

    prefix: str
    metadata: str
    mean_temperature: float = 1.0
    arrays: dict[str, Array] = field(default_factory=dict)


def prefixes(count: int) -> list[str]:
    """Return what comes before the names of each of so many networks."""
    return [""] if count == 1 else [f"networks.{n}." for n in range(count)]


def is_safetensors(path: Path) -> bool:
    """Tell whether a file is of this format, by its content or else by its name.

    It begins with the length of the header, which is JSON; an `.npz` begins with PK.
    """
    try:
        with open_regular(path) as file:
            start = file.read(_LENGTH + 1)
    except OSError:
        return False
    own = start[_LENGTH:] == b"{" and start[4:_LENGTH] == bytes(4)
    return own or (path.suffix.lower() == ENDING and not start.startswith(b"PK"))


def read_safetensors(path: Path) -> list[SavedNetwork]:
    """Read the networks of a file, at least one.

    Only the names and types of arrays are checked, not their values nor what the metadata says.

    Raises:
        UnreadableError: it cannot be read, is damaged, or holds something else.
    """
    try:
        from safetensors import SafetensorError, deserialize  # noqa: PLC0415  # an extra
    except ImportError as error:
        raise UnreadableError(
            'safetensors is not installed; in mlpcli\'s folder: pip install ".[export]"'
        ) from error
    content, length = _content(path)
    try:
        saved: list[tuple[str, dict[str, Any]]] = deserialize(content)  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise UnreadableError(first_line(str(error).removeprefix(_SAID))) from error
    header = _header(content[_LENGTH : _LENGTH + length])
    networks = _networks(header.get("__metadata__") or {})
    for name, array in saved:
        prefix, inner = _split(name)
        if prefix not in networks or inner == METADATA:
            raise UnreadableError(f"the array {name} is not expected")
        networks[prefix].arrays[inner] = _array(name, array)
    return list(networks.values())


def _content(path: Path) -> tuple[bytes, int]:
    """Return a whole file and the length of its header, unless that is impossible."""
    try:
        with open_regular(path) as file:
            size = os.fstat(file.fileno()).st_size
            start = file.read(_LENGTH)
            length = int.from_bytes(start, "little")
            if not _LENGTH + length <= size:
                raise UnreadableError("cut short, or not of the format safetensors")
            if length > MAX_HEADER or size > MAX_BYTES:
                raise UnreadableError(
                    f"it must have at most {MAX_HEADER} bytes of names and metadata, and "
                    f"{MAX_BYTES} in all, got {length} and {size}"
                )
            return start + file.read(size - _LENGTH), length
    except OSError as error:
        raise UnreadableError(reason_of(error)) from error


def _header(text: bytes) -> dict[str, Any]:
    """Return the names, shapes and metadata of a file that the package has found well-formed.

    The package does not hand on the metadata, and of a name that comes twice it takes one.
    """
    try:
        header: dict[str, Any] = json.loads(text, object_pairs_hook=_distinct)
    except (ValueError, RecursionError) as error:
        raise UnreadableError("its names and metadata are not JSON") from error
    return header


def _distinct(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise UnreadableError(f"it holds {name!a:.60} twice")
        found[name] = value
    return found


def _networks(texts: dict[str, str]) -> dict[str, SavedNetwork]:
    """Return the networks that there is metadata of, still without arrays, by prefix."""
    found, temperature = {}, _temperature(texts.get(MEAN_TEMPERATURE, "1"))
    for name, text in texts.items():
        match = _NAME.fullmatch(name)
        if match and match[2] == METADATA:
            found[match[1] or ""] = SavedNetwork(match[1] or "", text, temperature)
    if not found:
        raise UnreadableError("it is a .safetensors that mlp export has not written")
    if len(found) > MAX_NETWORKS:
        raise UnreadableError(f"it must hold at most {MAX_NETWORKS} networks, got {len(found)}")
    if {*prefixes(len(found))} != {*found}:
        names = ", ".join(found)
        raise UnreadableError(
            f"it must hold one network, or networks.0. and so on, got {names:.100}"
        )
    return {prefix: found[prefix] for prefix in prefixes(len(found))}


def _temperature(text: str) -> float:
    try:
        temperature = float(text)
    except ValueError:
        temperature = math.nan
    if not LOWEST <= temperature <= HIGHEST:  # true for nan
        rule = f"must be in [{LOWEST:g}, {HIGHEST:g}]"
        raise UnreadableError(f"the {MEAN_TEMPERATURE} {rule}, got {text!a:.40}")
    return temperature


def _split(name: str) -> tuple[str, str]:
    """Return the prefix of a network and the name without it."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise UnreadableError(f"it holds {name!a:.60}, which is no array of a network")
    return match[1] or "", match[2]


def _array(name: str, array: dict[str, Any]) -> Array:
    kind, shape = array["dtype"], array["shape"]
    if kind != "F32":
        raise UnreadableError(f"the array {name} must be float32, got {kind!s:.20}")
    try:
        return np.frombuffer(array["data"], "<f4").reshape(shape).astype(np.float32, copy=False)
    except ValueError as error:  # too many sides, or one of more than an address, beside one of 0
        raise UnreadableError(f"the array {name} has an invalid size") from error
