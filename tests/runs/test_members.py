"""Folders that stand for all weights in them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import mlpcli
from mlpcli.errors import CheckpointError, RunError
from mlpcli.runs.committee import COMMITTEE, MOST, SWEEP
from mlpcli.runs.directory import Run
from mlpcli.runs.finding import find_weights
from mlpcli.runs.members import weights_in
from tests.conftest import Mlp
from tests.support.glyphs import draw_digits


@pytest.fixture
def folder(finished_runs: Path, tmp_path: Path) -> Path:
    """A folder with two runs and a file of weights; b is a weak one, c and a are the same."""
    folder = tmp_path / "many"
    shutil.copytree(finished_runs / "weak", folder / "b")
    shutil.copytree(finished_runs / "trained", folder / "c")
    shutil.copy(finished_runs / "trained" / "best.npz", folder / "a.npz")
    return folder


def test_order(folder: Path) -> None:
    """A folder stands for its files of weights and the best weights of its runs, by name."""
    said: list[str] = []
    expected = [folder / "a.npz", folder / "b" / "best.npz", folder / "c" / "best.npz"]
    assert expected == find_weights(folder, said.append)
    assert [f"weights: 3 networks in {folder}, whose predictions are averaged"] == said


def test_commands(mlp: Mlp, folder: Path, glyph_file: Path) -> None:
    """evaluate, predict, export and load take such a folder as all of its weights, one by one."""
    each = [option for name in ("a.npz", "b", "c") for option in ("--weights", folder / name)]
    data = ("--data", glyph_file, "--json")
    expected = json.loads(mlp("evaluate", *each, *data).stdout)
    result = mlp("evaluate", "--weights", folder, *data)
    assert expected == json.loads(result.stdout)
    assert f"weights: 3 networks in {folder}, whose predictions are averaged\n" == result.stderr
    Image.fromarray(draw_digits(1, seed=0)[0][0]).save("digit.png")
    assert mlp("predict", *each, "digit.png").stdout == (
        mlp("predict", "--weights", folder, "digit.png").stdout
    )
    assert 0 == mlp("export", folder, "digits.json").exit_code
    assert 3 == len(json.loads(Path("digits.json").read_text())["networks"])
    images = np.random.default_rng(0).integers(256, size=(3, 28, 28), dtype=np.uint8)
    one_by_one = mlpcli.load(folder / "a.npz", folder / "b", folder / "c")
    expected = one_by_one.predict_proba(images).tolist()
    assert expected == mlpcli.load(folder).predict_proba(images).tolist()


@pytest.mark.parametrize("command", [["inspect"], ["compare", "bundled"], ["train", "--from"]])
def test_one_network(mlp: Mlp, folder: Path, command: list[str]) -> None:
    """Where one network is wanted, the first of the folder is named instead."""
    options = ["--config", "quickstart"] if "train" in command else []
    result = mlp(*command, folder, *options)
    assert 1 == result.exit_code
    line = f"{folder}: stands for 3 networks here; give one of them, such as {folder}/a.npz"
    assert line == result.stderr.splitlines()[-1]


def test_skipped(folder: Path, finished_runs: Path) -> None:
    """Links, sweeps and runs that have not ended are left out, and a line says which and why."""
    elsewhere = finished_runs / "trained"
    (folder / "linked").symlink_to(elsewhere)
    (folder / "linked.npz").symlink_to(elsewhere / "best.npz")
    (folder / "inside").mkdir()
    (folder / "inside" / "best.npz").symlink_to(elsewhere / "best.npz")
    (folder / "sweep").mkdir()
    (folder / "sweep" / SWEEP).write_text("")
    (folder / "begun").mkdir()
    shutil.copy(elsewhere / "config.yaml", folder / "begun")
    for name, state in (("low", "pruned"), ("wrong", "failed")):
        shutil.copytree(elsewhere, folder / name)
        values = json.loads((folder / name / "result.json").read_text())
        (folder / name / "result.json").write_text(json.dumps(values | {"state": state}))
    shutil.copytree(elsewhere, folder / "half")
    (folder / "half" / "result.json").unlink()
    lines = (elsewhere / "log.jsonl").read_text().splitlines(keepends=True)
    (folder / "half" / "log.jsonl").write_text("".join(lines[:1]))
    members = weights_in(folder)
    assert 3 == len(members.files)
    assert [
        f"{folder}/begun: holds no best.npz, because no epoch is finished",
        f"{folder}/half: is not trained to its end; to go on: mlp train --resume {folder}/half",
        f"{folder}/inside: holds a link, which is not followed",
        f"{folder}/linked: a link, which is not followed",
        f"{folder}/linked.npz: a link, which is not followed",
        f"{folder}/low: was pruned before its end",
        f"{folder}/sweep: a sweep, which is used by itself: --weights {folder}/sweep",
        f"{folder}/wrong: its training failed",
    ] == [*members.skipped]
    said: list[str] = []
    find_weights(folder, said.append)
    assert f"weights: skipped 3 more in {folder}" == said[-2]
    assert 7 == len(said)


def test_under_way(folder: Path) -> None:
    """A run that a process is training is left out."""
    (folder / "b" / "result.json").unlink()
    with Run(folder / "b").locked():
        members = weights_in(folder)
    assert (f"{folder}/b: is still being trained",) == members.skipped
    assert 2 == len(members.files)


def test_in_silence(folder: Path) -> None:
    """Hidden files, other files and folders without weights are left alone."""
    (folder / ".hidden.npz").write_bytes(b"")
    (folder / "notes.txt").write_text("")
    (folder / "pictures").mkdir()
    members = weights_in(folder)
    assert (3, ()) == (len(members.files), members.skipped)


def test_no_weights(folder: Path) -> None:
    """A file that is no weights is an error that says where it is and what to do."""
    np.savez(folder / "data.npz", x_train=np.zeros(3))
    with pytest.raises(CheckpointError) as caught:
        mlpcli.load(folder)
    reason = "not an mlp weights file, it has no metadata"
    advice = f"move it out of {folder}, all of whose weights are averaged"
    assert f"{folder}/data.npz: {reason}; {advice}" == str(caught.value)


def test_nothing(tmp_path: Path) -> None:
    """A folder that holds no weights is refused, and so is a run without any."""
    with pytest.raises(RunError, match="but holds no weights of a run that has ended"):
        find_weights(tmp_path)
    (tmp_path / "config.yaml").write_text("")
    (tmp_path / "other.npz").write_bytes(b"")
    with pytest.raises(RunError, match="but holds no weights"):
        find_weights(tmp_path)


def test_too_many(tmp_path: Path) -> None:
    """More weights than a list may hold are refused before any is read."""
    for number in range(MOST + 1):
        (tmp_path / f"{number}.npz").touch()
    with pytest.raises(RunError, match="must hold the weights of at most 1,000 networks"):
        weights_in(tmp_path)


def test_only_one(folder: Path) -> None:
    """Of a folder that holds one network, the note names its file."""
    shutil.rmtree(folder / "b")
    (folder / "a.npz").unlink()
    said: list[str] = []
    assert [folder / "c" / "best.npz"] == find_weights(folder, said.append)
    assert [f"weights: {folder}/c/best.npz"] == said


def test_list_wins(folder: Path) -> None:
    """A folder with a list stands for what the list names, whatever else is in it."""
    (folder / COMMITTEE).write_text('["c/best.npz"]')
    assert [folder / "c" / "best.npz"] == find_weights(folder)
