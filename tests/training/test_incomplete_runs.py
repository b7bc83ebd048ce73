"""Resuming runs whose files are missing, damaged or old."""

from pathlib import Path

import pytest

from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.runs.directory import Run
from mlpcli.runs.metadata import Metadata
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of, rewrite
from tests.support.runs import ADAMW, EVERYTHING, PLAIN, interrupted, log, write_config


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        (
            ["last.npz"],
            "run/last.npz: is missing, although best.npz exists; put it back, or begin another "
            "run with mlp train --from run/best.npz",
        ),
        (
            ["best.npz"],
            "run/best.npz: must hold the weights of epoch 3 of this run, got none; put it back, or "
            "begin another run with mlp train --from run/last.npz",
        ),
        (
            ["last.npz", "best.npz"],
            "run/last.npz: is missing, although log.jsonl exists; put it back, or begin another "
            "run",
        ),
    ],
)
def test_missing_weights(
    mlp: Mlp, tmp_path: Path, glyph_file: Path, gone: list[str], message: str
) -> None:
    """A run with missing weights does not start again over its other files."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3, 5)
    for name in gone:
        (run / name).unlink()
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert result.stderr == f"{message}\n"
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


@pytest.mark.parametrize("other", [PLAIN + "seed: 3", ADAMW, PLAIN])
def test_best_of_another_run(mlp: Mlp, tmp_path: Path, glyph_file: Path, other: str) -> None:
    """A run does not resume with the best weights of another one."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3)
    other_run = interrupted(write_config(tmp_path, glyph_file, other), tmp_path / "other", 1)
    (other_run / "best.npz").rename(run / "best.npz")
    before = {path.name: path.read_bytes() for path in run.iterdir()}
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert (
        "run/best.npz: must hold the weights of epoch 3 of this run, got those of another epoch or run; put it back"
        in (result.stderr)
    )
    assert before == {path.name: path.read_bytes() for path in run.iterdir()}


def test_best_of_an_earlier_epoch(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run does not resume with earlier best weights in place of the latest best ones."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 3, 5)
    history = metadata_of(run / "best.npz")["history"]
    rewrite(run / "best.npz", {}, epoch=1, history=history[:1])
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert (
        "must hold the weights of epoch 3 of this run, got those of another epoch or run; "
        in result.stderr
    )


@pytest.mark.parametrize("text", [PLAIN, EVERYTHING.replace("one-cycle", "constant")])
@pytest.mark.parametrize("gone", [False, True])
def test_killed_before_the_best(
    mlp: Mlp,
    tmp_path: Path,
    glyph_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    gone: bool,
) -> None:
    """A run that was killed between saving its latest and its best weights saves the best on resuming."""
    config_file = write_config(tmp_path, glyph_file, text.replace("epochs: 4", "epochs: 3"))
    best = Run(tmp_path / "run").best
    save_best = Run.save_best

    def die(run: Run, arrays: dict[str, Array], metadata: Metadata) -> None:
        if metadata.epoch == 3:
            raise SystemExit(9)
        save_best(run, arrays, metadata)

    with monkeypatch.context() as patch:
        patch.setattr(Run, "save_best", die)
        assert mlp("train", "--config", config_file, "--out", "run").exit_code == 9
    assert len(log(tmp_path / "run")) == 3
    assert metadata_of(best)["epoch"] < 3
    if gone:
        best.unlink()
    resumed = mlp("train", "--resume", "run")
    assert resumed.stdout.endswith(", weights of epoch 3: run/best.npz\n")
    whole = mlp("train", "--config", config_file, "--out", "whole")
    assert whole.stdout.splitlines()[-1].replace("whole", "run") == resumed.stdout.splitlines()[-1]
    arrays = load_checkpoint(Path("whole/best.npz")).arrays
    for name, array in load_checkpoint(best).arrays.items():
        assert array.tobytes() == arrays[name].tobytes(), name


def test_damaged_weights(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """Weights cut short are refused with what to do next."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 2)
    (run / "last.npz").write_bytes((run / "last.npz").read_bytes()[:-100])
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 1
    assert result.stderr.endswith(
        "put it back, or begin another run with mlp train --from run/best.npz\n"
    )
    assert 1 == result.stderr.count("\n")


def test_another_version(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run that resumes with another version of NumPy says so, for rounding may differ."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    versions = metadata_of(run / "last.npz")["versions"] | {"numpy": "1.0"}
    rewrite(run / "last.npz", {}, versions=versions)
    result = mlp("train", "--resume", "run")
    assert result.exit_code == 0
    assert result.stderr.startswith("note: numpy was 1.0 and is ")


def test_the_first_format(mlp: Mlp, tmp_path: Path, glyph_file: Path) -> None:
    """A run in the first format, which saved whole epochs only, resumes after the last of them."""
    run = interrupted(write_config(tmp_path, glyph_file), tmp_path / "run", 1)
    rewrite(run / "last.npz", {}, format=1, under_way=None)
    assert mlp("train", "--resume", run).exit_code == 0
    assert mlp("train", "--config", "c.yaml", "--out", "whole").exit_code == 0
    assert log(Path("whole")) == log(run)
