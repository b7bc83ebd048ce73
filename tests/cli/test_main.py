"""The program without a command, and what all commands have in common."""

from pathlib import Path

import click
import pytest

from mlpcli.cli.main import _COMMANDS, cli
from tests.conftest import Mlp
from tests.support.processes import imported


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["train", "--config", "text.txt"], 2, "text.txt:1:1: the file must be a mapping"),
        (["train", "--config", "absent"], 2, "absent: no such file, nor a shipped configuration"),
        (
            ["evaluate", "--weights", "text.txt"],
            1,
            "text.txt: cannot be read as mlp weights, File is not",
        ),
        (
            ["predict", "x.png", "--weights", "absent.npz"],
            1,
            "absent.npz: cannot be read as mlp weights, No such file",
        ),
        (["config", "init", "text.txt"], 1, "text.txt: already exists; choose another name"),
        (["config", "show", "text.txt"], 2, "text.txt:1:1: the file must be a mapping"),
        (["data", "export", "text.txt", "out"], 1, "text.txt: must be a data set, got text; "),
        (["data", "show", "text.txt"], 1, "text.txt: must be a data set, got text; "),
        (["evaluate", "--weights", "."], 1, ".: must be weights, the directory of a run or a fol"),
        (["predict", "x.png", "--weights", "y" * 300], 1, "yyy"),
        (["train", "--config", "z" * 300], 1, "zzz"),
        (["train", "--config", "mnist", "--set", "data.path=text.txt"], 1, "text.txt: must be"),
        (["data", "verify", "fashion-mnist"], 1, "fashion-mnist: not in the data root data ("),
    ],
)
def test_one_line(
    mlp: Mlp, tmp_path: Path, arguments: list[str], code: int, message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """A wrong argument gives one clear line and its exit code."""
    monkeypatch.delenv("MLP_DATA", raising=False)
    (tmp_path / "text.txt").write_text("hello\n")
    result = mlp(*arguments)
    assert code == result.exit_code
    assert result.stderr.startswith(message)
    assert 1 == len(result.stderr.splitlines())


def test_usage(mlp: Mlp) -> None:
    """An unknown command, option or data set is a usage error, exit code 2."""
    for arguments in (["trian"], ["train"], ["evaluate", "--jsno"], ["data", "fetch", "mnits"]):
        result = mlp(*arguments)
        assert result.exit_code == 2
        assert "Usage: " in result.stderr
    assert "'mnits' is not one of mnist, fashion-mnist, kmnist" in result.stderr


def commands(group: click.Group, path: str = "mlp") -> dict[str, click.Command]:
    """Return every command below a group by its full name."""
    found = {}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        found[f"{path} {name}"] = command
        if isinstance(command, click.Group):
            found |= commands(command, f"{path} {name}")
    return found


@pytest.mark.parametrize("name", commands(cli))
def test_help(name: str) -> None:
    """Every command has help and an example of itself."""
    command = commands(cli)[name]
    assert f"Example: {name}" in (command.help or "")
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help


def test_summaries() -> None:
    """The overview summarises each command by the first line of its help."""
    context = click.Context(cli)
    for name, summary in _COMMANDS.items():
        command = cli.get_command(context, name)
        assert command is not None
        assert summary == (command.help or "").splitlines()[0]


def test_help_imports_little(tmp_path: Path) -> None:
    """`mlp --help` imports neither numpy nor pydantic nor any command."""
    heavy = {"numpy", "pydantic", "yaml", "PIL", "requests", "tqdm", "mlpcli.cli.train"}
    assert not imported(tmp_path, ["--help"], heavy)
