"""Turns errors into messages and exit codes: the one place that does."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from mlpcli.cli.common import say
from mlpcli.cli.ending import end_at_once
from mlpcli.cli.suggestions import better_suggestion
from mlpcli.errors import MlpError
from mlpcli.utils.files import reason_of

INTERRUPTED = 130


@contextmanager
def errors_end() -> Iterator[None]:
    """Turn errors that users can understand, and Ctrl-C, into a message and an exit code."""
    try:
        yield
    except click.NoSuchOption as error:
        raise better_suggestion(error) from None
    except MlpError as error:
        for line in error.lines:
            say(line)
        if gone := _working_directory_gone():
            say(gone)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:  # the reader has left; click ends quietly
        raise
    except OSError as error:  # a file or folder that the system does not let us use
        say(_working_directory_gone() or f"{error.filename or 'mlp'}: {reason_of(error)}")
        raise SystemExit(MlpError.exit_code) from None
    except MemoryError as error:
        say(f"not enough memory: {error}; use smaller layers or data")
        raise SystemExit(MlpError.exit_code) from None
    except KeyboardInterrupt:  # click would end with exit code 1
        end_at_once()
        say("interrupted")
        raise SystemExit(INTERRUPTED) from None


def _working_directory_gone() -> str:
    """Return a message if the working directory was deleted, so that no relative path works."""
    try:
        Path.cwd()
    except FileNotFoundError:
        place = os.environ.get("PWD", ".")
        return f"{place}: the working directory was deleted; cd to one that exists"
    return ""
