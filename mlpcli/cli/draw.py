"""`mlp draw`."""

from __future__ import annotations

from pathlib import Path

import click

from mlpcli.cli.common import WeightsPath, data_option, say, weights_option


@click.command("draw")
@click.argument("places", nargs=-1, type=WeightsPath(), metavar="[RUN_OR_FILE]")
@weights_option
@data_option
def command(places: tuple[Path, ...], weights: tuple[Path, ...], data: str | None) -> None:
    """Draw digits in the browser, and see a network read them.

    Writes a page with the network in it into the cache folder, prints its path and opens it in the
    default browser. The page needs no server and no internet connection. --data names the images
    to start from.

    Some browsers may not read hidden folders, those installed as snaps for example; they can open
    the page that mlp export digits.html writes.

    Example: mlp draw runs/mnist
    """
    from mlpcli.cli.browser import open_in_browser
    from mlpcli.export.exported import Exported
    from mlpcli.export.page.examples import find_examples
    from mlpcli.export.page.keeping import keep_page
    from mlpcli.export.page.writing import page_html
    from mlpcli.inference.loading import open_weights

    if len(places) > 1:
        raise click.UsageError(
            f"takes one RUN_OR_FILE, got {len(places)} names; more networks by --weights"
        )
    classifier, checkpoints = open_weights([*places, *weights], say)
    exported = Exported.of(classifier, checkpoints)
    page = page_html(exported, checkpoints, find_examples(classifier, data, say))
    file = keep_page(page, exported)
    click.echo(file)
    if reason := open_in_browser(file.as_uri()):
        say(f"{reason}; open this file in a browser")
