"""What the page's script finds in the page: a JSON object, and the weights in base64.

The weights are those of the checkpoints, before batch normalisation is folded in and temperatures
are applied: numbers that training rounded, as the bundled ones are, compress much better so. The
script does both when the page is opened, see `script/weights.js`.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mlpcli.errors import CheckpointError
from mlpcli.export.page.settings import reading_settings, settings, view_settings
from mlpcli.nn.layers.batch_norm import EPSILON
from mlpcli.runs.checkpoint import WEIGHTS

if TYPE_CHECKING:
    from mlpcli.export.exported import Exported
    from mlpcli.export.page.examples import Example
    from mlpcli.runs.checkpoint import Checkpoint
    from mlpcli.utils.arrays import Array

MOST = 1 << 25
"""Parameters that a page may have: 128 MiB of float32, of which there are copies while the page is
opened."""

_ARRAYS = ("weight", "bias", "norm.scale", "norm.mean", "norm.variance")


def payload(
    exported: Exported, checkpoints: Sequence[Checkpoint], examples: Sequence[Example]
) -> dict[str, Any]:
    """Return everything but the weights, as values of a JSON object whose keys are in camelCase.

    No constant of preprocessing and predicting is written in the script, they are all in here.

    Args:
        exported: the networks.
        checkpoints: that they were built of, in the same order.
        examples: images to start from.

    Raises:
        CheckpointError: the networks are too large for a page.
    """
    if exported.parameters > MOST:
        raise CheckpointError(
            f"{', '.join(str(each.path) for each in checkpoints)}: a page must have at most "
            f"{MOST:,} weights, got {exported.parameters:,}; export a smaller network"
        )
    described = exported.describe()
    pairs = zip(exported.networks, described["networks"], checkpoints, strict=True)
    return {
        "madeBy": described["made_by"],
        "classes": described["classes"],
        "preprocessing": described["preprocessing"],
        "outlierThreshold": exported.outlier_threshold,
        **({} if exported.temperature == 1 else {"meanTemperature": exported.temperature}),
        "batchNormEpsilon": EPSILON,
        "settings": settings(),
        **reading_settings(),
        "networks": [
            {
                "sizes": list(network.sizes),
                "activation": network.activation,
                "temperature": network.temperature,
                "knowsOutliers": network.knows_outliers,
                "batchNorm": checkpoint.metadata.config.model.batch_norm,
                "data": origin["data"],
                "epochs": origin["epochs"],
                "weightsSha256": origin["weights_sha256"],
                **({"view": view_settings(network.view)} if network.view.changes else {}),
            }
            for network, origin, checkpoint in pairs
        ],
        "examples": [
            {"label": each.label, "image": b64encode(each.image.tobytes()).decode()}
            for each in examples
        ],
    }


def packed_weights(checkpoints: Sequence[Checkpoint]) -> str:
    """Return the weights of all networks, compressed, in base64.

    It is the raw deflate of four planes: the first bytes of all float32 numbers, then the second
    ones and so on, little-endian. The numbers are, for each network and each linear layer in turn,
    the weights of each output, the biases and, with batch normalisation, scales, means and
    variances. Bytes of one meaning side by side compress best, measured on the bundled weights: to
    669 kB, from 692 kB with the weights of each input in turn, and 812 kB without planes.
    """
    numbers = np.concatenate([array for each in checkpoints for array in _numbers(each)])
    planes = numbers.astype("<f4").view(np.uint8).reshape(-1, 4).T
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, 9, zlib.Z_FILTERED)
    return b64encode(deflate.compress(planes.tobytes()) + deflate.flush()).decode()


def _numbers(checkpoint: Checkpoint) -> Iterator[Array]:
    """Yield the arrays of a network in order, each flattened, weights output by output."""
    for layer in range(len(checkpoint.metadata.sizes) - 1):
        for name in _ARRAYS:
            array = checkpoint.arrays.get(f"{WEIGHTS}{layer}.{name}")
            if array is not None:
                yield array.T.ravel()
