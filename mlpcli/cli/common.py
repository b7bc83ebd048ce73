"""What several commands share."""

from __future__ import annotations

from contextlib import suppress
from os.path import lexists
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from mlpcli.cli import completion
from mlpcli.utils.escaping import printable

COME_ALONG = "bundled"  # the name of the weights that come with mlp


class WeightsPath(click.Path):
    """A file of weights or the directory of a run, or the name of the weights that come with mlp.

    That name stands for these even where a file has it, which `./` before the name stands for.
    """

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Path:
        """Return the path of the weights."""
        if value != COME_ALONG:
            return Path(super().convert(value, param, ctx))  # type: ignore[arg-type]
        from mlpcli.inference.classifier import BUNDLED

        if lexists(COME_ALONG) and not (ctx and ctx.resilient_parsing):  # a shell completes
            say(
                f"note: {COME_ALONG} is the name of the weights that come with mlp; "
                f"./{COME_ALONG} is what is here"
            )
        return BUNDLED

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the name, and files."""
        return completion.names_or_files([COME_ALONG], incomplete)


weights_option = click.option(
    "--weights",
    multiple=True,
    type=WeightsPath(),
    metavar="RUN_OR_FILE",
    help="Weights to use: a run's directory, a file or, for those that come with mlp, bundled "
    "(./bundled is a file of that name); given more than once, averaged. By default those of the "
    "newest run that has finished an epoch and is better than guessing or, without one, bundled.",
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
