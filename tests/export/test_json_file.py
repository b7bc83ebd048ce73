"""A network as plain arrays in JSON."""

import json
from pathlib import Path

import numpy as np

from mlpcli.export.json_file import VIEWS, json_text
from mlpcli.images.view import View
from tests.export.test_exported import exported
from tests.support.networks import write_network


def test_arrays_to_the_bit(tmp_path: Path) -> None:
    """The numbers are those of the network, written as rows for each input."""
    network = exported(write_network(tmp_path / "net.npz", (784, 9, 10), temperature=0.7))
    (described,) = json.loads(json_text(network))["networks"]
    for n, layer in enumerate(described["arrays"]):
        weight, bias = (np.array(layer[name], dtype=np.float32) for name in ("weight", "bias"))
        np.testing.assert_array_equal(network.networks[0].weights[n], weight)
        np.testing.assert_array_equal(network.networks[0].biases[n], bias)


def test_what_else_is_told(tmp_path: Path) -> None:
    """Class names, preprocessing and the formula are in the file, beside those of each network."""
    paths = [write_network(tmp_path / f"{n}.npz", (784, 5 + n, 10), seed=n) for n in range(2)]
    record = json.loads(json_text(exported(*paths)))
    assert [str(digit) for digit in range(10)] == record["classes"]
    assert "polarity" == record["preprocessing"]["steps"][0]["name"]
    assert (28, 28) == (record["preprocessing"]["height"], record["preprocessing"]["width"])
    assert [[784, 5, 10], [784, 6, 10]] == [each["layers"] for each in record["networks"]]
    assert "softmax" in record["formula"]
    assert record["outlier_threshold"] is None


def test_views(tmp_path: Path) -> None:
    """Each network has its own view, in steps that the formula explains; others say nothing of it."""
    paths = [
        write_network(tmp_path / f"{n}.npz", (784, 5, 10), view=view)
        for n, view in enumerate([View(), View(deslant=True, width=12), View(width=20)])
    ]
    record = json.loads(json_text(exported(*paths)))
    steps = [{"name": "deslant"}, {"name": "width", "pixels": 12}]
    assert [None, steps, [{"name": "width", "pixels": 20}]] == [
        each.get("view") for each in record["networks"]
    ]
    assert "centre" == record["preprocessing"]["steps"][-1]["name"]
    assert VIEWS in record["formula"]
    assert "view" not in json_text(exported(paths[0]))
