"""What the weights that come with the program can read."""

import io
from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets import Dataset
from mlpcli.images import preprocess
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.reading import Reading
from tests.pictures import (
    FORMS,
    KINDS,
    NON_DIGITS,
    PAGES,
    HardPicture,
    draw_non_digit,
    draw_page,
    draw_picture,
)

SEED = 3


def read(pictures: Sequence[HardPicture]) -> list[Reading]:
    """Read pictures with the bundled weights."""
    return Classifier.load([BUNDLED]).predict([io.BytesIO(each.content) for each in pictures])


def right(pictures: Sequence[HardPicture]) -> float:
    """Return the share of pictures that are read right."""
    labels = [reading.label for reading in read(pictures)]
    return float(np.mean([a == each.label for a, each in zip(labels, pictures, strict=True)]))


@pytest.mark.slow
def test_hard_pictures() -> None:
    """The bundled weights predict at least 98 % of a third of the hard pictures right."""
    each_one = [(name, index) for name, kind in KINDS.items() for index in range(kind.count)]
    assert right([draw_picture(name, index, SEED) for name, index in each_one[::3]]) >= 0.98


@pytest.mark.slow
@pytest.mark.parametrize("name", ["ones with upstroke", "sevens crossed or hooked"])
def test_ones_and_sevens(name: str) -> None:
    """Hardly any one with an upstroke is read as a seven, nor the other way round."""
    count = FORMS[name].count
    assert right([draw_picture(name, index, SEED) for index in range(0, count, 4)]) >= 0.98


@pytest.mark.slow
def test_no_digits() -> None:
    """Of most things that are no digits a warning says so."""
    things = [draw_non_digit(name, 0, SEED) for name in NON_DIGITS]
    pictures = [io.BytesIO(each.content) for each in things]
    readings = Classifier.load([BUNDLED]).predict(pictures)
    warned = ["not-a-digit" in [one.code for one in each.warnings] for each in readings]
    assert np.mean(warned) >= 0.85


@pytest.mark.slow
def test_pages() -> None:
    """Most pages are read without a mistake, line by line."""
    pages = [draw_page(name, 1, SEED) for name in PAGES]
    pictures = [io.BytesIO(each.content) for each in pages]
    readings = Classifier.load([BUNDLED]).predict(pictures, many=True)
    exact = [one.text == page.text for one, page in zip(readings, pages, strict=True)]
    assert np.mean(exact) >= 0.8


@pytest.mark.slow
def test_mnist_in_other_guises(mnist: Dataset) -> None:
    """MNIST images on a large canvas, or enlarged, are predicted about as well as the originals."""
    classifier = Classifier.load([BUNDLED])
    generator = np.random.default_rng(0)
    images, labels = mnist.validation.images[:600], mnist.validation.labels[:600]
    known = np.mean(classifier.log_probabilities(images).argmax(axis=1) == labels)
    canvases, large = [], []
    for image in images:
        canvas = np.zeros((300, 400), dtype=np.uint8)
        top, left = generator.integers(0, 273), generator.integers(0, 373)
        canvas[top : top + 28, left : left + 28] = image
        canvases.append(preprocess(canvas).images[0])
        enlarged = Image.fromarray(image).resize((280, 280), Image.Resampling.BICUBIC)
        large.append(preprocess(np.asarray(enlarged)).images[0])
    for pictures, loss in ((canvases, 0.01), (large, 0.01)):
        predicted = classifier.log_probabilities(np.stack(pictures), tta=True).argmax(axis=1)
        assert np.mean(predicted == labels) >= known - loss


@pytest.mark.slow
def test_digits_pass(mnist: Dataset) -> None:
    """Hardly any of MNIST's digits is taken for something else."""
    judged = Classifier.load([BUNDLED]).judge(mnist.validation.images[:4000], tta=True)
    assert np.mean([one.outlier for one in judged]) <= 0.005
