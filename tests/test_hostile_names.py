"""Names that strangers chose, of files and in files: nothing waits, and one line says what is wrong."""

import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Mlp

from mlpcli.checkpoint import load_checkpoint, save_checkpoint


def trained_on(trained: Path, **data: Any) -> Path:
    """Return weights that say they were trained on other data."""
    checkpoint = load_checkpoint(trained / "best.npz")
    checkpoint.metadata["config"]["data"] = data
    path = trained / "stranger.npz"
    save_checkpoint(path, checkpoint.arrays, checkpoint.metadata)
    return path


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_data_that_are_no_files(mlp: Mlp, trained: Path, tmp_path: Path) -> None:
    """A pipe or a device that weights name as their data is not opened."""
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path / "pipe", Path("/dev/zero")):
        result = mlp("evaluate", "--weights", trained_on(trained, path=str(place)))
        assert result.exit_code == 1
        assert result.stderr.startswith(f"{place}: cannot be read, must be a file, got a pipe or")
        assert 1 == len(result.stderr.splitlines())


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
    assert (1, f"{path}: the metadata describe no data set\n") == (result.exit_code, result.stderr)


def test_long_path(mlp: Mlp, trained: Path) -> None:
    """A path that is longer than the system takes gives one line."""
    result = mlp("evaluate", "--weights", trained_on(trained, path="long" * 20_000))
    assert (1, 1) == (result.exit_code, len(result.stderr.splitlines()))
    assert result.stderr.startswith("longlong")


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
