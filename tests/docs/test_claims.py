"""The README and the documentation show what there is: their examples are run and compared."""

from __future__ import annotations

import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from mlpcli.cli.main import cli
from tests.support.claims import Step, differences, needs, steps

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LONG = {
    entry["command"] for entry in yaml.safe_load((ROOT / "docs/long_runs.yaml").read_text()) or []
}


def name_of(page: Path) -> str:
    """Return a page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """The runs that pages begin with, each trained when the first page asks for it."""
    return Runs(tmp_path_factory.mktemp("ready"))


@dataclass
class Runs:
    """Finished runs of shipped configurations."""

    folder: Path

    def get(self, name: str) -> Path:
        """Return the directory of a run, such as runs/mnist, and train it if it is not there."""
        path = self.folder / name
        if not path.exists():
            command = [sys.executable, "-m", "mlpcli", "train", Path(name).name, "--quiet"]
            subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return path


class Bench:
    """A folder in which the steps of a page are done, one after the other.

    Args:
        folder: to work in.
        copy: where a copy of the program may be made, to be changed by exercises.
    """

    def __init__(self, folder: Path, copy: Path) -> None:
        self.folder, self.copy = folder, copy
        self.namespace: dict[str, Any] = {"__name__": "__main__"}

    def do(self, step: Step, page: str) -> None:
        """Do one step and compare what it prints."""
        match step.kind:
            case "console":
                printed = self._shell(step.action)
            case "python":
                printed = self._python(step.action, f"{page}:{step.line}")
            case "diff":
                self._change(step)
                return
            case "restore":
                shutil.rmtree(self.copy)
                return
        problem = differences(step.output, printed, numbers=step.kind == "python")
        assert problem is None, f"{page}:{step.line}: {step.action}\n{problem}"

    def _shell(self, command: str) -> list[str]:
        environment = os.environ | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "80",
            "NO_COLOR": "1",
            "PYTHONPATH": str(self.copy if self.copy.exists() else ROOT),
        }
        result = subprocess.run(
            [shutil.which("bash") or "bash", "-c", command],
            cwd=self.folder,
            env=environment,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            stdin=subprocess.DEVNULL,
        )
        return result.stdout.splitlines()

    def _python(self, code: str, place: str) -> list[str]:
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile(code, place, "exec"), self.namespace)  # noqa: S102  # our own examples
        return output.getvalue().splitlines()

    def _change(self, step: Step) -> None:
        """Replace the lines of a diff in a copy of the program."""
        if not self.copy.exists():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / "mlpcli", self.copy / "mlpcli", ignore=ignored)
            shutil.copytree(ROOT / "configs", self.copy / "configs")
        lines = step.action.splitlines()
        before = "".join(line[1:] + "\n" for line in lines if line[:1] in {"-", " "})
        after = "".join(line[1:] + "\n" for line in lines if line[:1] in {"+", " "})
        path = self.copy / step.file
        text = path.read_text("utf-8") if before else ""  # a file of new lines alone is a new one
        assert before == text or 1 == text.count(before), f"not once in {step.file}:\n{before}"
        path.write_text(text.replace(before, after) if before else after, "utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_examples(
    page: Path,
    ready: Runs,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    """What a page shows is what its commands and its code print."""
    text = page.read_text("utf-8")
    folder = tmp_path / "work"
    folder.mkdir()
    (folder / "examples").symlink_to(ROOT / "examples")
    for name in needs(text):
        if name in {"MNIST", "runs/mnist"}:
            request.getfixturevalue("mnist_root")
        if name != "MNIST":
            shutil.copytree(ready.get(name), folder / name)
    monkeypatch.chdir(folder)
    bench = Bench(folder, tmp_path / "changed")
    for step in steps(text):
        if step.action not in LONG:
            bench.do(step, name_of(page))


def test_long_runs_are_shown() -> None:
    """Each command that is listed as too long to be run stands on a page."""
    shown = {step.action for page in PAGES for step in steps(page.read_text("utf-8"))}
    assert LONG <= shown


def commands(page: Path) -> Iterator[str]:
    """Yield each command of the program that a page shows, in blocks of any kind and in text."""
    text = page.read_text("utf-8")
    for match in re.finditer(r"^ *(?:\$ )?(mlp .*?[^\\])$", text, re.MULTILINE | re.DOTALL):
        yield match[1].replace("\\\n", " ")
    for match in re.finditer(r"`(mlp [^`]+)`", text):
        yield match[1]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_options_exist(page: Path) -> None:
    """Each command that a page names is one, and so are its options."""
    for line in commands(page):
        lexer = shlex.shlex(line.replace("…", ""), posix=True, punctuation_chars=True)
        lexer.commenters, lexer.whitespace_split = "#", True
        words = list(takewhile(lambda word: not set(word) <= set("();<>|&"), lexer))[1:]
        command: click.Command = cli
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            inner = command.get_command(click.Context(command), words.pop(0))
            assert inner is not None, line
            command = inner
        options = [each for each in command.params if isinstance(each, click.Option)]
        takes_value = {name: not each.is_flag for each in options for name in each.opts}
        takes_value |= {name: False for each in options for name in each.secondary_opts}
        takes_value |= dict.fromkeys(("-h", "--help", "--version"), False)
        for before, word in pairwise(["", *words]):
            if re.match(r"--?[a-z]", word) and not takes_value.get(before):
                assert word.partition("=")[0] in takes_value, line
