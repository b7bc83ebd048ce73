"""Which changed copies of an image are worth averaging over, and how many?

    MLP_DATA=DIR python -m benchmarks.tta --weights RUN... [--count 32]

The weights must have been trained with `data.validation=10000`, so that the last 10,000 training
images of MNIST are new to them: on these copies are compared, never on test images. Families are
the copies of `mlpcli.inference.tta`, and moves at random, spread evenly over ranges of several
sizes. For each number of copies it prints the error and, which tells more, the loss of the mean of
the probabilities, without temperatures; beside the error how many images are read right by this
family alone and by the usual seven copies alone, of all networks, and the probability that two
families that are equally good differ as much (sign test).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from math import comb
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

import mlpcli
from mlpcli.config import data_root
from mlpcli.errors import CheckpointError
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.copy_counts import USUAL
from mlpcli.inference.data import trained_on
from mlpcli.inference.tta import Strength, copies, moved, spread_moves

HELD_OUT = 10_000
STRENGTHS = {
    "up to 2°": Strength(0.3, 2.0, 0.025, 0.025),
    "up to 4°": Strength(0.5, 4.0, 0.05, 0.05),
    "up to 6°": Strength(0.8, 6.0, 0.08, 0.08),
    "up to 7.5°": Strength(1.1, 7.5, 0.11, 0.11),
}
"""Ranges of shifts, rotations, scales and shears, by name of their rotations."""

Probabilities = NDArray[np.float64]
Truth = NDArray[np.bool_]


@click.command()
@click.option("--weights", multiple=True, required=True, type=click.Path(path_type=Path))
@click.option("--count", default=32, show_default=True, help="The most copies.")
def main(weights: tuple[Path, ...], count: int) -> None:
    """Print a table for each family, over all weights."""
    data = mlpcli.open_dataset("mnist", root=Path(data_root()), validation=HELD_OUT)
    images, labels = data.validation.images, data.validation.labels
    classifiers = [mlpcli.load(each) for each in weights]
    for classifier in classifiers:
        check_held_out(classifier)
    counts = sorted({1, 2, 4, USUAL, 8, 16, count} & {*range(1, count + 1)})
    usual: list[Truth] = []
    click.echo("family          copies  error, %    loss  better worse     p")
    for family in ["tta", *STRENGTHS]:
        tables = [table(each, family, images, labels, counts) for each in classifiers]
        usual = usual or [found[USUAL][0] for found in tables]
        for number in counts:
            right = [found[number][0] for found in tables]
            loss = float(np.mean([found[number][1] for found in tables]))
            click.echo(f"{family:<15} {number:>6}  {line(right, usual, loss)}")


def check_held_out(classifier: Classifier) -> None:
    """Check that a network has not learnt from the images that are held out.

    Raises:
        CheckpointError: it has.
    """
    config = trained_on(classifier)
    if config.names != ["mnist"] or config.own_paths or config.validation != HELD_OUT:
        raise CheckpointError(
            f"{classifier.name}: must be trained on mnist with data.validation={HELD_OUT}"
        )


def table(
    classifier: Classifier,
    family: str,
    images: Pixels,
    labels: NDArray[np.int64],
    counts: list[int],
) -> dict[int, tuple[Truth, float]]:
    """Return for each number of copies which images are read right, and the loss."""
    found: dict[int, tuple[Truth, float]] = {}
    total = np.zeros((len(images), len(classifier.classes)))
    for number, copy in enumerate(family_of(family, images, counts[-1]), 1):
        _, uncalibrated = classifier.calibrated_and_uncalibrated(copy)
        total += np.exp(uncalibrated.astype(np.float64))
        if number in counts:
            of_label = total[np.arange(len(labels)), labels] / number
            loss = -float(np.log(np.maximum(of_label, 1e-30)).mean())
            found[number] = total.argmax(axis=1) == labels, loss
    return found


def family_of(name: str, images: Pixels, count: int) -> Iterator[Pixels]:
    """Yield the copies of a family, the images themselves first."""
    if name == "tta":
        yield from copies(images, count)
        return
    yield images
    for move in islice(spread_moves(STRENGTHS[name], count - 1), count - 1):
        yield moved(images, move)


def line(right: list[Truth], usual: list[Truth], loss: float) -> str:
    """Return the mean error and loss of the networks, and how they compare with the usual."""
    error = 100 * (1 - float(np.mean(right)))
    pairs = list(zip(right, usual, strict=True))
    better = sum(int((one & ~other).sum()) for one, other in pairs)
    worse = sum(int((other & ~one).sum()) for one, other in pairs)
    return f"{error:8.3f} {loss:8.5f}  {better:6} {worse:5} {sign_test(better, worse):6.3f}"


def sign_test(better: int, worse: int) -> float:
    """Return the probability of a difference as large, if either is as likely for each image."""
    count, most = better + worse, max(better, worse)
    tail: float = sum(comb(count, k) for k in range(most, count + 1)) / float(2**count)
    return min(1.0, 2.0 * tail)


if __name__ == "__main__":
    main()
