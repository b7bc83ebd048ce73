"""Runs whose data set is in another place when they go on."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import load_config
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of
from tests.support.runs import interrupted, log, write_config


@pytest.fixture
def halted(tmp_path: Path, glyph_file: Path) -> Path:
    """A run that was interrupted in its second epoch, and whose data have moved since."""
    data = tmp_path / "old" / "data.npz"
    data.parent.mkdir()
    shutil.copy(glyph_file, data)
    run = interrupted(write_config(tmp_path, data), tmp_path / "run", 1, 3)
    data.parent.rename(tmp_path / "new place")
    return run


def test_away(mlp: Mlp, tmp_path: Path, halted: Path) -> None:
    """Without the data, the message has the command to type."""
    result = mlp("train", "--resume", halted)
    assert 1 == result.exit_code
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"{tmp_path}/old/data.npz: cannot be read, No such file or directory; ")
    assert line.endswith(f"; if it has moved: mlp train --resume {halted} --data PATH")


def test_found_again(mlp: Mlp, tmp_path: Path, glyph_file: Path, halted: Path) -> None:
    """With --data the run goes on as if nothing had moved, and knows the place from then on."""
    whole = tmp_path / "whole"
    config = write_config(tmp_path, glyph_file)
    assert 0 == mlp("train", "--config", config, "--out", whole).exit_code
    result = mlp("train", "--resume", halted, "--data", "new place/data.npz")
    assert 0 == result.exit_code, result.output
    note = f"note: {halted}/config.yaml names the data set at new place/data.npz now\n"
    assert note in result.stderr
    assert log(whole) == log(halted)
    expected, found = (metadata_of(run / "last.npz")["weights_sha256"] for run in (whole, halted))
    assert expected == found
    recorded = load_config(halted / "config.yaml").data.path
    assert f"{tmp_path}/new place/data.npz" == recorded
    assert 0 == mlp("train", "--resume", halted).exit_code


def test_before_the_first_save(mlp: Mlp, tmp_path: Path, halted: Path) -> None:
    """A run that was stopped before anything was saved begins with the data that --data names."""
    (halted / "last.npz").unlink()
    (halted / "best.npz").unlink()
    (halted / "log.jsonl").unlink()
    result = mlp("train", "--resume", halted, "--data", tmp_path / "new place" / "data.npz")
    assert 0 == result.exit_code, result.output
    assert f"{tmp_path}/new place/data.npz" == load_config(halted / "config.yaml").data.path


def test_other_data(mlp: Mlp, glyph_file: Path, halted: Path) -> None:
    """Other data are refused in one line, and the run stays as it is."""
    with np.load(glyph_file) as file:
        np.savez("other.npz", **{name: file[name][::-1] for name in file.files})
    before = {path.name: path.read_bytes() for path in halted.iterdir()}
    for data, message in (
        ("other.npz", f"{halted}/last.npz: the data must be the same as when the run began, with"),
        ("absent.npz", "absent.npz: cannot be read, No such file or directory; "),
    ):
        result = mlp("train", "--resume", halted, "--data", data)
        assert 1 == result.exit_code
        assert result.stderr.startswith(message)
        assert 1 == result.stderr.count("\n")
    assert before == {path.name: path.read_bytes() for path in halted.iterdir()}


def test_without_resume(mlp: Mlp, glyph_file: Path) -> None:
    """A new run trains on the data set that --data names, whatever its configuration says."""
    copy = Path("it's: {odd}.npz")
    copy.write_bytes(glyph_file.read_bytes())
    result = mlp("train", "mnist", "--data", copy, "--epochs", "1", "--out", "run", "--quiet")
    assert 0 == result.exit_code, result.output
    assert str(copy.absolute()) == load_config(Path("run/config.yaml")).data.path
    result = mlp("train", "mnist", "--data", "fashion", "--dry-run")
    assert result.stderr.startswith("fashion: cannot be read, No such file or directory; did you")


def test_drawn_digits(mlp: Mlp, tmp_path: Path) -> None:
    """Digits that are drawn have no place."""
    config = tmp_path / "drawn.yaml"
    config.write_text(
        "data: {name: synthetic, train: 30, test: 10, validation: 10}\ntraining: {epochs: 1}\n"
    )
    assert 0 == mlp("train", "--config", config, "--out", "run").exit_code
    result = mlp("train", "--resume", "run", "--data", "mnist")
    assert 1 == result.exit_code
    message = "--data: must be left out where digits are drawn, as they have no place\n"
    assert message == result.stderr


@pytest.mark.slow
def test_named(mlp: Mlp, tmp_path: Path, mnist_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set known by name is found in another root, or in its folder itself, or by name."""
    monkeypatch.delenv("MLP_DATA")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nothing is downloaded
    monkeypatch.setattr("mlpcli.datasets.download.PAUSES", ())
    root = tmp_path / "old"
    root.mkdir()
    (root / "mnist").symlink_to(mnist_root / "mnist")
    config = tmp_path / "c.yaml"
    config.write_text(
        f"data: {{name: mnist, root: '{root}', validation: 59000}}\n"
        "model: {layers: [784, 10, 10]}\ntraining: {epochs: 1, batch_size: 100}\n"
    )
    run = interrupted(config, tmp_path / "run", 0, 3)
    root.rename(tmp_path / "new")
    result = mlp("train", "--resume", run)
    assert 1 == result.exit_code
    assert result.stderr.endswith(f"; if it has moved: mlp train --resume {run} --data PATH\n")
    monkeypatch.setenv("MLP_DATA", "new")
    for place, recorded in (("new", "new"), ("new/mnist", "new/mnist"), ("mnist", "new")):
        copy = shutil.copytree(run, tmp_path / f"run of {place.replace('/', ' ')}")
        result = mlp("train", "--resume", copy, "--data", place)
        assert 0 == result.exit_code, result.output
        monkeypatch.delenv("MLP_DATA")
        data = load_config(copy / "config.yaml").data
        assert ("mnist", None, f"{tmp_path}/{recorded}") == (data.name, data.path, data.root)
        assert 0 == mlp("train", "--resume", copy).exit_code
        monkeypatch.setenv("MLP_DATA", "new")
    (tmp_path / "empty").mkdir()
    result = mlp("train", "--resume", run, "--data", "empty")
    assert result.stderr.startswith("mnist: not in the data root empty (")
    assert not list((tmp_path / "empty").iterdir())
