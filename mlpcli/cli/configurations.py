"""Which configuration a command uses: its name, and the options that change its keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shlex import quote
from typing import TypeVar

import click

from mlpcli.cli import completion
from mlpcli.cli.suggestions import SHORT

_DATA = (".npz", ".npy", ".gz", ".pkl", ".csv", ".tsv", ".parquet", ".mat", ".zip", "-ubyte")

Command = TypeVar("Command", bound=Callable[..., object])

name_argument = click.argument(
    "given", required=False, metavar="[FILE_OR_NAME]", shell_complete=completion.configurations
)
config_option = click.option(
    "--config",
    "name",
    metavar="FILE_OR_NAME",
    shell_complete=completion.configurations,
    help="A YAML file, or a shipped configuration such as mnist; the same as FILE_OR_NAME alone.",
)


def key_options(function: Command) -> Command:
    """Add the short options for keys to a command."""
    for option, key in reversed(SHORT.items()):
        text = f"Short for --set {key}=N; wins over any --set."
        function = click.option(option, metavar="N", help=text)(function)
    return function


def short_overrides(values: dict[str, str | None]) -> tuple[str, ...]:
    """Return `KEY=VALUE` for each short option that is given.

    Args:
        values: by the names of the parameters, such as batch_size.
    """
    return tuple(
        f"{key}={value}"
        for option, key in SHORT.items()
        if (value := values[option[2:].replace("-", "_")]) is not None
    )


def data_override(name_or_path: str) -> str:
    """Return `KEY=VALUE` that trains on a data set: a known one by name, any other by path."""
    from mlpcli.datasets import KNOWN

    key = "data.name" if name_or_path in KNOWN else "data.path"
    return f"{key}={json.dumps(name_or_path)}"  # whatever YAML would make of it


def teacher_override(weights: tuple[str, ...]) -> tuple[str, ...]:
    """Return the `KEY=VALUE` that learns from trained networks, if any are given."""
    return (f"training.distillation.teacher={json.dumps(weights)}",) if weights else ()


def one_name(given: str | None, name: str | None) -> str | None:
    """Return the name of the configuration, which may be an argument or follow --config.

    Raises:
        click.UsageError: it is given twice.
    """
    if given is not None and name is not None:
        raise click.UsageError("give the configuration once: FILE_OR_NAME or --config FILE_OR_NAME")
    return name if given is None else given


def check_configuration(name: str) -> None:
    """Check that the name of a configuration to train is not that of a run, weights or data.

    Raises:
        ConfigError: it is; the message says how to train with it.
    """
    from mlpcli.config import shipped_configs
    from mlpcli.errors import ConfigError
    from mlpcli.runs.directory import BEST, CONFIG, LAST
    from mlpcli.utils.files import is_shell_pipe

    path, quoted = Path(name), quote(name)
    on_data = f"to train on what it holds: mlp train mnist --data {quoted}"
    if is_shell_pipe(name) or not (path.is_dir() or path.is_file()):
        return
    if path.is_dir() and name not in shipped_configs():
        found, ways = "a folder", on_data
        if (path / CONFIG).is_file():
            again = quote(str(path / CONFIG))
            found = "a run"
            ways = f"to go on with it: mlp train --resume {quoted}; to repeat it: mlp train {again}"
    elif path.is_file() and path.name in (BEST, LAST):
        found, ways = "weights", f"to begin with them: mlp train mnist --from {quoted}"
    elif path.is_file() and name.lower().endswith(_DATA):
        found, ways = "data", on_data
    else:
        return
    raise ConfigError(f"{name}: must be a configuration, got {found}; {ways}")
