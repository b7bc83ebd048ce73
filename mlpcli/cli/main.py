"""The command line: parse, call, print, exit code.

The only place that imports click and tqdm. A command's module is imported when it is called, and
what the command needs is imported inside it, so that `mlp --help` is fast.
"""

import importlib
import os
import sys
from typing import Any

import click

from mlpcli.cli.failures import errors_end
from mlpcli.cli.streams import prepare_streams, silence
from mlpcli.cli.suggestions import Group
from mlpcli.utils.startup import launched
from mlpcli.utils.version import __version__

_COMMANDS = {
    "train": "Train a network as a configuration describes.",
    "sweep": "Train many runs: a grid, a search, or seeds.",
    "evaluate": "Measure trained weights on a data set.",
    "predict": "Read digits in pictures.",
    "draw": "Draw digits in the browser, and see a network read them.",
    "inspect": "Show what a weights file holds and how its training went.",
    "runs": "List runs: their results, and which are under way.",
    "compare": "Say which of two runs, or of a sweep's recipes, is better.",
    "export": "Write a network for other programs, devices and the browser.",
    "gradcheck": "Compare the backward pass with finite differences.",
    "data": "List, fetch, verify, show and export data sets, or make one by hand.",
    "config": "Show configurations, describe their keys, write a starter file.",
}


class _Commands(Group):
    """Finds commands in the modules of this package, and reports their errors."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"mlpcli.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        with errors_end():  # of --help and --version
            return super().make_context(*args, **extra)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for text in args:
            if "\0" in text:  # the system's own message would not explain it
                raise click.UsageError(f"an argument must not hold the character NUL, got {text!r}")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        with errors_end():
            return super().invoke(ctx)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="The shortest start: mlp train quickstart",
)
@click.version_option(__version__, prog_name="mlp")
def cli() -> None:
    """Train, evaluate and use multi-layer perceptrons on MNIST, in pure NumPy."""
    if os.environ.get("NO_COLOR"):  # by default only a terminal gets colours
        click.get_current_context().color = False


def main() -> None:
    """Parse the command line and run the command."""
    prepare_streams()
    if launched()[0] and sys.argv[1:2] == ["train"]:  # one of several processes speaks
        silence()
    with errors_end():  # of shell completion
        cli(prog_name="mlp")
