"""How far the weights of several ranks are from those of one process.

    MLP_DATA=DIR mpiexec -n 2 python -m benchmarks.mpi_difference fast --epochs 4

All ranks train together, and so does rank 0 alone. After the first step, the first epoch and the
last one, the root mean square of the difference of their weights is printed, and the largest
difference, both over the root mean square of the weights.
"""

import click
import numpy as np

from mlpcli.config import load_config
from mlpcli.training.session import new_trainer
from mlpcli.training.trainer import Trainer
from mlpcli.utils.arrays import Array
from mlpcli.utils.mpi import MpiRanks
from mlpcli.utils.ranks import ALONE, Ranks


@click.command()
@click.argument("name")
@click.option("--epochs", type=click.IntRange(min=1), default=4, show_default=True)
def main(name: str, epochs: int) -> None:
    """Train, and print the differences."""
    ranks = MpiRanks()
    together = states(name, epochs, ranks)
    if not ranks.rank:
        alone = states(name, epochs, ALONE)
        for place, one, several in zip(("step", "epoch", "end"), alone, together, strict=True):
            size = rms(one)
            difference = several - one
            largest = np.abs(difference).max() / size
            click.echo(
                f"{name}, {ranks.size} ranks, {place}: {rms(difference) / size:.1e} {largest:.1e}"
            )
    ranks.leave()


def states(name: str, epochs: int, ranks: Ranks) -> list[Array]:
    """Return the weights after the first step, the first epoch and the last one."""
    settings = [f"training.epochs={epochs}", "threads=1"]
    trainer = new_trainer(load_config(name, settings), ranks=ranks)
    trainer.train_step(*next(trainer.batches.epoch(0)))
    found = [trainer.network.parameters.copy()]
    trainer = Trainer(trainer.config, trainer.dataset, ranks)
    for _ in trainer.epochs():
        found.append(trainer.network.parameters.copy())
    return [found[0], found[1], found[-1]]


def rms(vector: Array) -> float:
    """Return the root mean square."""
    return float(np.sqrt(np.square(vector, dtype=np.float64).mean()))


if __name__ == "__main__":
    main()
