"""Which weights are used where none are given, and the name of those that come along."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from mlpcli.inference.bundled import BUNDLED
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.glyphs import draw_digit
from tests.support.trainings import DEAD, train


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture of a three."""
    draw_digit(3).save(tmp_path / "three.png")
    return Path("three.png")


def age(directory: str, seconds: int) -> None:
    """Make the files of a run so many seconds older than now."""
    for path in Path(directory).iterdir():
        time = path.stat().st_mtime - seconds
        os.utime(path, (time, time))


def test_skipped(mlp: Mlp, config_file: Path, picture: Path) -> None:
    """By default the newest run is taken that has finished an epoch and does better than guess."""
    train(mlp, config_file, "runs/good")
    age("runs/good", 100)
    train(mlp, config_file, "runs/bad", *DEAD)
    Path("runs/new").mkdir()
    Path("runs/new/config.yaml").write_text("seed: 0\n")
    Path("runs/broken").mkdir()
    Path("runs/broken/best.npz").write_text("hello")
    Path("runs/old").mkdir()
    Path("runs/old/config.yaml").write_text("seed: 0\n")
    age("runs/old", 1000)
    result = mlp("predict", picture)
    assert 0 == result.exit_code
    *passed, taken = result.stderr.splitlines()
    assert "weights: runs/good/best.npz" == taken
    assert {
        "weights: skipped runs/bad/best.npz: no better than guessing",
        "weights: skipped runs/new: no epoch is finished",
        "weights: skipped runs/broken/best.npz: cannot be read as mlp weights, File is not a "
        "zip file",
    } == set(passed)


def test_only_bad_runs(mlp: Mlp, config_file: Path, picture: Path) -> None:
    """Where no run is worth using, it is the weights that come along; many runs take few lines."""
    for number in range(9):
        Path(f"runs/{number}").mkdir(parents=True)
        Path(f"runs/{number}/config.yaml").touch()
    train(mlp, config_file, "runs/bad", *DEAD)
    lines = mlp("predict", picture).stderr.splitlines()
    assert 7 == len(lines)
    assert "weights: skipped runs/bad/best.npz: no better than guessing" == lines[0]
    assert "weights: skipped 5 more runs that are newer" == lines[5]
    assert "weights: those that come with mlp, trained on MNIST and drawn digits" == lines[6]


@pytest.mark.parametrize(
    "changes",
    [
        {"classes": ["a"]},
        {"config": 3},
        {"weights_sha256": "0"},
        {"format": 99},
        {"temperature": 0.0},
        {"epoch": 0},
    ],
)
def test_hostile_weights(
    mlp: Mlp, config_file: Path, picture: Path, changes: dict[str, object]
) -> None:
    """Weights that hold nonsense do not keep the ones before from being taken."""
    train(mlp, config_file, "runs/good")
    age("runs/good", 100)
    train(mlp, config_file, "runs/odd")
    rewrite(Path("runs/odd/best.npz"), {}, **changes)
    result = mlp("predict", picture)
    passed, taken = result.stderr.splitlines()
    assert passed.startswith("weights: skipped runs/odd/best.npz: ")
    assert "weights: runs/good/best.npz" == taken


def strip(path: Path, **changes: object) -> None:
    """Make metadata those of a file that was saved before guesses were recorded."""
    checkpoint = load_checkpoint(path)
    metadata = metadata_of(checkpoint.path) | changes
    del metadata["guessing"]
    np.savez(path, metadata=np.array(json.dumps(metadata)), **checkpoint.arrays)  # type: ignore[arg-type]


def test_older_weights(mlp: Mlp, config_file: Path, picture: Path) -> None:
    """Weights from before that was recorded are judged by their history, and trusted without."""
    train(mlp, config_file, "runs/bad", *DEAD)
    weights = Path("runs/bad/best.npz")
    strip(weights)
    assert "runs/bad/best.npz: no better than guessing" in mlp("predict", picture).stderr
    rewrite(weights, {}, history=[])
    assert "weights: runs/bad/best.npz" == mlp("predict", picture).stderr.splitlines()[0]


@pytest.mark.parametrize("command", ["predict", "evaluate", "inspect", "compare"])
def test_given(mlp: Mlp, config_file: Path, glyph_file: Path, picture: Path, command: str) -> None:
    """Weights that are given are used, with a line that they are no better than guessing."""
    train(mlp, config_file, "bad", *DEAD)
    arguments = {
        "predict": [picture, "--weights", "bad"],
        "evaluate": ["--weights", "bad", "--data", glyph_file],
        "inspect": ["bad", "--data", glyph_file],
        "compare": ["bad", "bad/best.npz", "--data", glyph_file],
    }
    result = mlp(command, *arguments[command])
    assert 0 == result.exit_code
    line = "bad/best.npz: warning: no better than guessing"
    assert line in result.stderr.splitlines()
    assert "skipped" not in result.stderr


def test_bundled(mlp: Mlp, config_file: Path, glyph_file: Path, picture: Path) -> None:
    """The name bundled stands for the weights that come along, whatever runs there are."""
    train(mlp, config_file, "runs/good")
    result = mlp("predict", picture, "--weights", "bundled", "--json")
    assert (0, "") == (result.exit_code, result.stderr)
    inspected = json.loads(mlp("inspect", "bundled", "--json").stdout)
    assert str(BUNDLED) == inspected["weights"]
    for words in (["evaluate", "--weights", "bundled"], ["compare", "bundled", "runs/good"]):
        result = mlp(*words, "--data", glyph_file, "--json")
        assert 0 == result.exit_code
        assert str(BUNDLED) in result.stdout


def test_a_file_named_bundled(mlp: Mlp, trained: Path) -> None:
    """A file of that name is ./bundled, and a note says so."""
    Path("bundled").write_bytes((trained / "best.npz").read_bytes())
    result = mlp("inspect", "bundled", "--json")
    assert str(BUNDLED) == json.loads(result.stdout)["weights"]
    assert result.stderr.startswith(
        "note: bundled means the weights that come with mlp; write ./bundled for the file or "
        "folder here\n"
    )
    assert "bundled" == json.loads(mlp("inspect", "./bundled", "--json").stdout)["weights"]


def test_from_bundled(mlp: Mlp, config_file: Path) -> None:
    """A training begins with the weights that come along where its layers are theirs."""
    layers = json.dumps(metadata_of(BUNDLED)["config"]["model"]["layers"])
    options = ["--from", "bundled", "--set", "training.epochs=1"]
    options += ["--set", "model.activation=gelu", "--set", "model.batch_norm=true"]
    train(mlp, config_file, "x", *options, "--set", f"model.layers={layers}")
    assert str(BUNDLED) == metadata_of(Path("x/best.npz"))["from"]["weights"]
    result = mlp("train", "--config", config_file, "--out", "y", *options)
    assert 1 == result.exit_code
    message = "model.layers must be as in the configuration, [784, 30, 10], got"
    assert f"{BUNDLED}: {message} {layers}\n" == result.stderr


def test_resume_bundled(mlp: Mlp) -> None:
    """There is no run to go on with behind the weights that come along."""
    result = mlp("train", "--resume", "bundled")
    assert 1 == result.exit_code
    assert result.stderr.startswith("bundled: must be the directory of a run, but holds no config")
