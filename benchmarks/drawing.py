"""How fast images are drawn, and how much memory that takes.

    OPENBLAS_NUM_THREADS=1 python benchmarks/drawing.py

keeps the matrix products on one core, as all else is.
"""

import resource
import time

import click

from mlpcli.config.data import DrawnName
from mlpcli.datasets.synthetic.drawing import DRAWN, SYNTHETIC, draw


@click.command()
@click.option("--count", default=60000, show_default=True, help="How many images.")
@click.option("--data", type=click.Choice([*DRAWN]), default=SYNTHETIC, show_default=True)
def main(count: int, data: DrawnName) -> None:
    """Draw images once, without the cache."""
    draw(0, "train", 1, data_set=data)  # reads the alphabet
    start = time.perf_counter()
    split = draw(0, "train", count, data_set=data)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
    click.echo(
        f"{len(split):,} images in {seconds:.2f} s of wall time, {count / seconds:,.0f} a second; "
        f"peak memory of the process {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
