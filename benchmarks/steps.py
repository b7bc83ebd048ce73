"""Times some steps of a configuration in this process, for `busy.py`.

`python -m benchmarks.steps CONFIG THREADS COMPILED STEPS` prints a JSON object with the seconds of
so many steps, after a few that are not timed, and a hash of the weights.
"""

import hashlib
import json
import time
from itertools import islice

import click

from mlpcli.config import load_config
from mlpcli.training.session import new_trainer
from mlpcli.utils.threads import use_threads

FIRST = 5  # steps that are not timed


@click.command()
@click.argument("name")
@click.argument("threads")
@click.argument("compiled")
@click.argument("steps", type=int)
def main(name: str, threads: str, compiled: str, steps: int) -> None:
    """Time the steps and print what came of it."""
    trainer = new_trainer(load_config(name, [f"threads={threads}", f"compiled={compiled}"]))
    start = 0.0
    with use_threads(trainer.threads):
        epochs = (trainer.batches.epoch(epoch) for epoch in range(steps))
        batches = (batch for epoch in epochs for batch in epoch)
        for number, batch in enumerate(islice(batches, FIRST + steps)):
            if number == FIRST:
                start = time.perf_counter()
            trainer.train_step(*batch)
    seconds = time.perf_counter() - start
    weights = hashlib.sha256(trainer.network.parameters.tobytes()).hexdigest()
    click.echo(json.dumps({"seconds": seconds, "weights": weights}))


if __name__ == "__main__":
    main()
