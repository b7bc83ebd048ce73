"""A self-describing `.npz`: named arrays and one JSON text of metadata, written atomically.

`numpy.load(path, allow_pickle=False)` opens it. This module knows nothing of training, so that
predicting does not load it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import Any, NoReturn, TypeVar, cast

import numpy as np

from mlpcli.utils.archives import UnreadableError, read_archive
from mlpcli.utils.arrays import Array
from mlpcli.errors import CheckpointError
from mlpcli.utils.files import atomic_write

T = TypeVar("T")

FORMAT = 2  # raised when resuming makes something else of a file; 1 knew whole epochs only
READABLE = (1, 2)
_METADATA = "metadata"
WEIGHTS = "layers."  # the prefix of the arrays that predict
RESUME = "resume."  # and of those that only resuming needs


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        path: where it was read from.
        arrays: by name; `layers.*` are the weights that predict, `resume.*` what only resuming
            needs.
        metadata: JSON values.
    """

    path: Path
    arrays: dict[str, Array]
    metadata: dict[str, Any]

    def take(self, prefix: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
        """Return all arrays whose names begin with a prefix.

        They must have exactly the names and shapes given, and be float32.

        Raises:
            CheckpointError: a name, shape or type differs, or a value is not finite, or a variance
                is negative.
        """
        found = {name: array for name, array in self.arrays.items() if name.startswith(prefix)}
        for name in sorted(shapes.keys() ^ found.keys()):
            fault = "is missing" if name in shapes else "must not be there"
            raise CheckpointError(f"{self.path}: the array {name} {fault}")
        for name, array in found.items():
            if array.shape != shapes[name] or array.dtype != np.float32:
                raise CheckpointError(
                    f"{self.path}: the array {name} must be float32 {list(shapes[name])}, "
                    f"got {array.dtype} {list(array.shape)}"
                )
            if not np.isfinite(array).all():
                raise CheckpointError(f"{self.path}: the array {name} holds values like nan or inf")
            if name.endswith(".variance") and array.min(initial=0) < 0:
                raise CheckpointError(f"{self.path}: the array {name} holds negative values")
        return found

    def value(self, kind: type[T], *keys: str) -> T:
        """Return a value of the metadata, found by one key after the other.

        Raises:
            CheckpointError: it is not there, or of another type.
        """
        value: Any = self.metadata
        for depth, key in enumerate(keys, start=1):
            wanted = kind if depth == len(keys) else dict
            value = value.get(key)
            if not isinstance(value, wanted) or isinstance(value, bool):
                raise CheckpointError(
                    f"{self.path}: the metadata must hold {'.'.join(keys[:depth])}, "
                    f"{'an' if wanted is int else 'a'} {wanted.__name__}, got {value!r:.60}"
                )
        return cast("T", value)


def save_checkpoint(path: Path, arrays: dict[str, Array], metadata: dict[str, Any]) -> None:
    """Write arrays and metadata to a file, which is whole or not there at all.

    The format's version and the SHA-256 of the weights join the metadata.

    Raises:
        CheckpointError: the file cannot be written.
    """
    description = metadata | {"format": FORMAT, "weights_sha256": weights_sha256(arrays)}
    named = arrays | {_METADATA: np.array(json.dumps(description, allow_nan=False))}
    try:
        with atomic_write(path) as file:
            np.savez(file, **named)  # type: ignore[arg-type]  # the stubs think of allow_pickle
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written, {error.strerror or error}") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a file and check that its weights are the ones that were saved.

    Raises:
        CheckpointError: it cannot be read, is no checkpoint, or was changed.
    """
    if path.is_dir():
        file = quote(str(path / "best.npz"))
        raise CheckpointError(f"{path}: is a folder; give a file such as {file}")
    arrays = _read(path)
    metadata = _parse_metadata(path, arrays)
    if metadata.get("weights_sha256") != weights_sha256(arrays):
        raise CheckpointError(f"{path}: damaged, the weights are not the ones that were saved")
    return Checkpoint(path, arrays, metadata)


def load_metadata(path: Path) -> Checkpoint:
    """Read what a file says of its weights, and none of these.

    Raises:
        CheckpointError: it cannot be read, or is no checkpoint.
    """
    return Checkpoint(path, {}, _parse_metadata(path, _read(path, [_METADATA])))


def _read(path: Path, wanted: Sequence[str] | None = None) -> dict[str, Array]:
    try:
        return read_archive(path, wanted)
    except UnreadableError as error:
        raise CheckpointError(f"{path}: cannot be read as weights of mlp, {error}") from error


def _parse_metadata(path: Path, arrays: dict[str, Array]) -> dict[str, Any]:
    """Take the metadata from the arrays of a file."""
    if _METADATA not in arrays:
        raise CheckpointError(f"{path}: not weights of mlp, it has no metadata")
    try:
        metadata = json.loads(str(arrays.pop(_METADATA)), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{path}: not weights of mlp, its metadata are not JSON") from error
    if not isinstance(metadata, dict) or metadata.get("format") not in READABLE:
        found = metadata.get("format") if isinstance(metadata, dict) else metadata
        raise CheckpointError(
            f"{path}: the format must be {' or '.join(map(str, READABLE))}, got {found!r:.60}; "
            "use the mlp that wrote it"
        )
    return metadata


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def weights_sha256(arrays: dict[str, Array]) -> str:
    """Return the SHA-256 over name, type, shape and values of the arrays that predict."""
    digest = hashlib.sha256()
    for name in sorted(name for name in arrays if name.startswith(WEIGHTS)):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
