"""Suggestions for a command, an option or a choice that does not exist."""

from __future__ import annotations

from collections.abc import Sequence

import click

SHORT = {  # options of `mlp train` for the keys that are set most
    "--epochs": "training.epochs",
    "--lr": "training.optimizer.learning_rate",
    "--batch-size": "training.batch_size",
    "--seed": "seed",
}


class Group(click.Group):
    """Suggests the most similar of its commands for one that does not exist."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names, and the other arguments."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            from mlpcli.utils.names import nearest

            meant = nearest(name, self.list_commands(ctx))
            hint = f" Did you mean {meant}?" if meant else ""
            ctx.fail(f"No such command {name!r}.{hint}")
        return super().resolve_command(ctx, args)


class Choice(click.Choice[str]):
    """Suggests the most similar of its choices for another word."""

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the choice."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter as error:
            from mlpcli.utils.names import guess

            meant = guess(str(value), self.choices)
            self.fail(
                error.message.removesuffix(".") + meant if meant else error.message, param, ctx
            )


def better_suggestion(error: click.NoSuchOption) -> click.NoSuchOption:
    """Return an error that suggests an option, or a key for --set, if one is similar enough.

    The last part of a key means that key: `--momentum` suggests
    `--set training.optimizer.momentum=N`, and `--learning-rate` suggests `--lr` where there is one.
    """
    from mlpcli.config.suggestions import named_keys, similar_keys
    from mlpcli.utils.names import nearest

    command = error.ctx.command if error.ctx else None
    names = [name for each in command.params for name in each.opts] if command else []
    meant = error.option_name.lstrip("-")
    near = nearest(meant, [name[2:] for name in names if name[:2] == "--"])
    hint = (
        _ways(named_keys(meant), names)
        or (f"--{near}" if near else "")
        or _ways(similar_keys(meant), names)
    )
    message = f"{error.message} Did you mean {hint}?" if hint else error.message
    return click.NoSuchOption(error.option_name, message, ctx=error.ctx)


def _ways(keys: Sequence[str], options: Sequence[str]) -> str:
    """Return how to set some keys with these options, or "" if that is not possible."""
    from mlpcli.config import Config
    from mlpcli.config.keys import flatten, known_keys

    defaults, known = flatten(Config().model_dump()), known_keys()
    ways = []
    for each in keys:
        key = each if each in known else f"{each}.name"  # a section means what it is called
        short = next((option for option in SHORT if SHORT[option] == key), "")
        default = defaults.get(key)
        number = isinstance(default, int | float) and not isinstance(default, bool)
        if short in options:
            ways.append(short)
        elif "--set" in options and key in known:
            ways.append(f"--set {key}={'N' if number else 'VALUE'}")
    return " or ".join(ways)
