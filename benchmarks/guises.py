"""How well MNIST's test images are read when they come as other pictures.

    MLP_DATA=DIR python benchmarks/guises.py --weights runs/accurate/best.npz

Each image is written as a PNG, read again and prepared as `mlp predict` does: as it is, as its
negative, pasted anywhere on a canvas of 400×300, and enlarged to 280×280. Beside the accuracy
stands the difference from `mlp evaluate`, in points.
"""

import io
import os
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from tqdm import tqdm

from mlpcli.cli.common import say, weights_option
from mlpcli.datasets import Split, open_dataset
from mlpcli.images import read_picture
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.loading import open_weights
from mlpcli.nn.metrics import measure

Pixels = NDArray[np.uint8]
Guise = Callable[[Pixels, np.random.Generator], Image.Image]


def as_it_is(image: Pixels, _generator: np.random.Generator) -> Image.Image:
    """Dress nothing up."""
    return Image.fromarray(image)


def negative(image: Pixels, _generator: np.random.Generator) -> Image.Image:
    """Exchange dark and light."""
    return Image.fromarray(255 - image)


def on_canvas(image: Pixels, generator: np.random.Generator) -> Image.Image:
    """Paste anywhere on 400×300."""
    canvas = Image.new("L", (400, 300))
    corner = (int(generator.integers(0, 373)), int(generator.integers(0, 273)))
    canvas.paste(Image.fromarray(image), corner)
    return canvas


def enlarged(image: Pixels, _generator: np.random.Generator) -> Image.Image:
    """Enlarge ten times, smoothly."""
    return Image.fromarray(image).resize((280, 280), Image.Resampling.BICUBIC)


GUISES: tuple[Guise, ...] = (as_it_is, negative, on_canvas, enlarged)


@click.command()
@weights_option
@click.option("--count", default=10000, show_default=True, help="Only the first images.")
def main(weights: tuple[Path, ...], count: int) -> None:
    """Print the accuracy for each guise."""
    classifier, _ = open_weights(weights, say)
    root = Path(os.environ.get("MLP_DATA", "data"))
    test = open_dataset("mnist", root=root, validation=0).test[:count]
    known = accuracy(classifier, test.images, test.labels, tta=False)
    click.echo(f"{'mlp evaluate':<14}{known:8.2f} %")
    for guise in GUISES:
        images = prepared(classifier, test, guise)
        for name, tta in (("", True), (", --no-tta", False)):
            share = accuracy(classifier, images, test.labels, tta=tta)
            title = guise.__name__.replace("_", " ") + name
            click.echo(f"{title:<24}{share:8.2f} %{share - known:+8.2f}")


def prepared(classifier: Classifier, split: Split, guise: Guise) -> Pixels:
    """Return what the pictures of a guise become."""
    generator = np.random.default_rng(0)
    images = []
    for image in tqdm(split.images, desc=guise.__name__, leave=False):
        stream = io.BytesIO()
        guise(image, generator).save(stream, "PNG")
        stream.seek(0)
        images.append(classifier.preprocess(read_picture(stream, "image")).images[0])
    return np.stack(images)


def accuracy(
    classifier: Classifier, images: Pixels, labels: NDArray[np.int64], *, tta: bool
) -> float:
    """Return the share of right answers in per cent."""
    return 100 * measure(classifier.log_probabilities(images, tta=tta), labels).accuracy


if __name__ == "__main__":
    main()
