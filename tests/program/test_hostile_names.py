"""Names that strangers chose, of files and in files: nothing waits, and one line says what is wrong."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mlpcli.datasets import Dataset
from tests.conftest import Mlp
from tests.support.checkpoints import altered
from tests.support.formats import write_folder
from tests.support.glyphs import draw_digit
from tests.support.watching import opened_below

NASTY = "a\x1b[31m\nb\u202e"
HARMLESS = r"a\x1b[31m\nb\u202e"


def trained_on(trained: Path, **data: Any) -> Path:
    """Return weights that say they were trained on other data."""
    return altered(trained / "best.npz", trained / "stranger.npz", data)


@pytest.mark.parametrize("names", ["path", "root"])
@pytest.mark.parametrize(
    "command",
    [
        "evaluate --weights W",
        "evaluate --weights W --split all --data glyphs.npz",
        "inspect W",
        "inspect W --data glyphs.npz",
        "compare W W",
        "compare W W --data glyphs.npz",
        "predict 3.png --weights W",
        "train --from W --out run --config small.yaml",
    ],
)
def test_nothing_is_opened_that_only_weights_name(
    mlp: Mlp,
    trained: Path,
    glyph_file: Path,
    glyphs: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    command: str,
    names: str,
) -> None:
    """Neither the path nor the data root that weights name is opened, not even to look."""
    theirs = write_folder(tmp_path / "theirs" / "kmnist", glyphs).parent
    data = {"name": "kmnist", "root": str(theirs)} if names == "root" else {"path": str(theirs)}
    shutil.copy(trained_on(trained, **data), tmp_path / "W")
    shutil.copy(glyph_file, tmp_path / "glyphs.npz")
    draw_digit(3).save(tmp_path / "3.png")
    (tmp_path / "own").touch()  # no folder, so that nothing can be downloaded
    monkeypatch.setenv("MLP_DATA", "own")
    with opened_below(theirs) as opened:
        result = mlp(*command.split())
    assert [] == opened
    alone = command in ("evaluate --weights W", "compare W W")
    assert alone == (result.exit_code == 1), result.stderr
    hint = f"--data {theirs}" if names == "path" else f"MLP_DATA={theirs}"
    if alone or command == "inspect W":
        assert hint in result.stderr
    with opened_below(theirs) as opened:
        list(theirs.iterdir())
    assert [str(theirs)] == opened  # so it would have been noticed


def test_data_of_a_stranger(mlp: Mlp, trained: Path) -> None:
    """One line names the path that weights were trained on, quoted for a shell."""
    path = trained_on(trained, path="my data; rm x")
    expected = (
        f"{path}: a path that only a weights file names is not opened; give --data 'my data; rm x', "
        "the data it was trained on, or other data\n"
    )
    for command in (["evaluate", "--weights", path], ["compare", path, path]):
        result = mlp(*command)
        assert (1, "", expected) == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize(
    "data",
    [
        {"path": "a\0b"},
        {"root": "a\0b"},
        {"path": "\ud800"},
        {"path": ""},
        {"name": "m\0"},
        {"x": 1},
    ],
)
def test_data_that_cannot_be(mlp: Mlp, trained: Path, data: dict[str, Any]) -> None:
    """Weights that name data by what can be no path are refused in one line."""
    path = trained_on(trained, **data)
    result = mlp("evaluate", "--weights", path)
    assert (1, f"{path}: the metadata does not describe a valid data set\n") == (
        result.exit_code,
        result.stderr,
    )


def test_long_path(mlp: Mlp, trained: Path) -> None:
    """A path that is longer than the system takes gives one line."""
    name = "long" * 20_000
    weights = trained_on(trained, path=name)
    for options in ((), ("--data", name)):
        result = mlp("evaluate", "--weights", weights, *options)
        assert (1, 1) == (result.exit_code, len(result.stderr.splitlines()))
        assert result.stderr.startswith("longlong" if options else f"{weights}: a path")
        assert options or len(result.stderr) < 5000


@pytest.mark.parametrize(
    "arguments",
    [
        ["evaluate", "--data", "a\0b"],
        ["evaluate", "--weights", "a\0b"],
        ["train", "--config", "a\0b"],
        ["train", "--config", "mnist", "--set", "data.path=a\0b"],
        ["config", "init", "a\0b"],
        ["data", "export", "mnist", "a\0b"],
        ["predict", "a\0b"],
    ],
)
def test_nul_in_arguments(mlp: Mlp, arguments: list[str]) -> None:
    """No argument may hold the character NUL, which ends names for the system."""
    result = mlp(*arguments)
    assert (2, 1) == (result.exit_code, len(result.stderr.splitlines()))
    assert "must not hold the character NUL, got 'a\\x00b'" in result.stderr.replace(
        "data.path=", ""
    )


def test_nul_in_lists(mlp: Mlp) -> None:
    """A listed name that can be none is reported, and the next ones are read."""
    result = mlp("predict", "-", "--from-list", stdin=b"a\0b\nabsent.png\n")
    assert result.exit_code == 1
    assert ["embedded null byte", "No such file or directory"] == [
        line.rpartition(", ")[2] for line in result.stderr.splitlines()[-2:]
    ]


def test_names_of_pictures(mlp: Mlp, tmp_path: Path) -> None:
    """A picture's name is escaped in predictions, warnings and errors, and exact in JSON."""
    draw_digit(3, size=6).save(tmp_path / f"{NASTY}3.png")
    (tmp_path / f"{NASTY}x.png").write_text("no picture")
    result = mlp("predict", f"{NASTY}3.png", f"{NASTY}x.png")
    assert [True] == [line.startswith(f"{HARMLESS}3.png: ") for line in result.stdout.splitlines()]
    _, warning, *_, error = result.stderr.splitlines()
    assert warning.startswith(f"{HARMLESS}3.png: warning: ")
    assert error.startswith(f"{HARMLESS}x.png: not a picture that can be read, got text; ")
    record = json.loads(mlp("predict", f"{NASTY}3.png", "--json").stdout)
    assert f"{NASTY}3.png" == record["image"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_names_that_are_no_text(mlp: Mlp, tmp_path: Path) -> None:
    """A picture whose name is not UTF-8 is read, also from a list, and the name escaped."""
    name = b"\xff3.png"
    draw_digit(3, size=60).save(os.fsdecode(os.fsencode(tmp_path) + b"/" + name), "PNG")
    for result in (
        mlp("predict", os.fsdecode(name)),
        mlp("predict", "-", "--from-list", stdin=name),
    ):
        assert result.stdout.startswith(r"\udcff3.png: 3")


def test_names_of_weights(mlp: Mlp, trained: Path, tmp_path: Path, glyph_file: Path) -> None:
    """The names of weights, runs and data are escaped on both streams."""
    nasty = tmp_path / "runs" / NASTY
    shutil.copytree(trained, nasty)
    newest = mlp("evaluate", "--data", glyph_file)
    assert f"weights: runs/{HARMLESS}/best.npz\n" == newest.stderr
    (nasty / "best.npz").write_text("no weights")
    result = mlp("evaluate", "--data", glyph_file)
    assert f"runs/{HARMLESS}/best.npz: cannot be read" in result.stderr
    assert 2 == len(result.stderr.splitlines())
    missing = mlp("evaluate", "--weights", trained_on(trained, path=NASTY))
    assert f"give --data '{HARMLESS}', the data it" in missing.stderr
    assert 1 == len(missing.stderr.splitlines())


def test_names_of_data(mlp: Mlp, trained: Path, glyph_file: Path, tmp_path: Path) -> None:
    """A result on stdout names its data set in one line."""
    shutil.copy(glyph_file, tmp_path / NASTY)
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", tmp_path / NASTY)
    assert result.stdout.startswith(f"{tmp_path}/{HARMLESS} test: accuracy ")


def test_names_of_runs(mlp: Mlp, config_file: Path) -> None:
    """A training names its directory and its weights in one line each."""
    result = mlp("train", "--config", config_file, "--out", NASTY)
    first, following = result.stderr.splitlines()
    assert f"run directory: {HARMLESS}" == first
    assert following.startswith(f"next: mlp evaluate --weights '{HARMLESS}' --data ")
    assert result.stdout.endswith(f": {HARMLESS}/best.npz\n")


def test_configurations(mlp: Mlp, tmp_path: Path) -> None:
    """Each problem of a file is a line of its own, whatever the file and its keys are called."""
    text = '"\\e[31m\\n\\u202e": 1\nseed: "\\e[2J"\noutput: ""\n'
    (tmp_path / f"{NASTY}.yaml").write_text(text)
    result = mlp("config", "show", f"{NASTY}.yaml")
    lines = result.stderr.splitlines()
    assert [f"{HARMLESS}.yaml:{number}" for number in (1, 2, 3)] == [
        line.rsplit(":", 2)[0].partition(":")[0] + ":" + line.split(":")[1] for line in lines
    ]
    assert all(line.isprintable() for line in lines)


def test_names_of_classes(mlp: Mlp, tmp_path: Path) -> None:
    """A folder whose name no table can show is no class."""
    for name in ("a", "b\x1b[31m"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        draw_digit(3).save(tmp_path / "pictures" / name / "3.png")
    result = mlp("data", "show", "pictures")
    assert (
        "pictures: class names must be printable and have at most 100 characters, "
        "got 'b\\x1b[31m'\n"
    ) == result.stderr


def test_streams(tmp_path: Path) -> None:
    """The program itself prints bytes that are UTF-8 and hold no controls."""
    name = os.fsencode(NASTY) + b"\xff.png"
    command = [sys.executable, "-m", "mlpcli", "predict", os.fsdecode(name)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    *_, line = result.stderr.decode().splitlines()
    assert rf"{HARMLESS}\udcff.png: no picture matches" == line
