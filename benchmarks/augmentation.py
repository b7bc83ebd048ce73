"""How long the warps of training images take, beside SciPy's and beside the rest of an epoch.

    MLP_DATA=DIR OPENBLAS_NUM_THREADS=1 taskset -c 0 python benchmarks/augmentation.py
    MLP_DATA=DIR python benchmarks/augmentation.py --epoch --config accurate

DIR holds mnist/. The first compares with `scipy.ndimage.map_coordinates`, image by image and by the
same displacements, on one core; the second gives the share of the warps in a configuration's epoch.
`--sheet FILE` writes warped digits as a picture.
"""

import time
from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.config import Config, load_config
from mlpcli.datasets import Split
from mlpcli.datasets.selection import open_configured
from mlpcli.report.pictures import contact_sheet
from mlpcli.training.augmentation import GROUP, Augmentation
from mlpcli.training.batches import Batches
from mlpcli.training.trainer import Trainer
from mlpcli.utils.randomness import Purpose, stream

ROUNDS = 5


@click.command()
@click.option("--config", "name", default="accurate", show_default=True)
@click.option("--epoch", is_flag=True, help="Time a whole epoch instead.")
@click.option("--sheet", type=click.Path(path_type=Path), help="Write a picture of warped digits.")
def main(name: str, sheet: Path | None, *, epoch: bool) -> None:
    """Print how long the warps take."""
    config = load_config(name)
    if config.augmentation is None:
        raise click.UsageError(f"--config {name}: must have augmentation")
    dataset = open_configured(config.data, config.seed)
    if epoch:
        time_epoch(Trainer(config, dataset))
    elif sheet:
        write_sheet(config, dataset.train, sheet)
    else:
        _, height, width = dataset.train.images.shape
        warps = Augmentation(config.augmentation, height, width, config.seed)
        compare(warps, dataset.train, config.training.batch_size)


def compare(warps: Augmentation, split: Split, size: int) -> None:
    """Time this program and SciPy, in batches of a size, and check that they agree."""
    pixels = split.images.reshape(len(split), -1)
    out = np.empty(pixels.shape, dtype=np.float32)

    def warp_all() -> None:
        for step in range(ceil(len(split) / size)):
            part = slice(step * size, (step + 1) * size)
            warps.warp(pixels[part], out[part], epoch=0, step=step)

    ours = median(seconds(warp_all) for _ in range(ROUNDS)) / len(split)
    part = slice(0, size)
    expected = by_scipy(warps, split.images[part])
    difference = float(
        np.abs(warps.warp(pixels[part], out[part], epoch=0, step=0) - expected).max()
    )
    times = [seconds(lambda: by_scipy(warps, split.images[part])) for _ in range(ROUNDS)]
    theirs = median(times) / len(expected)
    click.echo(
        f"{1e6 * ours:.1f} µs an image in groups of {GROUP}, {ours * len(split):.2f} s an epoch"
    )
    click.echo(f"{1e6 * theirs:.0f} µs by map_coordinates, {theirs / ours:.0f} times as long")
    click.echo(f"largest difference of a pixel in [0, 1]: {difference:.1e}")


def by_scipy(warps: Augmentation, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return what the first batch of an epoch is, each image interpolated by SciPy."""
    from scipy.ndimage import map_coordinates

    generator = stream(warps.seed, Purpose.AUGMENTATION)
    rows, columns = warps.sources(ceil(len(images) / GROUP), generator)
    warped = [
        map_coordinates(
            image / np.float32(255),
            [rows[n // GROUP], columns[n // GROUP]],
            order=1,
            mode="grid-constant",
        )
        for n, image in enumerate(images)
    ]
    return np.stack(warped)


def time_epoch(trainer: Trainer) -> None:
    """Print which share of an epoch the warps take."""
    trainer.run_epoch()
    spent = 0.0
    augmentation: Any = trainer.batches._augmentation  # to put a watch on it
    original = augmentation.warp

    def timed(*arguments: Any, **keywords: Any) -> Any:
        nonlocal spent
        start = time.perf_counter()
        result = original(*arguments, **keywords)
        spent += time.perf_counter() - start
        return result

    augmentation.warp = timed
    total = seconds(trainer.run_epoch)
    click.echo(f"warps {spent:.2f} s of {total:.2f} s an epoch, {spent / total:.1%}")


def write_sheet(config: Config, split: Split, path: Path) -> None:
    """Write the digits of a first batch in rows of sixteen; a row is one group with one warp."""
    first = Split(split.images[:256], split.labels[:256])
    inputs, _ = next(Batches(first, 256, config.seed, config.augmentation).epoch(0))
    images = np.rint(255 * inputs).astype(np.uint8).reshape(-1, 28, 28)
    Image.fromarray(contact_sheet(images)).save(path)
    click.echo(f"written: {path}")


def seconds(action: Any) -> float:
    """Return how long an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
