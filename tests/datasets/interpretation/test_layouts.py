"""Arrays of images of any usual layout."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets import open_dataset
from mlpcli.datasets.interpretation.layouts import channels_last, to_grey

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 6)).astype(np.uint8)
COLOURS = np.random.default_rng(1).integers(0, 256, (5, 6, 6, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    "images",
    [IMAGES, IMAGES.reshape(5, 36), IMAGES[..., None], IMAGES[:, None]],
    ids=lambda images: str(images.shape),
)
def test_grey(images: np.ndarray) -> None:
    """Rows of square images, and a channel first or last, are the same images."""
    np.testing.assert_array_equal(IMAGES, to_grey(channels_last(images, "f")))


@pytest.mark.parametrize("images", [COLOURS, np.moveaxis(COLOURS, 3, 1)], ids=["last", "first"])
def test_colours(tmp_path: Path, images: np.ndarray) -> None:
    """Colours become grey by their brightness, as Pillow computes it, and a note says so."""
    path, labels = tmp_path / "m.npz", np.arange(5) % 2
    np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    dataset = open_dataset(path)
    expected = [np.asarray(Image.fromarray(one).convert("L")) for one in COLOURS]
    assert abs(np.stack(expected).astype(int) - dataset.train.images).max() <= 1
    assert (f"{path}: the images are in colour, read as grey by brightness",) == dataset.notes
