"""Checkpoints: what is saved is what is read, and anything else is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlpcli.errors import CheckpointError
from mlpcli.nn.network import Network
from mlpcli.runs.checkpoint import load_checkpoint, save_checkpoint, weights_sha256
from mlpcli.runs.metadata import read_metadata
from mlpcli.utils.randomness import Purpose, stream
from tests.support.checkpoints import rewrite

SHAPES: dict[str, tuple[int, ...]] = {"layers.0.weight": (3, 2), "layers.0.bias": (2,)}

METADATA = read_metadata(
    {
        "config": {"seed": 0, "data": {}, "model": {"layers": [3, 2], "activation": "relu"}},
        "preparation": {"kind": "scale", "height": 1, "width": 3},
        "classes": ["a", "b"],
        "data": {"name": "täst", "fingerprint": ""},
        "epoch": 0,
        "history": [],
    }
)


def arrays(seed: int = 0) -> dict[str, Any]:
    """Parameters of a 3–2 network."""
    network = Network.mlp((3, 2), "relu")
    network.initialize("normal", stream(seed, Purpose.INITIAL_WEIGHTS))
    return network.named_arrays


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A saved checkpoint."""
    save_checkpoint(tmp_path / "w.npz", arrays(), METADATA)
    return tmp_path / "w.npz"


def test_round_trip(path: Path) -> None:
    """Arrays and metadata come back as they were."""
    checkpoint = load_checkpoint(path)
    for name, array in checkpoint.take("layers.", SHAPES).items():
        np.testing.assert_array_equal(arrays()[name], array)
    assert "täst" == checkpoint.metadata.data.name
    assert weights_sha256(arrays()) == checkpoint.metadata.weights_sha256


def test_plain_numpy_opens_it(path: Path) -> None:
    """NumPy alone opens the file, and the metadata is JSON text."""
    with np.load(path, allow_pickle=False) as file:
        assert {"metadata", *SHAPES} == set(file.files)
        assert json.loads(str(file["metadata"]))["format"] == 2


def test_same_bytes(tmp_path: Path) -> None:
    """The same weights and metadata make the same file."""
    for name in ("a.npz", "b.npz"):
        save_checkpoint(tmp_path / name, arrays(), METADATA)
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_sum_covers_everything() -> None:
    """Another value, name or shape gives another sum; arrays that do not predict give none."""
    one = arrays()
    weight = one["layers.0.weight"]
    sums = {
        weights_sha256(one),
        weights_sha256(arrays(seed=1)),
        weights_sha256(one | {"layers.0.weight": weight.reshape(2, 3)}),
        weights_sha256({"layers.1.weight": weight, "layers.0.bias": one["layers.0.bias"]}),
    }
    assert len(sums) == 4
    assert weights_sha256(one) == weights_sha256(one | {"resume.velocity": weight})


def test_damaged_weights(path: Path) -> None:
    """Weights that are not those that were saved are refused."""
    rewrite(path, {}, weights_sha256="0" * 64)
    with pytest.raises(CheckpointError, match=f"^{path}: damaged, the weights are not"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layers.0.bias": None}, "the array layers.0.bias is missing"),
        ({"layers.1.bias": np.zeros(2, np.float32)}, "layers.1.bias is not expected"),
        ({"layers.0.bias": np.zeros(3, np.float32)}, r"must be float32 \[2\], got float32 \[3\]"),
        ({"layers.0.bias": np.zeros(2)}, r"must be float32 \[2\], got float64 \[2\]"),
        ({"layers.0.bias": np.full(2, np.nan, np.float32)}, "must be finite, got nan or inf"),
    ],
)
def test_unfit_weights(path: Path, changes: dict[str, Any], message: str) -> None:
    """Every name, shape, type and value is checked."""
    rewrite(path, changes)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(path).take("layers.", SHAPES)


def test_other_format(path: Path) -> None:
    """A file of another format version says which."""
    rewrite(path, {}, format=99)
    with pytest.raises(CheckpointError, match="the format must be 1 or 2, got 99"):
        load_checkpoint(path)


def test_not_a_checkpoint(path: Path, glyph_file: Path, tmp_path: Path) -> None:
    """A missing, empty, cut or other file gives one line."""
    (tmp_path / "empty.npz").touch()
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "cut.npz").write_bytes(path.read_bytes()[:-40])
    np.save(tmp_path / "array.npy", np.zeros(3))
    np.savez(tmp_path / "objects.npz", metadata=np.array([{}], dtype=object))
    np.savez(tmp_path / "list.npz", metadata=np.array("[1]"))
    np.savez(tmp_path / "nojson.npz", metadata=np.array("{"))
    np.savez(tmp_path / "nan.npz", metadata=np.array('{"epoch": NaN}'))
    names = ["absent.npz", "empty.npz", "text.npz", "cut.npz", "array.npy", "objects.npz"]
    others = [tmp_path / name for name in [*names, "list.npz", "nojson.npz", "nan.npz"]]
    for other in [*others, glyph_file, tmp_path]:
        with pytest.raises(CheckpointError, match=f"^{other}: ") as caught:
            load_checkpoint(other)
        assert "\n" not in str(caught.value)


def test_unwritable(tmp_path: Path) -> None:
    """A folder that is not there gives one line."""
    with pytest.raises(CheckpointError, match="cannot be written, No such file"):
        save_checkpoint(tmp_path / "absent" / "w.npz", arrays(), METADATA)
