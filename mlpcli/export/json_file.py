"""A network as plain arrays in JSON, for everything that has no format of its own."""

import json
from typing import Any

import numpy as np

from mlpcli.export.exported import Exported
from mlpcli.utils.arrays import Array

FORMULA = (
    "x is a row of height · width pixels divided by 255. Each network: for all layers but the last "
    "x = activation(x · weight + bias), then softmax(x · weight + bias). The probabilities are the "
    "mean over the networks."
)


def json_text(exported: Exported) -> str:
    """Return a JSON object: what `Exported.describe` says, with the arrays of each network.

    `weight` is a list of rows, one for each input, and `bias` a list with a number for each output.
    Each number is the shortest that gives the same float32.
    """
    described = exported.describe()
    for values, network in zip(described["networks"], exported.networks, strict=True):
        arrays = zip(network.weights, network.biases, strict=True)
        values["arrays"] = [
            {"weight": _numbers(weight), "bias": _numbers(bias)} for weight, bias in arrays
        ]
    return json.dumps({"formula": FORMULA, **described}) + "\n"


def _numbers(array: Array) -> Any:
    """Return (nested) lists of floats whose digits are those that float32 needs."""
    return array.astype(str).astype(np.float64).tolist()
