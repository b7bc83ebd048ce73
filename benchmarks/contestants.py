"""One contestant of `speed.py`: trains one network in this process and prints what it took.

`python -m benchmarks.contestants NAME SETTING`, SETTING being a JSON object with the fields of
`Setting`, prints the fields of an `Outcome`.
"""

import json
from dataclasses import asdict, replace

import click
import numpy as np

from benchmarks.floors import c_floor, evaluation_floor, floor, floor_and_update
from benchmarks.peers import dataloader, jax, pytorch, scikit_learn
from benchmarks.timing import Outcome, Setting
from mlpcli.cli.training_display import StepBar
from mlpcli.config import Config, data_root
from mlpcli.config.data import DataConfig
from mlpcli.datasets import Dataset
from mlpcli.datasets.selection import open_configured
from mlpcli.nn.losses import log_softmax
from mlpcli.nn.metrics import compute_logits, measure
from mlpcli.training.trainer import Trainer


def ours(setting: Setting, dataset: Dataset) -> Outcome:
    """Run the program's own loop, with schedule, metrics and progress bar."""
    trainer = Trainer(_config(setting), dataset)
    bar = StepBar(trainer, quiet=False)
    bar.disable = False  # although stderr is no terminal
    epochs = trainer.epochs([bar])
    outcome = Outcome.of(lambda: next(epochs), setting.epochs)
    logits = compute_logits(trainer.network, dataset.test.images)
    accuracy = float(np.mean(logits.argmax(axis=1) == dataset.test.labels))
    return replace(outcome, accuracy=accuracy)


def ours_in_numpy(setting: Setting, dataset: Dataset) -> Outcome:
    """The same without compiled loops."""
    return ours(replace(setting, compiled=False), dataset)


def evaluation(setting: Setting, dataset: Dataset) -> Outcome:
    """Run the program's own evaluation over the test images."""
    network = Trainer(_config(setting), dataset).network

    def evaluate() -> None:
        logits = compute_logits(network, dataset.test.images)
        measure(log_softmax(logits), dataset.test.labels)

    return Outcome.of(evaluate, 10)


def _config(setting: Setting) -> Config:
    momentum = {"momentum": setting.momentum, "nesterov": setting.nesterov}
    return Config.model_validate(
        {
            "seed": setting.seed,
            "compiled": setting.compiled,
            "model": {
                "layers": tuple(setting.layers),
                "activation": setting.activation,
                "init": "he",
            },
            "training": {
                "epochs": setting.epochs,
                "batch_size": setting.batch,
                "optimizer": {
                    "name": setting.optimizer,
                    "learning_rate": setting.learning_rate,
                    **(momentum if setting.optimizer == "sgd" else {}),
                },
            },
        }
    )


CONTESTANTS = {
    "floor": floor,
    "floor and update": floor_and_update,
    "C": c_floor,
    "ours": ours,
    "ours in NumPy": ours_in_numpy,
    "jax": jax,
    "pytorch": pytorch,
    "dataloader": dataloader,
    "scikit-learn": scikit_learn,
    "evaluation": evaluation,
    "evaluation floor": evaluation_floor,
}


@click.command()
@click.argument("name", type=click.Choice(list(CONTESTANTS)))
@click.argument("setting")
def main(name: str, setting: str) -> None:
    """Run one contestant and print its outcome as JSON."""
    dataset = open_configured(DataConfig(root=data_root(), validation=0))
    click.echo(json.dumps(asdict(CONTESTANTS[name](Setting(**json.loads(setting)), dataset))))


if __name__ == "__main__":
    main()
