"""`mlp config`."""

import json
import shlex
from pathlib import Path

import pytest

from mlpcli.config import Config, shipped_sweeps
from tests.conftest import Mlp


@pytest.mark.parametrize("name", ["my.yaml", "my file.yaml", "it's.yaml", "$HOME.yaml", "a;b"])
def test_a_command_to_copy(mlp: Mlp, tmp_path: Path, name: str) -> None:
    """The command that `config init` prints can be pasted into a shell, whatever the file is called."""
    command = mlp("config", "init", name).stderr.split("`")[1]
    assert ["mlp", "train", "--config", name] == shlex.split(command)
    folder = tmp_path / "config.yaml" / name
    folder.mkdir(parents=True)
    (folder / "config.yaml").touch()
    hint = mlp("config", "show", folder).stderr.partition("; give ")[2]
    assert [str(folder / "config.yaml")] == shlex.split(hint)
    hint = mlp("inspect", folder / "config.yaml").stderr.partition("; give ")[2]
    assert [str(folder)] == shlex.split(hint)


def test_config_commands(mlp: Mlp, tmp_path: Path) -> None:
    """`config init` writes a file that `config show` reads; `config schema` prints JSON."""
    assert mlp("config", "init", "my.yaml").exit_code == 0
    result = mlp("config", "show", "my.yaml", "--set", "training.epochs=7")
    assert "epochs: 7" in result.stdout
    (tmp_path / "again.yaml").write_text(result.stdout)
    assert result.stdout == mlp("config", "show", "again.yaml").stdout
    assert set(Config.model_fields) == set(json.loads(mlp("config", "schema").stdout)["properties"])


@pytest.mark.parametrize("name", shipped_sweeps())
def test_show_sweep(mlp: Mlp, name: str) -> None:
    """A shipped file for `mlp sweep` is printed as it is; as a configuration it is refused."""
    result = mlp("config", "show", name)
    assert (0, shipped_sweeps()[name].read_text()) == (result.exit_code, result.stdout)
    refused = mlp("train", name)
    assert 2 == refused.exit_code
    message = f"must be a configuration, got a sweep of several; mlp sweep {name} trains them"
    assert f"{name}: {message}\n" == refused.stderr
