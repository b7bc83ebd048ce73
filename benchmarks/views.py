"""How many images a second each view makes, and how digits then look.

    MLP_DATA=DIR OPENBLAS_NUM_THREADS=1 taskset -c 0 python -m benchmarks.views
    MLP_DATA=DIR python -m benchmarks.views --sheet FILE.png

DIR holds mnist/. The first is of one core: the median of five rounds over MNIST's 10,000 test
images. The second writes nine of them, a row for each, as they are and then by each view; it is a
picture of MNIST, and not to be passed on.
"""

from pathlib import Path
from statistics import median
from time import perf_counter

import click
import numpy as np
from PIL import Image

from mlpcli.config import data_root
from mlpcli.datasets import open_dataset
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.report.pictures import contact_sheet

ROUNDS = 5
WANTED = 20_000  # images a second
VIEWS = [
    View(deslant=True),
    *(View(width=width) for width in (8, 12, 16, 20)),
    *(View(deslant=True, width=width) for width in (12, 16, 20)),
]
SHOWN = len(VIEWS) + 1  # images, so that the grid is a square


@click.command()
@click.option("--sheet", type=click.Path(path_type=Path), help="Write a picture instead.")
def main(sheet: Path | None) -> None:
    """Print how fast each view is."""
    images = open_dataset("mnist", root=Path(data_root()), validation=10_000).test.images
    if sheet:
        write_sheet(images[:SHOWN], sheet)
        return
    for view in VIEWS:
        rate = len(images) / median(seconds(view, images) for _ in range(ROUNDS))
        found = "kept" if rate >= WANTED else "MISSED"
        click.echo(f"{view!s:<28} {rate:9,.0f} images a second, bound {WANTED:,}: {found}")


def seconds(view: View, images: Pixels) -> float:
    """Return how long a view of all images takes."""
    start = perf_counter()
    view.apply(images)
    return perf_counter() - start


def write_sheet(images: Pixels, path: Path) -> None:
    """Write a row for each image: as it is, and by each view."""
    rows = np.stack([images, *(view.apply(images) for view in VIEWS)], axis=1)
    Image.fromarray(contact_sheet(rows.reshape(-1, 28, 28))).save(path)
    click.echo(f"written: {path}")


if __name__ == "__main__":
    main()
