"""A network as plain arrays in JSON, for everything that has no format of its own."""

import json

from mlpcli.export.exported import Exported, PlainNetwork
from mlpcli.utils.arrays import Array

FORMULA = (
    "x is a row of height · width pixels divided by 255. Each network: for all layers but the last "
    "x = activation(x · weight + bias), then softmax(x · weight + bias). The probabilities are the "
    "mean over the networks."
)
VIEWS = (
    " A network with a view computes with the image that the steps of its view make, in turn, of "
    "the whole grey levels v in row r and column c. Places are rounded to 1/256 of a pixel and "
    "levels to whole numbers, halves up; outside there is no ink. R and C are the means of r and "
    "c, weighted with v. deslant: s is the covariance of r and c, so weighted, divided by the "
    "variance of r, and limited to [-1, 1]; v[r, c] becomes v[r, c + s (r - R)], interpolated "
    "linearly. width: w is the number of columns from the first to the last with a v of at least "
    "77; v[r, c] becomes the mean of the row from e(c) to e(c + 1), where e(c) = C + 1/2 + (c - "
    "14) w / pixels and column c reaches from c to c + 1. Without ink s is 0 and C + 1/2 is 14; "
    "without a level of 77 w / pixels is 1."
)
"""How images are seen, which stands only where a network has a view; see `mlpcli.images.view`."""


TEMPERATURE = (
    " With T, the mean_temperature, the mean p of each class then becomes p^(1/T), divided by the "
    "sum of these over the classes."
)
"""What becomes of the mean, which stands only where it has a temperature."""


def formula(exported: Exported) -> str:
    """Return what the networks compute, in words."""
    tempered = TEMPERATURE if exported.temperature != 1 else ""
    return FORMULA + tempered + (VIEWS if exported.has_views else "")


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
    start = json.dumps({"formula": formula(exported), **described}).removesuffix("}")
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
