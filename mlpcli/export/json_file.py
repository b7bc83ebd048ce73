"""A network as plain arrays in JSON, for everything that has no format of its own."""

import json

from mlpcli.export.exported import Exported, PlainNetwork
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
    networks = [
        _with_arrays(values, network)
        for values, network in zip(described.pop("networks"), exported.networks, strict=True)
    ]
    start = json.dumps({"formula": FORMULA, **described}).removesuffix("}")
    return f'{start}, "networks": [{", ".join(networks)}]}}\n'


def _with_arrays(values: dict[str, object], network: PlainNetwork) -> str:
    """Return the JSON of a network; numbers become text row by row, which takes least memory."""
    layers = ", ".join(
        f'{{"weight": [{", ".join(map(_row, weight))}], "bias": {_row(bias)}}}'
        for weight, bias in zip(network.weights, network.biases, strict=True)
    )
    return f'{json.dumps(values).removesuffix("}")}, "arrays": [{layers}]}}'


def _row(row: Array) -> str:
    return f"[{', '.join(row.astype(str).tolist())}]"
