"""What the page's script is given: the JSON object and the packed weights."""

import json
import zlib
from base64 import b64decode
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlpcli.errors import CheckpointError
from mlpcli.export.exported import Exported
from mlpcli.export.page.examples import Example
from mlpcli.export.page.payload import MOST, packed_weights, payload
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import Checkpoint, load_checkpoint
from tests.support.networks import spotted, write_network


def opened(*paths: Path) -> tuple[Exported, list[Checkpoint]]:
    """Return what is exported of some weights, and the weights."""
    checkpoints = [load_checkpoint(path) for path in paths]
    return Exported.of(Classifier.of(checkpoints), checkpoints), checkpoints


def test_object(tmp_path: Path) -> None:
    """It says of each network what the script computes with, in JSON without infinities."""
    first = write_network(
        tmp_path / "a.npz", (784, 9, 10), "gelu", temperature=1.5, outlier_threshold=0.25
    )
    second = write_network(tmp_path / "b.npz", (784, 8, 7, 10), batch_norm=True)
    image = spotted(1)[0]
    found = json.loads(
        json.dumps(payload(*opened(first, second), [Example(image, 3)]), allow_nan=False)
    )
    assert [*"0123456789"] == found["classes"]
    assert found["outlierThreshold"] is None  # the second knows none
    assert 1e-5 == found["batchNormEpsilon"]
    assert 9 == len(found["preprocessing"]["steps"])
    assert {"warnings", "secondLook", "views", "settings"} < found.keys()
    network, other = found["networks"]
    assert [784, 9, 10] == network["sizes"]
    assert ("gelu", 1.5, True, False) == tuple(
        network[key] for key in ("activation", "temperature", "knowsOutliers", "batchNorm")
    )
    assert ([784, 8, 7, 10], True) == (other["sizes"], other["batchNorm"])
    (example,) = found["examples"]
    assert 3 == example["label"]
    assert image.tobytes() == b64decode(example["image"])


def test_weights_that_come_along_fit() -> None:
    """The weights that come with the program take at most 1.25 MB of the page."""
    assert len(packed_weights([load_checkpoint(BUNDLED)])) <= 1_250_000


def test_packed_weights(tmp_path: Path) -> None:
    """Four planes of bytes hold the weights of each output in turn, and then the biases."""
    _, checkpoints = opened(write_network(tmp_path / "a.npz", (16, 3), shape=(4, 4), kind="scale"))
    planes = zlib.decompress(b64decode(packed_weights(checkpoints)), -zlib.MAX_WBITS)
    numbers = np.frombuffer(planes, np.uint8).reshape(4, -1).T.copy().view("<f4").ravel()
    arrays = checkpoints[0].arrays
    expected = np.concatenate([arrays["layers.0.weight"].T.ravel(), arrays["layers.0.bias"]])
    np.testing.assert_array_equal(expected, numbers)


def test_too_large_for_a_page(tmp_path: Path) -> None:
    """A page that no browser would open is refused in one line."""
    exported, checkpoints = opened(write_network(tmp_path / "a.npz", (784, 10)))
    huge = np.broadcast_to(np.float32(0), (784, 60_000))
    network = replace(exported.networks[0], weights=(huge,))
    with pytest.raises(CheckpointError) as caught:
        payload(replace(exported, networks=(network,)), checkpoints, [])
    assert [
        f"{tmp_path / 'a.npz'}: a page must have at most {MOST:,} weights, got 47,040,010; "
        "export a smaller network"
    ] == str(caught.value).splitlines()
