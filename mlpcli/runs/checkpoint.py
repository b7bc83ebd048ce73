"""Self-describing `.npz` checkpoints: named arrays and JSON metadata, written atomically.

`numpy.load(path, allow_pickle=False)` opens them. The `.safetensors` that `mlp export` writes are
read as well. This module does not import training, so that predicting need not load it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.runs.groups import Group
from mlpcli.runs.metadata import FORMAT, Metadata, Origin, read_metadata
from mlpcli.runs.safetensors import FIRST, is_safetensors, read_safetensors
from mlpcli.utils.archives import UnreadableError, read_archive
from mlpcli.utils.arrays import Array
from mlpcli.utils.files import atomic_write, reason_of

if TYPE_CHECKING:
    from mlpcli.config import Config

READABLE = (1, 2)
_METADATA = "metadata"
WEIGHTS = "layers."  # prefix of the arrays used to predict
_EXPORTED = (".onnx", ".h", ".html", ".json")  # for other programs only
RESUME = "resume."  # prefix of the arrays needed only to resume


@dataclass(frozen=True)
class Checkpoint:
    """A network in a file, mostly the only one.

    Attributes:
        path: of the file.
        arrays: by name; `layers.*` are the weights used to predict, `resume.*` are needed only to
            resume.
        metadata: describes the weights and their run.
        prefix: what comes before the names of its arrays in a file of several networks.
        group: the networks that one place stands for, this one among them; None for one by itself.
    """

    path: Path
    arrays: dict[str, Array]
    metadata: Metadata
    prefix: str = ""
    group: Group | None = None

    @property
    def origin(self) -> Origin:
        """What a run that makes use of these weights says of them."""
        sha256 = self.metadata.weights_sha256
        return Origin(weights=str(self.path.absolute()), weights_sha256=sha256)

    @property
    def place(self) -> str:
        """The path, and which of several networks it is, as messages say it."""
        return _place(self.path, self.prefix)

    def take(self, prefix: str, shapes: dict[str, tuple[int, ...]]) -> dict[str, Array]:
        """Return all arrays whose names begin with a prefix.

        They must have exactly the given names and shapes, and be float32.

        Raises:
            CheckpointError: a name, shape or type differs, a value is not finite, or a variance is
                negative.
        """
        found = {name: array for name, array in self.arrays.items() if name.startswith(prefix)}
        for name in sorted(shapes.keys() ^ found.keys()):
            fault = "is missing" if name in shapes else "is not expected"
            raise CheckpointError(f"{self.place}: the array {name} {fault}")
        for name, array in found.items():
            if array.shape != shapes[name] or array.dtype != np.float32:
                raise CheckpointError(
                    f"{self.place}: the array {name} must be float32 {list(shapes[name])}, "
                    f"got {array.dtype} {list(array.shape)}"
                )
            if not np.isfinite(array).all():
                raise CheckpointError(
                    f"{self.place}: the array {name} must be finite, got nan or inf"
                )
            if name.endswith(".variance") and array.min(initial=0) < 0:
                raise CheckpointError(
                    f"{self.place}: the array {name} must not have negative values"
                )
        return found

    @cached_property
    def config(self) -> Config:
        """The configuration of the run, with defaults for keys added since.

        Raises:
            CheckpointError: it is not valid.
        """
        from mlpcli.config import Config  # noqa: PLC0415  # not needed to predict

        try:
            values = self.metadata.config.model_dump(mode="json")
            config = Config.model_validate_json(json.dumps(values))
        except (ValueError, RecursionError) as error:  # invalid for pydantic, or nested too deeply
            raise CheckpointError(f"{self.place}: the metadata's config is not valid") from error
        rates, hidden = len(config.model.dropout_rates), len(config.model.sizes) - 2
        if rates != hidden:
            raise CheckpointError(
                f"{self.place}: model.dropout must have a rate for each hidden layer, got {rates}"
            )
        return config


def save_checkpoint(path: Path, arrays: dict[str, Array], metadata: Metadata) -> None:
    """Write arrays and metadata to a file, either completely or not at all.

    The SHA-256 of the weights is added to the metadata.

    Raises:
        CheckpointError: the file cannot be written.
    """
    values = metadata.to_json() | {"format": FORMAT, "weights_sha256": weights_sha256(arrays)}
    named = arrays | {_METADATA: np.array(json.dumps(values, allow_nan=False))}
    try:
        with atomic_write(path) as file:
            np.savez(file, **named)  # type: ignore[arg-type]  # for allow_pickle, say the stubs
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be written, {reason_of(error)}") from error


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a file of one network, and check that its weights are the ones that were saved.

    Raises:
        CheckpointError: it cannot be read, is not a checkpoint, was changed, or holds several.
    """
    return only_one(load_checkpoints(path))


