"""Checkpoints whose arrays or metadata somebody has changed, their sum still being right."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mlpcli.runs.checkpoint import weights_sha256
from mlpcli.runs.epochs import EpochResult
from mlpcli.utils.arrays import Array


def read(path: Path) -> tuple[dict[str, Array], dict[str, Any]]:
    """Return the arrays and the metadata of a file, as they are in it."""
    with np.load(path, allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return arrays, json.loads(str(arrays.pop("metadata")))


def metadata_of(path: Path) -> dict[str, Any]:
    """Return the metadata of a file as JSON values."""
    return read(path)[1]


def write(path: Path, arrays: dict[str, Array], metadata: dict[str, Any]) -> None:
    """Write a file with the right sum of its weights."""
    text = json.dumps(metadata | {"weights_sha256": weights_sha256(arrays)})
    np.savez(path, metadata=np.array(text), **arrays)  # type: ignore[arg-type]


def rewrite(path: Path, changes: dict[str, Any], **metadata: object) -> None:
    """Replace arrays, or with None remove them, and metadata of a file."""
    arrays, values = read(path)
    changed = {k: v for k, v in (arrays | changes).items() if v is not None}
    text = json.dumps(values | {"weights_sha256": weights_sha256(changed)} | metadata)
    np.savez(path, metadata=np.array(text), **changed)


def altered(
    source: Path, target: Path, trained_on: Mapping[str, object] | None = None, **metadata: object
) -> Path:
    """Write a copy that says it was trained on other data, with other metadata."""
    arrays, values = read(source)
    if trained_on is not None:
        values["config"]["data"] = trained_on
    write(target, arrays, values | metadata)
    return target


def epoch_result(*values: float | None) -> EpochResult:
    """Return what an epoch came to, from its numbers in the order of the fields."""
    return EpochResult.model_validate(dict(zip(EpochResult.model_fields, values, strict=True)))
