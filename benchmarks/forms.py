"""How many boxes of filled-in forms are cut out of photos as they should be.

    python -m benchmarks.forms --seed 1

Twenty photos are made for each seed: A4 and US letter, tilts of up to 30 degrees, every quarter
turn and up to 15 degrees more, lamps, sharp shadows, blur, noise and tables. An empty box is right
if it is called empty, another if its middle is off by at most a tenth of a box and its picture
shows at least 95 % of the ink. The pictures are then read by the weights that come with the
program, which says whether they are good input. `--write DIR` writes the photos instead.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from mlpcli.datasets.forms.collecting import Collection
from mlpcli.datasets.forms.cutting import cut_boxes
from mlpcli.datasets.forms.reading import read_page
from mlpcli.errors import ImageError
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.datasets.forms.filling import PER_MM, Filled
from tests.datasets.forms.photographing import Matrix, photograph
from tests.datasets.forms.scoring import Score, score_cuts, views


@dataclass
class Tally:
    """What became of all boxes.

    Attributes:
        scores: of the boxes of photos that were read.
        refused: number of boxes in photos that were not.
        labelled: for each picture, whether it is in the folder of its digit.
        read: for each picture, whether the bundled weights read that digit in it.
    """

    scores: list[Score] = field(default_factory=list)
    refused: int = 0
    labelled: list[bool] = field(default_factory=list)
    read: list[bool] = field(default_factory=list)


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, default=(1,), help="May be repeated.")
@click.option(
    "--write",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Write the photos instead of measuring.",
)
def main(seeds: tuple[int, ...], write: Path | None) -> None:
    """Print a line for each photo, and the shares of all boxes."""
    classifier, tally = Classifier.load([BUNDLED]), Tally()
    for seed in seeds:
        for number, (filled, how) in enumerate(views(seed)):
            photo, matrix = photograph(filled.page, PER_MM, how, 1000 * seed + number)
            name = f"page-{seed}-{number + 1:02}.jpg"
            if write:
                write.mkdir(parents=True, exist_ok=True)
                (write / name).write_bytes(photo)
                continue
            with TemporaryDirectory() as folder:
                file = Path(folder, name)
                file.write_bytes(photo)
                _measure(file, filled, matrix, classifier, tally)
    if not write:
        _summarize(tally)


def _measure(
    file: Path, filled: Filled, matrix: Matrix, classifier: Classifier, tally: Tally
) -> None:
    """Collect the boxes of a photo, and compare them with what is known of them."""
    start = time.perf_counter()
    layout = filled.layout
    try:
        page = read_page(file, file.name)
    except ImageError as error:
        click.echo(str(error))
        tally.refused += layout.rows * layout.columns
        return
    cuts = [*cut_boxes(page)]
    with Collection(file.with_suffix(""), add=False) as collection:
        paths = collection.put(file.name, cuts) or {}
        collection.finish([])
    seconds = time.perf_counter() - start
    scores = [*score_cuts(cuts, page, matrix, filled)]
    for (row, _), path in paths.items():
        tally.labelled.append(path.parent.name == str(layout.digit(row)))
        tally.read.append(classifier.predict(path).name == path.parent.name)
    tally.scores += scores
    right = sum(score.is_right for score in scores)
    doubtful = sum(bool(score.cut.doubt) for score in scores)
    click.echo(
        f"{file.name}: {layout.paper}, {len(scores)} boxes, {right} right, {doubtful} doubtful, "
        f"{seconds:.2f} s"
    )


def _summarize(tally: Tally) -> None:
    right = sum(score.is_right for score in tally.scores)
    count = len(tally.scores) + tally.refused
    click.echo(f"right: {100 * right / count:.2f} % ({right} of {count} boxes)")
    click.echo(f"in the folder of their digit: {sum(tally.labelled)} of {len(tally.labelled)}")
    click.echo(f"middle off by at most {max(score.off for score in tally.scores):.3f} of a box")
    click.echo(f"least ink shown: {100 * min(score.whole for score in tally.scores):.1f} %")
    click.echo(f"read right by the bundled weights: {100 * np.mean(tally.read):.2f} %")


if __name__ == "__main__":
    main()
