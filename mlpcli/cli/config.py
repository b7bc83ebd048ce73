"""`mlp config`."""

from pathlib import Path
from shlex import quote

import click

from mlpcli.cli import completion
from mlpcli.cli.common import force_option, say, set_option
from mlpcli.cli.suggestions import Group


@click.group("config", cls=Group)
def command() -> None:
    """Show configurations, describe their keys, write a starter file.

    Example: mlp config show mnist
    """


@command.command("show")
@click.argument("name", metavar="FILE_OR_NAME", shell_complete=completion.sweeps)
@set_option
def show(name: str, overrides: tuple[str, ...]) -> None:
    """Print a configuration with its defaults, or a shipped sweep file unchanged.

    Example: mlp config show mnist --set training.epochs=5
    """
    from mlpcli.config import load_config, shipped_sweeps, to_yaml

    if not overrides and not Path(name).exists() and name in (sweeps := shipped_sweeps()):
        click.echo(sweeps[name].read_text(encoding="utf-8"), nl=False)
        return
    click.echo(to_yaml(load_config(name, overrides)), nl=False)


@command.command("schema")
def schema() -> None:
    """Print the JSON Schema for editors.

    With it, an editor completes the keys of a configuration and marks mistakes.

    Example: mlp config schema > schema.json
    """
    from mlpcli.config import schema_text

    click.echo(schema_text())


@command.command("init")
@click.argument("file", type=click.Path(path_type=Path, readable=False))
@force_option
def init(file: Path, *, force: bool) -> None:
    """Write a commented starter file.

    Example: mlp config init my.yaml
    """
    from mlpcli.config import starter_text
    from mlpcli.utils.outputs import write_output

    write_output(file, starter_text().encode(), None, force=force)
    if file.is_file():  # not a pipe
        say(f"{file}: train with `mlp train --config {quote(str(file))}`")