def only_one(checkpoints: Sequence[Checkpoint]) -> Checkpoint:
    """Return the checkpoint of a file, where several networks are of no use.

    Args:
        checkpoints: of one place, as `load_weights` returns them.

    Raises:
        CheckpointError: there are several.
    """
    first, *others = checkpoints
    if not others:
        return first
    if first.group and any(each.path != first.path for each in others):
        inside = first.path.parent
        one = first.path if inside == first.group.place else inside
        raise CheckpointError(
            f"{first.group.place}: stands for {len(checkpoints)} networks here; give one of them, "
            f"such as {quote(str(one))}"
        )
    raise CheckpointError(
        f"{first.path}: must hold one network here, got {len(checkpoints)}; several in a file are "
        "for --weights and mlpcli.load only"
    )


def load_checkpoints(path: Path) -> list[Checkpoint]:
    """Read the networks of a file, and check that their weights are the ones that were saved.

    Returns:
        One, or those of a `.safetensors` that `mlp export` has written of several.

    Raises:
        CheckpointError: it cannot be read, is not a checkpoint, or was changed.
    """
    if path.is_dir():
        file = quote(str(path / "best.npz"))
        raise CheckpointError(f"{path}: is a folder; give a file such as {file}")
    if not is_safetensors(path):
        arrays = _read(path)
        return [_checkpoint(path, _metadata_text(path, arrays), arrays)]
    with _explained(path):
        networks = read_safetensors(path)
    group = Group(path, len(networks), networks[0].mean_temperature)
    return [
        replace(_checkpoint(path, each.metadata, each.arrays, each.prefix), group=group)
        for each in networks
    ]


def paths_of(checkpoints: Sequence[Checkpoint]) -> list[str]:
    """Return the files of checkpoints, one of several networks once."""
    return [str(each.path) for each in checkpoints if each.prefix in ("", FIRST)]


def load_metadata(path: Path) -> Checkpoint:
    """Read only the metadata of an `.npz`, not its weights.

    Raises:
        CheckpointError: it cannot be read, or is not a checkpoint.
    """
    text = _metadata_text(path, _read(path, [_METADATA]))
    return Checkpoint(path, {}, _checked(str(path), _parse_metadata(str(path), text)))


def _checkpoint(path: Path, text: str, arrays: dict[str, Array], prefix: str = "") -> Checkpoint:
    """Return a network, after checking what its metadata says."""
    place = _place(path, prefix)
    values = _parse_metadata(place, text)
    if values.get("weights_sha256") != weights_sha256(arrays):
        raise CheckpointError(f"{place}: damaged, the weights are not the ones that were saved")
    return Checkpoint(path, arrays, _checked(place, values), prefix)


def _place(path: Path, prefix: str) -> str:
    return f"{path}: {prefix[:-1]}" if prefix else str(path)


def _checked(place: str, values: dict[str, Any]) -> Metadata:
    try:
        return read_metadata(values)
    except ValueError as error:
        raise CheckpointError(f"{place}: {error}") from error


def _read(path: Path, wanted: Sequence[str] | None = None) -> dict[str, Array]:
    with _explained(path):
        return read_archive(path, wanted)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except UnreadableError as error:
        hint = ""
        if path.suffix.lower() in _EXPORTED:
            hint = "; of the files that mlp export writes, only .safetensors can be read back"
        raise CheckpointError(f"{path}: cannot be read as mlp weights, {error}{hint}") from error


def _metadata_text(path: Path, arrays: dict[str, Array]) -> str:
    """Remove the metadata from the arrays of an `.npz`, and return it."""
    if _METADATA not in arrays:
        raise CheckpointError(f"{path}: not an mlp weights file, it has no metadata")
    return str(arrays.pop(_METADATA))


def _parse_metadata(place: str, text: str) -> dict[str, Any]:
    try:
        metadata = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(
            f"{place}: not an mlp weights file, its metadata is not JSON"
        ) from error
    if not isinstance(metadata, dict) or metadata.get("format") not in READABLE:
        found = metadata.get("format") if isinstance(metadata, dict) else metadata
        raise CheckpointError(
            f"{place}: the format must be {' or '.join(map(str, READABLE))}, got {found!r:.60}; "
            "use the version of mlp that wrote it"
        )
    return metadata


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def weights_sha256(arrays: dict[str, Array]) -> str:
    """Return the SHA-256 of name, type, shape and values of the arrays used to predict."""
    digest = hashlib.sha256()
    for name in sorted(name for name in arrays if name.startswith(WEIGHTS)):
        array = arrays[name]
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
