"""What the weights that come with the program can read."""

import io

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets import Dataset
from mlpcli.images import preprocess, read_picture
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.pictures import KINDS, draw_picture


@pytest.mark.slow
def test_hard_pictures() -> None:
    """The bundled weights predict at least 97 % of a third of the hard pictures right."""
    classifier = Classifier.load([BUNDLED])
    each_one = [(name, index) for name, kind in KINDS.items() for index in range(kind.count)]
    pictures = [draw_picture(name, index, seed=3) for name, index in each_one[::3]]
    images = [
        classifier.preprocess(read_picture(io.BytesIO(each.content), each.name)).images[0]
        for each in pictures
    ]
    predicted = classifier.log_probabilities(np.stack(images), tta=True).argmax(axis=1)
    assert np.mean(predicted == [each.label for each in pictures]) >= 0.97


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
