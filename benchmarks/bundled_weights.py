"""Make the weights that come with the program: mlpcli/inference/weights/synthetic.npz.

    python benchmarks/bundled_weights.py

They are those of configs/quickstart.yaml, trained for longer on more digits, all of them synthetic.
The SHA-256 of the weights is written beside it.
"""

import click

from mlpcli.cli.progress import StepBar
from mlpcli.config import load_config
from mlpcli.config.schema import DataConfig
from mlpcli.datasets.selection import open_configured
from mlpcli.inference.classifier import BUNDLED
from mlpcli.report.text import EPOCH_HEADER, epoch_line
from mlpcli.runs.checkpoint import save_checkpoint, weights_sha256
from mlpcli.training.loop import train
from mlpcli.training.resuming import describe
from mlpcli.training.state import TrainingState

LONGER = ("data.train=410000", "training.epochs=24")


@click.command()
def main() -> None:
    """Train, and keep the weights of the epoch that was best on synthetic validation digits."""
    config = load_config("quickstart", LONGER)
    data = config.data.model_copy(update={"root": DataConfig().root})  # no path of this machine
    config = config.model_copy(update={"data": data})
    state = TrainingState(config, open_configured(data, config.seed))
    bar = StepBar(len(state.dataset.train), config.training.epochs, quiet=False)
    click.echo(EPOCH_HEADER)
    for result in train(state, bar):
        bar.close()
        click.echo(epoch_line(result, config.training.epochs))
        if state.best_epoch == state.epochs_done:
            best = {name: array.copy() for name, array in state.predicting_arrays.items()}
            metadata = describe(state)
    BUNDLED.parent.mkdir(exist_ok=True)
    save_checkpoint(BUNDLED, best, metadata)
    digest = weights_sha256(best)
    BUNDLED.with_suffix(".sha256").write_text(f"{digest}\n")
    click.echo(f"{BUNDLED}: {BUNDLED.stat().st_size:,} bytes, SHA-256 of the weights {digest}")


if __name__ == "__main__":
    main()
