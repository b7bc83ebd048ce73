"""The reference of all commands, from what they say of themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

import click

from mlpcli.cli.main import cli


def commands_page() -> str:
    """Return a heading, the text of the help and a table of the options for each command."""
    return "\n".join(_lines(cli, click.Context(cli, info_name="mlp", **cli.context_settings)))


def _lines(command: click.Command, context: click.Context) -> Iterator[str]:
    """Yield the lines of a command, then those of the commands in it."""
    usage = command.get_usage(context).removeprefix("Usage: ")
    yield f"\n## {context.command_path}\n\n```text\n{usage}\n```\n"
    yield from map(_paragraph, inspect.cleandoc(command.help or "").split("\n\n"))
    yield "| option | meaning |\n|---|---|"
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is not None:
            option, meaning = (each.replace("|", "&#124;") for each in record)
            yield f"| <code>{option}</code> | {meaning} |"
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            if inner := command.get_command(context, name):
                yield from _lines(inner, click.Context(inner, parent=context, info_name=name))


def _paragraph(text: str) -> str:
    r"""Return a paragraph of a help text as Markdown; below `\b` its lines stay as they are."""
    if text.startswith("\b\n"):
        return f"```yaml\n{text[2:]}\n```\n"
    line = " ".join(text.split())
    if line.startswith("Example: "):
        return f"Example: `{line.removeprefix('Example: ')}`\n"
    return line.replace("*", "\\*") + "\n"
