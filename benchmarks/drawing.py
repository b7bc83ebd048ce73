"""How fast synthetic digits are drawn, and how much memory that takes.

    OPENBLAS_NUM_THREADS=1 python benchmarks/drawing.py

keeps the matrix products on one core, as all else is.
"""

import resource
import time

import click

from mlpcli.datasets.synthetic.drawing import draw


@click.command()
@click.option("--count", default=60000, show_default=True, help="How many digits.")
def main(count: int) -> None:
    """Draw digits once, without the cache."""
    draw(0, "train", 1)  # reads the alphabet
    start = time.perf_counter()
    split = draw(0, "train", count)
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # KiB on Linux
    click.echo(
        f"{len(split):,} digits in {seconds:.2f} s of wall time, {count / seconds:,.0f} a second; "
        f"peak memory of the process {peak:.0f} MiB"
    )


if __name__ == "__main__":
    main()
