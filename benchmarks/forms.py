"""How many boxes of filled-in forms are cut out of photos as they should be.

    python -m benchmarks.forms --seed 1

Twenty photos are made for each seed: A4 and US letter, tilts of up to 30 degrees, every quarter
turn and up to 15 degrees more, lamps, sharp shadows, blur, noise and tables. An empty box is right
if it is called empty, another if its middle is off by at most a tenth of a box and its picture
shows at least 95 % of the ink. The pictures are then read by the weights that come with the
program, which says whether they are good input.
"""

from __future__ import annotations

import time
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
from tests.datasets.forms.filling import PER_MM
from tests.datasets.forms.photographing import photograph
from tests.datasets.forms.scoring import Score, score_cuts, views


@click.command()
@click.option("--seed", "seeds", type=int, multiple=True, default=(1,), help="May be repeated.")
def main(seeds: tuple[int, ...]) -> None:
    """Print a line for each photo, and the shares of all boxes."""
    classifier = Classifier.load([BUNDLED])
    every: list[Score] = []
    labels: list[bool] = []
    read_right: list[bool] = []
    refused = 0
    click.echo("photo paper   tilt turn  boxes right doubtful  seconds")
    for seed in seeds:
        for number, (filled, how) in enumerate(views(seed)):
            photo, matrix = photograph(filled.page, PER_MM, how, 1000 * seed + number)
            with TemporaryDirectory() as folder:
                file = Path(folder, "photo.jpg")
                file.write_bytes(photo)
                start = time.perf_counter()
                try:
                    page = read_page(file, file.name)
                except ImageError as error:
                    click.echo(str(error))
                    refused += filled.layout.rows * filled.layout.columns
                    continue
                cuts = [*cut_boxes(page)]
                with Collection(Path(folder, "class"), add=False) as collection:
                    paths = collection.put(file.name, cuts) or {}
                    seconds = time.perf_counter() - start
                    collection.finish([])
                scores = [*score_cuts(cuts, page, matrix, filled)]
                for (row, _), path in paths.items():
                    labels.append(path.parent.name == str(filled.layout.digit(row)))
                    read_right.append(classifier.predict(path).name == path.parent.name)
            every += scores
            right = sum(score.is_right for score in scores)
            doubtful = sum(bool(score.cut.doubt) for score in scores)
            click.echo(
                f"{number + 1:5} {filled.layout.paper:6}  {how.tilt:4.1f} {how.turn:4.0f} "
                f"{len(scores):6} {right:5} {doubtful:8} {seconds:8.2f}"
            )
    _summarize(every, refused, labels, read_right)


def _summarize(
    scores: list[Score], refused: int, labels: list[bool], read_right: list[bool]
) -> None:
    right, count = sum(score.is_right for score in scores), len(scores) + refused
    click.echo(f"right: {100 * right / count:.2f} % ({right} of {count} boxes)")
    click.echo(f"in the folder of its digit: {sum(labels)} of {len(labels)} pictures")
    click.echo(f"middle off by at most {max(score.off for score in scores):.3f} of a box")
    click.echo(f"least ink shown: {100 * min(score.whole for score in scores):.1f} %")
    click.echo(f"read right by the bundled weights: {100 * np.mean(read_right):.2f} %")


if __name__ == "__main__":
    main()
