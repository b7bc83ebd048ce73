"""What several commands share."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from mlpcli.cli import completion
from mlpcli.printable import printable

weights_option = click.option(
    "--weights",
    multiple=True,
    type=click.Path(path_type=Path, readable=False),
    metavar="RUN_OR_FILE",
    help="Weights to use, by default the newest run's best or, without a run, those that come with "
    "mlp; given more than once, averaged.",
)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=completion.keys,
    help="Override a key, e.g. training.epochs=5; may be given often, later ones win.",
)
data_option = click.option(
    "--data",
    metavar="NAME_OR_PATH",
    shell_complete=completion.data_sets,
    help="A data set by name or path; by default the one the network was trained on, if that has a "
    "name: a path that only weights name is not opened.",
)
force_option = click.option(
    "--force", is_flag=True, help="Replace files even if mlp did not make them."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
split_option = click.option(
    "--split",
    type=click.Choice(["train", "validation", "test", "all"]),
    default="test",
    show_default=True,
    help="Which of the images.",
)


def say(text: str) -> None:
    """Print one line on stderr, if that is still open, with what does not print in it escaped."""
    with suppress(OSError):  # a closed terminal must not keep a training from its end
        click.echo(printable(text), err=True)


def weights_or_newest(weights: Sequence[Path]) -> list[Path]:
    """Return those of the given runs and files, the newest run's best, or those that come along.

    Which of the last two it is stands on stderr.
    """
    from mlpcli.classifier import BUNDLED
    from mlpcli.finding import find_weights, newest_weights

    if weights:
        return [find_weights(place) for place in weights]
    newest = newest_weights(Path("runs"))
    if newest is None:
        say("weights: those that come with mlp, trained on synthetic digits")
        return [BUNDLED]
    say(f"weights: {newest}")
    return [newest]
