"""How well hard pictures are read: single digits, pages of several lines, and what is no digit.

    python -m benchmarks.pictures --weights runs/mnist/best.npz --json results.json

The pictures come from `tests.pictures`, which takes nothing from MNIST. Seeds 0 to 9 are for making
and choosing, of weights as of steps and thresholds; figures that are reported are of seeds 27 and
later, each read once.

digits       kinds of pictures, and the forms of digits that countries teach. Beside the program's
             own way from a file to the network's input, the same network is given what three
             scripts make of the same files that do less: `resized` is grey, shrunk to 28×28;
             `inverted` the same, dark and light exchanged where the border is light; `recipe`
             Otsu's threshold, ink cut out, fitted into 20×20, centre of mass in the middle
pages        read with --many: how many are read without a mistake, the character error rate
             (insertions, deletions and replacements, line ends included, per character), how many
             have as many lines as were read, and how many of their digits have a box where they are
non-digits   how many are warned of as no digit, how many in any way, and the area under the ROC
             curve of the score against all single digits

`--compare` tells which pictures another run, kept with `--json`, read otherwise.
"""

from pathlib import Path

import click

from benchmarks.hard_pictures.common import PARTS, Options
from mlpcli import __version__
from mlpcli.cli.common import say, weights_option
from mlpcli.inference.loading import open_weights


@click.command()
@weights_option
@click.option("--seed", default=0, show_default=True, help="Of the pictures.")
@click.option(
    "--only", type=click.Choice(PARTS), multiple=True, help="Of the three parts; may be repeated."
)
@click.option(
    "--every",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    metavar="N",
    help="Only each Nth picture of a kind.",
)
@click.option(
    "--write",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write the pictures to this folder as well.",
)
@click.option("--wrong", is_flag=True, help="Name the pictures that are misread, and as what.")
@click.option(
    "--json",
    "kept",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write what was read of each picture to this file.",
)
@click.option(
    "--compare",
    "other",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Such a file of another run with the same seed.",
)
def main(  # noqa: PLR0913, PLR0917  # one for each option
    weights: tuple[Path, ...],
    seed: int,
    only: tuple[str, ...],
    every: int,
    folder: Path | None,
    kept: Path | None,
    other: Path | None,
    *,
    wrong: bool,
) -> None:
    """Print a table for each part, with a line for each kind of picture."""
    from benchmarks.hard_pictures.results import compare, keep, read_all, tables

    classifier, checkpoints = open_weights(weights, say)
    options = Options(only or PARTS, seed, every, folder)
    results = read_all(classifier, options)
    for line in tables(results, options.parts):
        click.echo(line)
    for part in options.parts if wrong else ():
        for read in results.by_part[part]:
            if not read.right:
                click.echo(read.mistake)
    for line in compare(results, seed, other) if other else ():
        click.echo(line)
    if kept:
        paths = [str(checkpoint.path) for checkpoint in checkpoints]
        keep(kept, results, version=__version__, weights=paths, seed=seed, every=every)


if __name__ == "__main__":
    main()
