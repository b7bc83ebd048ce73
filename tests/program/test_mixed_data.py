"""Training on a mix of data sets, and what is done with its weights."""

import json
from pathlib import Path

import numpy as np
import yaml

from mlpcli.datasets.synthetic.drawing import draw
from tests.conftest import Mlp


def train_on(mlp: Mlp, mix: dict[str, float], *more: object) -> dict[str, object]:
    """Train on a mix and return the record that is printed."""
    changes = [f"data.mix={json.dumps(mix)}", "training.epochs=1", "training.batch_size=8"]
    options = [word for change in changes for word in ("--set", change)]
    result = mlp("train", "quickstart", *options, "--out", "run", "--quiet", "--json", *more)
    assert (0, "") == (result.exit_code, result.stderr)
    record: dict[str, object] = json.loads(result.stdout)
    return record


def write_digits(path: Path) -> str:
    """Write an .npz with a few drawn digits, and return its path."""
    train, test = draw(3, "train", 300), draw(3, "test", 40)
    np.savez(
        path, x_train=train.images, y_train=train.labels, x_test=test.images, y_test=test.labels
    )
    return str(path)


def test_train_and_evaluate(mlp: Mlp, tmp_path: Path) -> None:
    """The run says what it is trained on, and is evaluated on the same mix or on another data set."""
    path = write_digits(tmp_path / "own.npz")
    record = train_on(mlp, {path: 1, "synthetic": 1})
    assert (f"{path} + synthetic", 100) == (record["data"], record["validation_count"])
    config = yaml.safe_load(Path("run/config.yaml").read_text())
    assert {path: 1, "synthetic": 1} == config["data"]["mix"]
    refused = mlp("evaluate", "--weights", "run")
    assert 1 == refused.exit_code
    assert f"give --data {path}" in refused.stderr
    for name in (path, "synthetic"):
        assert 0 == mlp("evaluate", "--weights", "run", "--data", name).exit_code


def test_evaluate_drawn(mlp: Mlp) -> None:
    """Weights trained on a mix of known data sets are evaluated on the same mix."""
    train_on(mlp, {"synthetic": 1}, "--set", "data.train=240", "--set", "data.test=40")
    result = mlp("evaluate", "--weights", "run", "--json")
    record = json.loads(result.stdout)
    assert ("synthetic", 40) == (record["data"], record["count"])


def test_resume(mlp: Mlp, tmp_path: Path) -> None:
    """A run on a mix resumes, with the same mix."""
    train_on(mlp, {write_digits(tmp_path / "own.npz"): 1, "synthetic": 1})
    result = mlp("train", "--resume", "run", "--set", "training.epochs=1")
    assert 0 == result.exit_code
