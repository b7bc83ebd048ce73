"""Directories that stand for the weights of several runs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest

import mlpcli
from mlpcli.errors import RunError
from mlpcli.runs.committee import COMMITTEE, SWEEP, write_list
from mlpcli.runs.directory import Run
from mlpcli.runs.finding import find_weights
from mlpcli.runs.result import Result, write_result
from tests.conftest import Mlp


def with_temperature(value: object) -> object:
    """Return what a list with a temperature says."""
    return {"weights": ["trial-0000/best.npz"], "temperature": value}


@pytest.fixture
def folder(finished_runs: Path, tmp_path: Path) -> Path:
    """A folder with two runs, and a list of their weights."""
    folder = tmp_path / "many"
    folder.mkdir()
    for number, name in enumerate(["trained", "weak"]):
        shutil.copytree(finished_runs / name, folder / f"trial-000{number}")
    write_list(folder, [folder / "trial-0001/best.npz", folder / "trial-0000/best.npz"])
    return folder


def test_stands_for_its_weights(folder: Path) -> None:
    """A folder with a list stands for the files in it, in their order, wherever the folder is."""
    assert ["trial-0001/best.npz", "trial-0000/best.npz"] == json.loads(
        (folder / COMMITTEE).read_text()
    )
    moved = folder.rename(folder.parent / "moved")
    expected = [moved / "trial-0001/best.npz", moved / "trial-0000/best.npz"]
    assert expected == find_weights(moved)


def test_load(folder: Path) -> None:
    """Their predictions are averaged, in Python as on the command line."""
    images = np.random.default_rng(0).integers(256, size=(3, 28, 28), dtype=np.uint8)
    each = [folder / f"trial-000{n}" for n in (1, 0)]
    expected = mlpcli.load(*each).predict_proba(images)
    assert expected.tolist() == mlpcli.load(folder).predict_proba(images).tolist()


def test_commands(mlp: Mlp, folder: Path, glyph_file: Path) -> None:
    """evaluate, predict and export take such a folder as one place."""
    each = [option for n in (1, 0) for option in ("--weights", folder / f"trial-000{n}")]
    data = ("--data", glyph_file, "--json")
    expected = json.loads(mlp("evaluate", *each, *data).stdout)
    result = mlp("evaluate", "--weights", folder, *data)
    assert 0 == result.exit_code, result.output
    assert expected == json.loads(result.stdout)
    assert 0 == mlp("export", folder, "digits.json").exit_code
    assert 2 == len(json.loads(Path("digits.json").read_text())["networks"])


@pytest.mark.parametrize("command", [["inspect"], ["compare", "bundled"], ["train", "--from"]])
def test_one_network(mlp: Mlp, folder: Path, command: list[str]) -> None:
    """Where one network is wanted, the best of its runs is named instead."""
    options = ["--config", "quickstart"] if "train" in command else []
    result = mlp(*command, folder, *options)
    assert 1 == result.exit_code
    assert result.stderr == (
        f"{folder}: stands for 2 networks here; give one of them, such as {folder}/trial-0001\n"
    )


@pytest.mark.parametrize(
    "name",
    [
        "../secret.npz",
        "trial-0000/../../secret.npz",
        "/etc/passwd",
        "./trial-0000/best.npz",
        "",
        "trial-0000//best.npz",
        "..\\secret.npz",
        "C:/secret.npz",
        "trial-0000/best.npz\n",
        3,
        None,
    ],
)
def test_leads_out(folder: Path, name: object) -> None:
    """A list of a stranger names only files in its own folder."""
    (folder.parent / "secret.npz").write_bytes(b"secret")
    (folder / COMMITTEE).write_text(json.dumps([name]))
    with pytest.raises(RunError, match=r"committee.json: must name files in its own folder") as e:
        find_weights(folder)
    assert 1 == len(str(e.value).splitlines())


@pytest.mark.parametrize("part", ["trial-0000", "trial-0000/best.npz", COMMITTEE])
def test_link(folder: Path, part: str) -> None:
    """No link in the folder is followed."""
    (folder / part).rename(folder.parent / "elsewhere")
    (folder / part).symlink_to(folder.parent / "elsewhere")
    with pytest.raises(RunError, match=r"itself, got a link"):
        find_weights(folder)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("[]", "must hold a list of 1 to 1,000 files"),
        ('{"a": 1}', "must hold a list"),
        ("[" * 60_000, "must hold a list"),
        ('["' + "a" * 70_000 + '"]', "must hold a list"),
        ("\udcff", "must hold a list"),
        (2 * ["trial-0000/best.npz"], "must name each file once"),
        (["trial-0009/best.npz"], "is named in committee.json, but does not exist"),
        (["trial-0000"], "must be a file, got a folder"),
        ({"weights": ["trial-0000/best.npz"]}, "must hold a list"),
        ({"weights": [], "temperature": 1.0}, "must hold a list"),
        (with_temperature("hot"), r"temperature must be a number in \[0.05, 20\], got 'hot'"),
        (with_temperature(True), r"temperature must be a number in \[0.05, 20\], got True"),
        (with_temperature(0), r"temperature must be a number in \[0.05, 20\], got 0; remove it"),
        (with_temperature(float("nan")), r"temperature must be a number in \[0.05, 20\], got nan"),
    ],
)
def test_damaged(folder: Path, content: object, reason: str) -> None:
    """A damaged list gives one line."""
    text = content if isinstance(content, str) else json.dumps(content)
    (folder / COMMITTEE).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(RunError, match=reason):
        find_weights(folder)


def test_sweep_without_committee(folder: Path) -> None:
    """For a sweep without a committee the command that makes one is named, and its best run."""
    (folder / COMMITTEE).unlink()
    (folder / SWEEP).write_text("")
    for number in (0, 1):
        Run(folder / f"trial-000{number}").remove_result()
    command = f"average the K best with mlp sweep {folder} --committee K"
    with pytest.raises(RunError) as caught:
        find_weights(folder)
    assert f"{folder}: is a sweep, but holds no committee.json; {command}" == str(caught.value)
    for number, accuracy in ((0, 0.9), (1, 0.8)):
        write_result(Run(folder / f"trial-000{number}"), result(accuracy))
    with pytest.raises(RunError) as caught:
        find_weights(folder)
    assert str(caught.value).endswith(
        f"{command}; or use the best of its runs, {folder}/trial-0000"
    )


def result(accuracy: float) -> Result:
    """Return what a run came to."""
    return Result.model_validate_json(
        json.dumps(
            {
                "state": "done",
                "ended": "2026-11-27T12:00:00Z",
                "data": "glyphs",
                "layers": [784, 10],
                "epochs": 1,
                "seconds": 1.0,
                "validation_accuracy": accuracy,
                "config": {"seed": 0, "training": {"epochs": 1}},
            }
        )
    )
