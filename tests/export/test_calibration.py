"""The training images that tell the range of each layer."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets.synthetic.drawing import draw
from mlpcli.errors import CheckpointError, DataError
from mlpcli.export.calibration import COUNT, training_images
from mlpcli.images.normalization import Pixels
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.support.checkpoints import altered
from tests.support.networks import write_network


def images_for(weights: Path, data: str | None = None) -> Pixels:
    """Return the images for a network, of which nothing needs to be noted."""
    notes: list[str] = []
    images = training_images(Classifier.load([weights]), data, notes.append)
    assert [] == notes
    return images


def write_data(path: Path, count: int, side: int = 28) -> Pixels:
    """Write a data set whose images are numbered by their first two pixels, and return those."""
    numbers = np.arange(count)
    images = np.zeros((count, side, side), dtype=np.uint8)
    images[:, 0, 0], images[:, 0, 1] = numbers // 256, numbers % 256
    labels = numbers % 10
    np.savez(path, x_train=images, y_train=labels, x_test=images[:10], y_test=labels[:10])
    return images


def test_of_a_file(tmp_path: Path) -> None:
    """Of many images some are taken at even distances, of few all, those held out left aside."""
    path = write_network(tmp_path / "net.npz", (784, 5, 10))
    for count, training, step in ((900, 750, 1), (12_000, 10_000, 3)):
        images = write_data(tmp_path / "data.npz", count)[:training]
        found = images_for(path, str(tmp_path / "data.npz"))
        np.testing.assert_array_equal(images[::step], found)


def test_of_drawn_digits(tmp_path: Path) -> None:
    """Of a network that learned drawn digits, they are the first ones that it learned from."""
    data = {"name": "synthetic", "train": 300, "validation": 40}
    path = altered(BUNDLED, tmp_path / "drawn.npz", data)
    np.testing.assert_array_equal(draw(0, "train", 260).images, images_for(path))


@pytest.mark.slow
def test_of_a_mix(tmp_path: Path) -> None:
    """Of a mix each source gives its share, and no more digits are drawn than that."""
    data = {"mix": {"synthetic": 3, "synthetic-national": 1}}
    images = images_for(altered(BUNDLED, tmp_path / "mix.npz", data))
    assert (COUNT, 28, 28) == images.shape
    np.testing.assert_array_equal(draw(0, "train", 3000).images, images[:3000])
    national = draw(0, "train", 1000, data_set="synthetic-national").images
    np.testing.assert_array_equal(national, images[3000:])


def test_what_does_not_fit(tmp_path: Path) -> None:
    """Images of another size, other classes, and a path that only the weights name are refused."""
    path = write_network(tmp_path / "net.npz", (784, 5, 10))
    write_data(tmp_path / "small.npz", 100, side=5)
    with pytest.raises(DataError, match=r"images must be 28×28 pixels, got 5×5"):
        images_for(path, str(tmp_path / "small.npz"))
    with pytest.raises(DataError, match=r"the classes must be those the network was trained on"):
        images_for(path, "fashion-mnist")
    own = altered(path, tmp_path / "own.npz", {"path": "/somewhere/secret.npz"})
    with pytest.raises(CheckpointError, match=r"only a weights file names is not opened"):
        images_for(own)
