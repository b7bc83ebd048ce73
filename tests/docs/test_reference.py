"""The reference has every command, option, key, field and exit code."""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from PIL import Image

import mlpcli
import mlpcli.nn
from docs.hooks.commands import commands_page
from docs.hooks.keys import keys_tables
from mlpcli.cli.main import cli
from mlpcli.config import Config
from mlpcli.config.keys import known_keys
from mlpcli.errors import MlpError
from mlpcli.runs.epochs import EpochResult
from mlpcli.runs.metadata import Metadata
from mlpcli.runs.result import Result
from tests.conftest import Mlp

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
FREE = {"config", "values", "by_seed", "states", "versions", "images"}  # any keys may be in these


def page(name: str) -> str:
    """Return the text of a page of the reference."""
    return (REFERENCE / name).read_text("utf-8")


def documented(text: str, heading: str) -> set[str]:
    """Return the names in the first column of the tables below a heading."""
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", part, re.MULTILINE)
    return {name for row in rows for name in re.findall(r"`([\w.\[\]]+)`", row)}


def all_commands(command: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Yield a command and those in it, with their names."""
    yield path, command
    if isinstance(command, click.Group):
        for name in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), name)
            assert inner is not None
            yield from all_commands(inner, f"{path} {name}")


def test_commands_and_options() -> None:
    """Each command has a heading, and each of its options a row."""
    text = html.unescape(commands_page())
    for path, command in all_commands(cli, "mlp"):
        part = text.partition(f"\n## {path}\n")[2].partition("\n## ")[0]
        assert part, path
        for option in command.params:
            if isinstance(option, click.Option):
                for name in (*option.opts, *option.secondary_opts):
                    assert re.search(rf"^\| <code>.*{re.escape(name)}\b", part, re.MULTILINE), name


def test_exit_codes() -> None:
    """Each exit code has a row: of errors, of signals and of click's usage errors."""
    errors = {each.exit_code for each in all_errors(MlpError)}
    signals = {128 + number for number in (1, 2, 15)}  # SIGHUP, SIGINT, SIGTERM
    codes = {0, *errors, *signals, click.UsageError.exit_code}
    assert {str(code) for code in codes} == set(
        re.findall(r"^\| (\d+) \|", page("commands.md"), re.MULTILINE)
    )


def all_errors(error: type[MlpError]) -> Iterator[type[MlpError]]:
    """Yield an error and its kinds."""
    yield error
    for kind in error.__subclasses__():
        yield from all_errors(kind)


def test_errors() -> None:
    """The tree of errors names each of them."""
    tree = sys.modules[MlpError.__module__].__doc__ or ""
    assert "{{ errors }}" in page("errors.md")
    for kind in all_errors(MlpError):
        assert re.search(rf"\b{kind.__name__} ", tree)


def test_keys() -> None:
    """Each key that `--set` takes has a row with its meaning and its values."""
    assert "{{ keys }}" in page("configuration.md")
    rows = dict(re.findall(r"^\| `([\w.]+)` \|[^|]*\| (.+) \|$", keys_tables(), re.MULTILINE))
    assert {*known_keys(Config)} <= rows.keys()
    assert all(" | " in row and "None" not in row for row in rows.values())


def test_python() -> None:
    """Each public name is on the page, which mkdocstrings fills from its docstring."""
    assert "{{ api mlpcli }}" in page("python.md")
    assert "{{ api mlpcli.nn }}" in page("python.md")
    for module in (mlpcli, mlpcli.nn):
        for name in module.__all__:
            assert getattr(module, name).__doc__


def test_files() -> None:
    """The log, `result.json` and the metadata have a row for each field."""
    text = page("files.md")
    assert {*EpochResult.model_fields} == documented(text, "log.jsonl")
    assert {*Result.model_fields} == documented(text, "result.json")
    fields = {field.alias or name for name, field in Metadata.model_fields.items()}
    assert fields <= documented(text, "Weights")


def flat(value: Any, name: str = "") -> Iterator[str]:
    """Yield the names of the fields of a JSON value, as the reference writes them."""
    if isinstance(value, dict) and name.rpartition(".")[2] not in FREE:
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}".strip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for each in value:
            yield from flat(each, f"{name}[]")
    else:
        yield name


def check(heading: str, *outputs: str) -> None:
    """Check that the tables of a command have each field that it printed, and no other.

    Of what may be null, either the whole or its fields are printed.
    """
    lines = [line for text in outputs for line in text.splitlines()]
    printed = {name for line in lines for name in flat(json.loads(line))}
    assert printed
    known = documented(page("json.md"), heading)
    known |= {name for name in printed if ELSEWHERE.match(name)}
    assert printed - wholes(printed, known) <= known
    assert known - wholes(known, printed) - parts(known, printed) <= printed


def wholes(names: set[str], others: set[str]) -> set[str]:
    """Return the names of which the others have fields."""
    return {name for name in names if any(other.startswith(f"{name}.") for other in others)}


def parts(names: set[str], others: set[str]) -> set[str]:
    """Return the names that are fields of one of the others."""
    return {name for name in names if any(name.startswith(f"{other}.") for other in others)}


ELSEWHERE = re.compile(r"best\.|history\[\]\.")  # described by reference to another table


@pytest.mark.slow
def test_json_of_runs(mlp: Mlp, trained: Path, config_file: Path, glyph_file: Path) -> None:
    """The fields of train, evaluate, inspect and runs are those that they print."""
    trains = mlp("train", config_file, "--epochs", "1", "--out", "again", "--quiet", "--json")
    check("mlp train --json", trains.stdout)
    data = ["--data", glyph_file, "--json"]
    evaluates = mlp("evaluate", "--weights", "again", "--mistakes", "1", *data)
    check("mlp evaluate --json", evaluates.stdout)
    check("mlp inspect --json", mlp("inspect", trained, *data).stdout)
    check("mlp runs --json", mlp("runs", ".", "--json").stdout)


@pytest.mark.slow
def test_json_of_sweeps(
    mlp: Mlp, trained: Path, weak: Path, config_file: Path, glyph_file: Path
) -> None:
    """The fields of sweep and compare are those that they print, for runs and for sweeps."""
    lists = ["--set", "training.epochs=1,2", "--seeds", "2", "--workers", "1"]
    sweeps = mlp("sweep", config_file, *lists, "--out", "some", "--quiet", "--json")
    check("mlp sweep --json", sweeps.stdout)
    runs = mlp("compare", trained, weak.parent, "--data", glyph_file, "--json")
    check("mlp compare --json", runs.stdout, mlp("compare", "some", "--json").stdout)


@pytest.mark.slow
def test_json_of_pictures(mlp: Mlp) -> None:
    """The fields of predict are those that it prints, for a digit and for a page of them."""
    mlp("data", "export", "synthetic", "digits", "--count", "1")
    canvas = Image.new("L", (200, 80))
    for left in (20, 120):
        canvas.paste(Image.open(next(Path("digits").iterdir())), (left, 20))
    canvas.save("page.png")
    one = mlp("predict", "page.png", "--weights", "bundled", "--json")
    many = mlp("predict", "page.png", "--weights", "bundled", "--json", "--many")
    check("mlp predict --json", one.stdout, many.stdout)
