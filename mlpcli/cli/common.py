"""What several commands share."""

from __future__ import annotations

from contextlib import suppress
from os.path import lexists
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from mlpcli.cli import completion
from mlpcli.cli.suggestions import Choice
from mlpcli.inference.bundled import BUNDLED, NAME
from mlpcli.utils.escaping import printable

if TYPE_CHECKING:
    from mlpcli.datasets import Dataset


class WeightsPath(click.Path):
    """A file of weights, the directory of a run, or the name of the weights that come with mlp.

    The name always means those weights; a file of the same name needs `./` before it.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path of the weights."""
        if value != NAME:
            return Path(super().convert(value, param, ctx))  # type: ignore[arg-type]
        if lexists(NAME) and not (ctx and ctx.resilient_parsing):  # not in shell completion
            say(
                f"note: {NAME} means the weights that come with mlp; "
                f"write ./{NAME} for the file or folder here"
            )
        return BUNDLED

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the name and files."""
        return completion.names_or_files([NAME], incomplete)


weights_option = click.option(
    "--weights",
    multiple=True,
    type=WeightsPath(),
    metavar="RUN_OR_FILE",
    help="Weights to use: a run's directory, a file, a folder of runs and files, the directory of "
    "a sweep with a committee, or bundled for those that come with mlp (./bundled is a file of "
    "that name). The predictions of several are averaged. By default, the newest run that has "
    "finished an epoch and is better than guessing, or bundled if there is none.",
)
set_option = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    shell_complete=completion.keys,
    help="Override a key, e.g. training.epochs=5; may be repeated, the last value wins.",
)
data_option = click.option(
    "--data",
    metavar="NAME_OR_PATH",
    shell_complete=completion.data_sets,
    help="A data set by name or path; by default the one the network was trained on, if it has a "
    "name. A path named only in the weights file is not opened.",
)
force_option = click.option(
    "--force", is_flag=True, help="Replace files even if mlp did not make them."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
split_option = click.option(
    "--split",
    type=Choice(["train", "validation", "test", "all"]),
    default="test",
    show_default=True,
    help="Which images.",
)


def say_notes(dataset: Dataset) -> None:
    """Say on stderr how the files of a data set were understood, where that may surprise."""
    for line in dataset.notes:
        say(f"note: {line}")


def say(text: str) -> None:
    """Print one line on stderr, if that is still open, with unprintable characters escaped."""
    with suppress(OSError):  # a closed terminal must not stop a training
        click.echo(printable(text), err=True)
