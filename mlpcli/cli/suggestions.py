"""Suggestions for an option that a command does not have."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

import click

_NEAR = 0.75  # share of letters in common; with less it is not a typing error


def better_suggestion(error: click.NoSuchOption) -> click.NoSuchOption:
    """Return an error that suggests a key for --set, or an option, if one is similar enough.

    The last part of a key means that key: `--epochs` suggests `--set training.epochs=N`.
    """
    command = error.ctx.command if error.ctx else None
    names = [name for each in command.params for name in each.opts] if command else []
    meant = error.option_name.lstrip("-").replace("-", "_")
    keys = _keys_by_last_part() if "--set" in names else {}
    options = {name.lstrip("-").replace("-", "_"): name for name in names if name[:2] == "--"}
    offered = keys.get(meant) or _nearest(meant, {name: [options[name]] for name in options})
    hint = " or ".join(offered or _nearest(meant, keys))
    message = f"{error.message} Did you mean {hint}?" if hint else error.message
    return click.NoSuchOption(error.option_name, message, ctx=error.ctx)


def _nearest(meant: str, known: dict[str, list[str]]) -> Sequence[str]:
    """Return the value of the most similar name, nothing if none is similar enough."""
    return next((known[name] for name in get_close_matches(meant, known, 1, _NEAR)), ())


def _keys_by_last_part() -> dict[str, list[str]]:
    """Return how to set each key, by the last part of its name and by its full name."""
    from mlpcli.config import Config
    from mlpcli.config.keys import flatten, known_keys

    defaults = flatten(Config().model_dump())
    keys: dict[str, list[str]] = {}
    for key in known_keys():
        default = defaults.get(key)
        number = isinstance(default, int | float) and not isinstance(default, bool)
        way = f"--set {key}={'N' if number else 'VALUE'}"
        for name in {key, key.rpartition(".")[2]}:
            keys.setdefault(name, []).append(way)
    return keys
