"""Where the time of a training step goes.

    MLP_DATA=DIR python benchmarks/phases.py --layers 784,100,10 --batch 10

DIR holds mnist/. The program's own loop runs with a watch on each of its parts, which shows the
parts of a step only if no replicas share the batch.
"""

import time
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import click

from mlpcli.config import Config, data_root
from mlpcli.config.data import DataConfig
from mlpcli.datasets.selection import open_configured
from mlpcli.nn.losses import CrossEntropy
from mlpcli.training.trainer import Trainer


@click.command()
@click.option("--layers", default="784,100,10", show_default=True)
@click.option("--batch", default=10, show_default=True)
@click.option("--optimizer", default="sgd", show_default=True, help="sgd, adam or adamw.")
@click.option("--epochs", default=3, show_default=True, help="The first one is not counted.")
@click.option("--threads", default=1, show_default=True)
@click.option("--compiled/--numpy", default=True, show_default=True, help="Which loops.")
@click.option("--textbook", is_flag=True, help="With the loss in its textbook form.")
def main(  # noqa: PLR0913  # the options
    layers: str,
    batch: int,
    optimizer: str,
    epochs: int,
    threads: int,
    *,
    compiled: bool,
    textbook: bool,
) -> None:
    """Print the microseconds that each part of a step takes, on average."""
    config = Config.model_validate(
        {
            "threads": threads,
            "compiled": compiled,
            "model": {"layers": tuple(map(int, layers.split(","))), "activation": "relu"},
            "training": {
                "batch_size": batch,
                "epochs": epochs,
                "optimizer": {"name": optimizer, "learning_rate": 0.001},
            },
        }
    )
    trainer = Trainer(config, open_configured(DataConfig(root=data_root(), validation=0)))
    if textbook:
        vars(trainer)["loss"] = CrossEntropy()
    running = trainer.epochs()
    next(running)
    spent = watch_parts(trainer)
    start = time.perf_counter()
    for _ in running:
        pass
    total = time.perf_counter() - start
    spent["the rest"] = total - sum(spent.values())
    steps = (epochs - 1) * len(trainer.batches)
    for name, seconds in [*spent.items(), ("together", total)]:
        share = f"{seconds / total:.0%}"
        click.echo(f"{name:<28}{1e6 * seconds / steps:8.1f} µs{share:>6}")


def watch_parts(trainer: Trainer) -> dict[str, float]:
    """Make each part of the loop add its seconds under its name to what is returned."""
    spent: dict[str, float] = defaultdict(float)
    batches = trainer.batches.epoch

    def timed_batches(epoch: int, first: int) -> Iterator[Any]:
        iterator = batches(epoch, first)
        while True:
            start = time.perf_counter()
            batch = next(iterator, None)
            spent["batch"] += time.perf_counter() - start
            if batch is None:
                return
            yield batch

    vars(trainer.batches)["epoch"] = timed_batches
    names = [f"{type(layer).__name__} {n}" for n, layer in enumerate(trainer.network.layers)]
    for name, layer in zip(names, trainer.network.layers, strict=True):
        watch(layer, "forward", f"{name} forward", spent)
    watch(trainer.loss, "forward", "loss forward", spent)
    watch(trainer.loss, "backward", "loss backward", spent)
    for name, layer in reversed(list(zip(names, trainer.network.layers, strict=True))[1:]):
        watch(layer, "backward", f"{name} backward", spent)
    watch(trainer.network.linears[0], "backward_parameters", f"{names[0]} backward", spent)
    watch(trainer.optimizer, "step", "optimizer", spent)
    return spent


def watch(owner: object, method: str, name: str, spent: dict[str, float]) -> None:
    """Make a method of one object add its seconds under a name."""
    original = getattr(owner, method)

    def timed(*arguments: Any) -> Any:
        start = time.perf_counter()
        result = original(*arguments)
        spent[name] += time.perf_counter() - start
        return result

    vars(owner)[method] = timed


if __name__ == "__main__":
    main()
