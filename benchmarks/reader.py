"""How well the reader reads MNIST and drawn digits, and tells from them what is no digit.

    MLP_DATA=DIR python -m benchmarks.reader

DIR holds mnist/. Each seed trains configs/reader.yaml; the network is then measured on the test
images of MNIST and on digits that are drawn like those it learnt from. The seed of these is no
seed of a training. How well it reads people's pictures is measured by `benchmarks/pictures.py`.
"""

import tempfile
from pathlib import Path

import click
import numpy as np

from benchmarks.synthetic_to_real import train
from mlpcli.config import data_root
from mlpcli.datasets import open_dataset
from mlpcli.datasets.synthetic.drawing import Drawing
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import measure

DRAWING = Drawing(train=1, test=10_000, seed=27)


@click.command()
@click.option("--config", default="reader", show_default=True, help="Which configuration.")
@click.option("--seeds", default=3, show_default=True, help="How many, from 0.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    help="Folder to keep runs in, and to take them from: empty it after a change of anything.",
)
def main(config: str, seeds: int, runs: Path | None) -> None:
    """Train readers, then read test images."""
    mnist = open_dataset("mnist", root=Path(data_root()), validation=10_000)
    drawn = {
        name: open_dataset(name, drawing=DRAWING).test
        for name in ("synthetic", "synthetic-national", "synthetic-outliers")
    }
    outliers = drawn.pop("synthetic-outliers").images
    results: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for seed in range(seeds):
            run = (runs or Path(temporary)) / f"{Path(config).stem}-{seed}"
            classifier = Classifier.load([train(config, seed, run)])
            shares = {
                name: measure(classifier.log_probabilities(split.images), split.labels).accuracy
                for name, split in {"mnist": mnist.test, **drawn}.items()
            }
            for name, images in (("mnist", mnist.validation.images), ("outliers", outliers)):
                judged = classifier.judge(images, tta=True)
                shares[f"{name} warned of"] = float(np.mean([one.outlier for one in judged]))
            for name, share in shares.items():
                results.setdefault(name, []).append(100 * share)
                click.echo(f"seed {seed}  {name:<20}{share:9.2%}")
    for name, of_seeds in results.items():
        spread = np.std(of_seeds, ddof=1) if seeds > 1 else 0.0
        click.echo(f"{name:<20}{np.mean(of_seeds):8.2f} % ± {spread:.2f} over {seeds} seeds")


if __name__ == "__main__":
    main()
