"""The command line: parse, call, print, exit code.

The only place that imports click and tqdm. A command's module is imported when it is called, and
what the command needs is imported inside it, so that `mlp --help` answers at once.
"""

import importlib
import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click

import mlpcli
from mlpcli.cli.common import say
from mlpcli.cli.streams import prepare_streams
from mlpcli.errors import ConfigError, MlpError

INTERRUPTED = 130
SIGNALS = [  # those that ask a program to end; Windows has no SIGHUP
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]

_COMMANDS = {
    "train": "Train a network as a configuration describes.",
    "evaluate": "Measure trained weights on a data set.",
    "predict": "Read digits in pictures.",
    "inspect": "Say what weights hold and how their training went.",
    "compare": "Say whether one run is better than another.",
    "gradcheck": "Compare the backward pass with finite differences.",
    "data": "List, fetch, verify, show and export data sets.",
    "config": "Show, describe and start configurations.",
}


class _Commands(click.Group):
    """Finds commands in the modules of this package, and is the one place where errors end."""

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
        try:
            return super().make_context(*args, **extra)
        except KeyboardInterrupt:  # click's own end would be exit code 1
            say("interrupted")
            raise click.exceptions.Exit(INTERRUPTED) from None

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        for text in args:
            if "\0" in text:  # no name holds it, and the system's own words are no line for users
                raise click.UsageError(f"an argument must not hold the character NUL, got {text!r}")
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except MlpError as error:
            for line in error.problems if isinstance(error, ConfigError) else [str(error)]:
                say(line)
            if gone := _working_directory_gone():
                say(gone)
            ctx.exit(error.exit_code)
        except BrokenPipeError:  # the reader has left; click ends quietly
            raise
        except OSError as error:  # a file or folder that the system does not let us use
            say(
                _working_directory_gone() or f"{error.filename or 'mlp'}: {error.strerror or error}"
            )
            ctx.exit(MlpError.exit_code)
        except MemoryError as error:
            say(f"not enough memory: {error}; use smaller layers or data")
            ctx.exit(MlpError.exit_code)
        except KeyboardInterrupt:
            say("interrupted")
            ctx.exit(INTERRUPTED)


@click.command(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="The shortest start: mlp train --config quickstart",
)
@click.version_option(mlpcli.__version__, prog_name="mlp")
def cli() -> None:
    """Train, evaluate and use multi-layer perceptrons on MNIST, in pure NumPy."""
    if os.environ.get("NO_COLOR"):  # else colours go to a terminal, and nowhere else
        click.get_current_context().color = False


def main() -> None:
    """Run the program."""
    prepare_streams()
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _terminate)
    cli(prog_name="mlp")


def _working_directory_gone() -> str:
    """Return what to say of a working directory that was deleted, in which no path leads far."""
    try:
        Path.cwd()
    except FileNotFoundError:
        place = os.environ.get("PWD", ".")
        return f"{place}: the working directory was deleted; cd to one that exists"
    return ""


def _terminate(number: int, _frame: FrameType | None) -> None:
    """End on a signal as on an error, so that no temporary file is left behind."""
    sys.exit(128 + number)
