"""Shell completion of names other than file names."""

from __future__ import annotations

from collections.abc import Iterable

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class


class _Bash(BashComplete):
    """Adds no space after the = of a key."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        "COMPREPLY+=($value)\n            [[ $value == *= ]] && compopt -o nospace",
    )


add_completion_class(_Bash, "bash")


def _starting(names: Iterable[str], text: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(text)]


def names_or_files(names: Iterable[str], text: str) -> list[CompletionItem]:
    """Return an item that makes the shell offer files, bash if no name fits, and names that fit."""
    return [CompletionItem(text, type="file"), *_starting(names, text)]


def configurations(
    _context: click.Context, _option: click.Parameter, text: str
) -> list[CompletionItem]:
    """Offer shipped configurations, or files."""
    from mlpcli.config import shipped_configs

    return names_or_files(shipped_configs(), text)


def sweeps(_context: click.Context, _option: click.Parameter, text: str) -> list[CompletionItem]:
    """Offer shipped configurations and sweeps, or files."""
    from mlpcli.config import shipped_configs, shipped_sweeps

    return names_or_files([*shipped_configs(), *shipped_sweeps()], text)


def keys(_context: click.Context, _option: click.Parameter, text: str) -> list[CompletionItem]:
    """Offer the keys of a configuration for --set."""
    from mlpcli.config.keys import known_keys

    return _starting((f"{key}=" for key in known_keys()), text)


def columns(_context: click.Context, _option: click.Parameter, text: str) -> list[CompletionItem]:
    """Offer the columns of a table of runs, after the last comma."""
    from mlpcli.config.keys import known_keys
    from mlpcli.runs.columns import COLUMNS

    before = text[: text.rfind(",") + 1]
    return _starting((f"{before}{name}" for name in (*COLUMNS, *known_keys())), text)


def published(_context: click.Context, _option: click.Parameter, text: str) -> list[CompletionItem]:
    """Offer the data sets that can be downloaded."""
    from mlpcli.datasets import SOURCES

    return _starting(SOURCES, text)


def data_sets(_context: click.Context, _option: click.Parameter, text: str) -> list[CompletionItem]:
    """Offer the data sets that have a name, or files."""
    from mlpcli.datasets import KNOWN

    return names_or_files(KNOWN, text)
