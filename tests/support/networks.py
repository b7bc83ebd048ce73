"""Weights files of any network, with random weights, without a training."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.inference.bundled import BUNDLED
from mlpcli.nn.network import array_shapes, mlp_layers
from mlpcli.runs.committee import write_list
from tests.support.checkpoints import metadata_of, write
from tests.support.viewing import preparation


def write_network(
    path: Path,
    sizes: Sequence[int],
    activation: Any = "relu",
    *,
    batch_norm: bool = False,
    classes: Sequence[str] | None = None,
    shape: tuple[int, int] = (28, 28),
    kind: str = "digit",
    seed: int = 0,
    largest: float | None = None,
    view: View | None = None,
    **metadata: object,
) -> Path:
    """Write a network whose predictions are neither all alike nor all sure.

    Args:
        path: of the file.
        sizes: features at each stage, inputs first and classes last.
        activation: the name of the function between linear layers.
        batch_norm: whether it has batch normalisation.
        classes: their names; numbers by default.
        shape: height and width of the inputs.
        kind: of preprocessing, digit or scale.
        seed: of the weights.
        largest: a value for the first weight, of a stranger's file.
        view: how the network sees digits.
        metadata: other fields, such as temperature and outlier_threshold.
    """
    generator = np.random.default_rng(seed)
    shapes = array_shapes(mlp_layers(sizes, activation, batch_norm=batch_norm))
    arrays = {}
    for name, size in (shapes[0] | shapes[1]).items():
        values = generator.normal(size=size)
        if name.endswith(".weight"):
            values *= 3 / np.sqrt(size[0])
        elif name.endswith((".scale", ".variance")):
            values = np.exp(values / 4)
        arrays[name] = values.astype(np.float32)
    if largest is not None:
        arrays["layers.0.weight"][0, 0] = largest
    values = json.loads(_metadata()) | {
        "classes": list(classes or map(str, range(sizes[-1]))),
        "preparation": {"kind": kind, "height": shape[0], "width": shape[1]},
        "temperature": 1.0,
        "outlier_threshold": None,
        "history": [],
        "epoch": 1,
    }
    values["config"]["data"] = {"name": "mnist"}
    values["config"]["model"] = {
        "layers": [*sizes],
        "activation": activation,
        "batch_norm": batch_norm,
    }
    if view is not None:
        values["preparation"] = preparation(view)
    write(path, arrays, values | metadata)
    return path


def cooled(folder: Path, temperature: float) -> Path:
    """Write three networks into a folder, whose mean has a temperature; return the folder."""
    folder.mkdir(exist_ok=True)
    members = [
        write_network(folder / f"member-{seed}.npz", (784, 12, 10), seed=seed) for seed in range(3)
    ]
    write_list(folder, members, temperature)
    return folder


def spotted(count: int, height: int = 28, width: int = 28) -> Pixels:
    """Return images of large spots, (count, height, width) uint8, about half of them 0."""
    generator = np.random.default_rng(count)
    levels = generator.integers(-255, 256, (count, -(-height // 7), -(-width // 7))).clip(0)
    whole = levels.repeat(7, axis=1).repeat(7, axis=2)[:, :height, :width]
    return whole.astype(np.uint8)


@cache
def _metadata() -> str:
    return json.dumps(metadata_of(BUNDLED))
