"""What a training writes when it ends: its result, which goes when the training goes on."""

import json
from pathlib import Path

import pytest

from mlpcli import train
from mlpcli.config import load_config
from mlpcli.errors import TrainingError
from mlpcli.runs.directory import Run
from mlpcli.runs.result import Result, read_result
from mlpcli.training.session import resume
from tests.conftest import Mlp

DIVERGING = "training.optimizer={name: sgd, learning_rate: 1.0e+300}"


def result_of(directory: Path) -> Result:
    """Return the result of a run, which has one."""
    result = read_result(Run(directory))
    assert result is not None
    return result


def test_done(mlp: Mlp, config_file: Path) -> None:
    """A finished training leaves what it printed, when it ended, and its configuration."""
    record = json.loads(mlp("train", config_file, "--out", "run", "--json").stdout)
    result = result_of(Path("run"))
    kept = json.loads(Path("run/result.json").read_text())
    assert {name: record[name] for name in kept.keys() & record.keys()} == {
        name: kept[name] for name in kept.keys() & record.keys()
    }
    assert ("done", None, [784, 30, 10]) == (result.state, result.reason, result.layers)
    assert load_config("run/config.yaml").seed == result.config["seed"]
    assert 0 <= Path("run/best.npz").stat().st_mtime - result.ended.timestamp() + 1 < 60


def test_resumed(mlp: Mlp, trained: Path) -> None:
    """A run that goes on has no result until it ends again; one that does not keeps its own."""
    before = result_of(trained)
    resume(Run(trained))
    assert before == result_of(trained)
    assert 2 == mlp("train", "--resume", trained, "--set", "training.epochs=2").exit_code
    assert before == result_of(trained)
    resume(Run(trained), ["training.epochs=5"])
    assert not (trained / "result.json").exists()
    assert 0 == mlp("train", "--resume", trained).exit_code
    after = result_of(trained)
    assert (3, 5, 5) == (before.epochs, after.epochs, after.config["training"]["epochs"])
    assert before.seconds < after.seconds


def test_failed(mlp: Mlp, config_file: Path) -> None:
    """A training that diverges leaves why, and loses that when it is resumed."""
    result = mlp("train", config_file, "--out", "run", "--set", DIVERGING)
    assert 1 == result.exit_code
    kept = result_of(Path("run"))
    assert ("failed", 0, None) == (kept.state, kept.epochs, kept.test_accuracy)
    assert f"{kept.reason}\n" == result.stderr.partition("\n")[2]
    resume(Run(Path("run")))
    assert not Path("run/result.json").exists()


def test_from_python(config_file: Path, tmp_path: Path) -> None:
    """A training from Python leaves a result without the test images, which it does not use."""
    run = train(load_config(config_file, ["training.epochs=1"]), out=tmp_path / "run")
    assert ("done", None) == (result_of(run.directory).state, result_of(run.directory).test_count)
    with pytest.raises(TrainingError):
        train(load_config(config_file, [DIVERGING]), out=tmp_path / "other")
    assert "failed" == result_of(tmp_path / "other").state
