"""Networks as `.safetensors`, which other programs open, and `--weights` and `--from` read back.

Arrays have the names that `mlpcli.runs.safetensors` reads, and each network the metadata of its
checkpoint, without folders of the user's machine.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from safetensors.numpy import save

from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported, PlainNetwork, without_folders
from mlpcli.export.json_file import formula
from mlpcli.runs.checkpoint import Checkpoint, weights_sha256
from mlpcli.runs.metadata import FORMAT
from mlpcli.runs.safetensors import (
    MAX_HEADER,
    MAX_NETWORKS,
    MEAN_TEMPERATURE,
    METADATA,
    prefixes,
)
from mlpcli.utils.archives import MAX_BYTES
from mlpcli.utils.version import __version__

if TYPE_CHECKING:
    from mlpcli.utils.arrays import Array

_LENGTH = 8  # bytes, which hold the length of the header
_SHAPE = " weight is (inputs, outputs)."
_OUTLIERS = (
    " Before softmax the outputs of the last layer are divided by the temperature in the metadata "
    "of the network. Undivided outputs z tell images of no class from others: 1 / (1 + Σ exp z) is "
    "the probability of such an image, which counts as one above the outlier_threshold."
)


def safetensors_bytes(exported: Exported, checkpoints: Sequence[Checkpoint]) -> bytes:
    """Return the file of one or several networks; the same ones give the same bytes.

    The last layer of a network is divided by its temperature, which then is 1 in the metadata. Not
    so if the network knows outliers, whose score is one of undivided logits: its last layer and its
    temperature stay as they are.

    Args:
        exported: the networks.
        checkpoints: that they were built of, in the same order.

    Raises:
        CheckpointError: they are too many or too large for a file that can be read back.
    """
    if len(checkpoints) > MAX_NETWORKS:
        raise CheckpointError(
            f".safetensors: must hold at most {MAX_NETWORKS} networks, got {len(checkpoints)}"
        )
    size = 4 * exported.parameters
    if size + MAX_HEADER > MAX_BYTES:
        raise CheckpointError(
            f".safetensors: must hold less than 2 GiB, got {size / (1 << 30):.1f} GiB of weights"
        )
    arrays: dict[str, Array] = {}
    texts = _plain(exported)
    each = zip(prefixes(len(checkpoints)), exported.networks, checkpoints, strict=True)
    for prefix, network, checkpoint in each:
        own = _arrays(network, checkpoint)
        arrays |= {prefix + name: array for name, array in own.items()}
        texts[prefix + METADATA] = _metadata(network, checkpoint, own)
    return _with_header(save(arrays), texts)


def _plain(exported: Exported) -> dict[str, str]:
    """Return what any reader can show."""
    outliers = any(network.knows_outliers for network in exported.networks)
    return {
        "format": "mlpcli",
        "description": f"{exported.summary} Made by mlpcli {__version__}.",
        "formula": formula(exported) + _SHAPE + (_OUTLIERS if outliers else ""),
        "classes": json.dumps(exported.inputs.classes, ensure_ascii=False),
        **({} if exported.temperature == 1 else {MEAN_TEMPERATURE: str(exported.temperature)}),
    }


def _arrays(network: PlainNetwork, checkpoint: Checkpoint) -> dict[str, Array]:
    """Return the arrays of one network, as its checkpoint would name them."""
    arrays: dict[str, Array] = {}
    for n, (weight, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        arrays[f"layers.{n}.weight"], arrays[f"layers.{n}.bias"] = weight, bias
    if network.knows_outliers:  # the last layer has no batch normalisation to fold
        last = f"layers.{len(network.weights) - 1}."
        arrays |= {name: checkpoint.arrays[name] for name in (f"{last}weight", f"{last}bias")}
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in arrays.items()}


def _metadata(network: PlainNetwork, checkpoint: Checkpoint, arrays: dict[str, Array]) -> str:
    """Return the metadata of one network as it is now, as JSON.

    Raises:
        CheckpointError: a stranger's configuration is nested too deeply.
    """
    try:
        values = checkpoint.metadata.to_json()
        config, data, origin = values["config"], values["data"], values["from"]
        config["model"]["batch_norm"] = False
        config["data"] = _data(config["data"])
        config.pop("output", None)  # a folder, as root is: left out, they have their defaults
        data["name"] = without_folders(data["name"])
        if origin:
            origin["weights"] = without_folders(origin["weights"])
        if not network.knows_outliers:
            values["temperature"] = 1.0
        values |= {"format": FORMAT, "weights_sha256": weights_sha256(arrays)}
        return json.dumps(values, allow_nan=False)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{checkpoint.place}: the metadata's config is not valid") from error


def _data(values: dict[str, Any]) -> dict[str, Any]:
    """Return the `data` keys of a configuration, which may be a stranger's, without folders."""
    kept = {key: value for key, value in values.items() if key != "root"}
    if isinstance(path := kept.get("path"), str):
        kept["path"] = without_folders(path) or "data"
    if isinstance(mix := kept.get("mix"), dict):
        shares: dict[str, Any] = {}
        for source, share in mix.items():
            name = without_folders(source) or "data"
            while name in shares:
                name += "-2"
            shares[name] = share
        kept["mix"] = shares
    return kept


def _with_header(content: bytes, texts: dict[str, str]) -> bytes:
    """Return a file with metadata, which the package would write in another order each time.

    Raises:
        CheckpointError: there is too much of it.
    """
    end = _LENGTH + int.from_bytes(content[:_LENGTH], "little")
    header = {"__metadata__": texts} | json.loads(content[_LENGTH:end])
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the arrays begin at a multiple of 8
    if len(text) > MAX_HEADER:
        raise CheckpointError(
            f".safetensors: must have at most {MAX_HEADER} bytes of metadata, got {len(text)}"
        )
    return len(text).to_bytes(_LENGTH, "little") + text + content[end:]
