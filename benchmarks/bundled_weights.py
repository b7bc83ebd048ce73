"""Make the weights that come with the program: mlpcli/inference/weights/synthetic.npz.

    python benchmarks/bundled_weights.py

They are those of configs/quickstart.yaml, trained for longer on more digits, all of them synthetic.
The SHA-256 of the weights is written beside it.
"""

import click

from mlpcli.cli.training_display import EpochTable, StepBar
from mlpcli.config import load_config
from mlpcli.config.data import DataConfig
from mlpcli.datasets.selection import open_configured
from mlpcli.inference.bundled import BUNDLED
from mlpcli.runs.checkpoint import save_checkpoint, weights_sha256
from mlpcli.training.trainer import Trainer

LONGER = ("data.train=410000", "training.epochs=24")


@click.command()
def main() -> None:
    """Train, and keep the weights of the epoch that was best on synthetic validation digits."""
    config = load_config("quickstart", LONGER)
    data = config.data.model_copy(update={"root": DataConfig().root})  # no path of this machine
    config = config.model_copy(update={"data": data})
    trainer = Trainer(config, open_configured(data, config.seed))
    for _ in trainer.epochs([StepBar(trainer, quiet=False), EpochTable(trainer)]):
        if trainer.best_epoch == trainer.epochs_done:
            best = {name: array.copy() for name, array in trainer.predicting_arrays.items()}
            metadata = trainer.metadata()
    BUNDLED.parent.mkdir(exist_ok=True)
    save_checkpoint(BUNDLED, best, metadata)
    digest = weights_sha256(best)
    BUNDLED.with_suffix(".sha256").write_text(f"{digest}\n")
    click.echo(f"{BUNDLED}: {BUNDLED.stat().st_size:,} bytes, SHA-256 of the weights {digest}")


if __name__ == "__main__":
    main()
