"""What networks that have seen synthetic digits only make of real ones.

    MLP_DATA=DIR python benchmarks/synthetic_to_real.py

DIR holds mnist/. Each seed draws its digits and trains configs/synthetic.yaml on them; the network
is then measured on two sets of real digits. By the first, 10,000 training images of MNIST, the
generator was tuned; the second is MNIST's test set.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from mlpcli.config import data_root
from mlpcli.datasets import open_dataset
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import Metrics, measure

YARDSTICK = slice(10000)  # of MNIST's training images
COSTLIEST = 5  # confusions to print


@click.command()
@click.option("--config", default="synthetic", show_default=True, help="Which configuration.")
@click.option("--seeds", default=3, show_default=True, help="How many, from 0.")
@click.option(
    "--runs",
    type=click.Path(path_type=Path),
    help="Folder to keep runs in, and to take them from: empty it after a change of anything.",
)
def main(config: str, seeds: int, runs: Path | None) -> None:
    """Train on synthetic digits, then read real ones."""
    mnist = open_dataset("mnist", root=Path(data_root()), validation=0)
    real = {"yardstick": mnist.train[YARDSTICK], "test": mnist.test}
    results: dict[str, list[Metrics]] = {name: [] for name in real}
    with tempfile.TemporaryDirectory() as temporary:
        for seed in range(seeds):
            run = (runs or Path(temporary)) / f"{Path(config).stem}-{seed}"
            classifier = Classifier.load([train(config, seed, run)])
            for name, split in real.items():
                metrics = measure(classifier.log_probabilities(split.images), split.labels)
                results[name].append(metrics)
                click.echo(f"seed {seed}  {name:<9}  {metrics.accuracy:.2%}")
    for name, of_seeds in results.items():
        click.echo(summary(f"MNIST, {name}", of_seeds))


def train(config: str, seed: int, run: Path) -> Path:
    """Train one network, unless its run is there, and return its weights."""
    if not run.exists():
        unfinished = run.with_name(f"{run.name}-unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        command = ["train", "--config", config, "--set", f"seed={seed}", "--out", str(unfinished)]
        subprocess.run([sys.executable, "-m", "mlpcli", *command], check=True)
        unfinished.rename(run)
    return run / "best.npz"


def summary(title: str, results: list[Metrics]) -> str:
    """Return mean and spread over the seeds, the accuracy of each class, the costliest confusions.

    A confusion's cost is how many of 10,000 images it takes, on average over the seeds.
    """
    accuracies = 100 * np.array([metrics.accuracy for metrics in results])
    spread = accuracies.std(ddof=1) if len(results) > 1 else 0.0
    recall = np.mean([metrics.recall for metrics in results], axis=0)
    share: NDArray[np.float64] = np.mean(
        [metrics.confusion / metrics.count for metrics in results], axis=0
    )
    np.fill_diagonal(share, 0)
    worst = np.argsort(-share, axis=None)[:COSTLIEST]
    confusions = [
        f"{label} as {answer} ({10000 * share[label, answer]:.1f})"
        for label, answer in zip(*np.divmod(worst, len(share)), strict=True)
    ]
    return "\n".join(
        [
            f"\n{title}: {accuracies.mean():.2f} % ± {spread:.2f} over {len(results)} seeds",
            "class     " + "".join(f"{digit:>7}" for digit in range(len(recall))),
            "accuracy %" + "".join(f"{100 * share:7.2f}" for share in recall),
            f"costliest of 10,000: {', '.join(confusions)}",
        ]
    )


if __name__ == "__main__":
    main()
