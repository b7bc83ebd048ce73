"""Shuffled batches."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.datasets import Dataset, Split
from mlpcli.training.batches import Batches


def numbered(count: int) -> Split:
    """Images of 1×2 pixels that show their own number."""
    numbers = np.arange(count)
    images = np.stack([numbers % 256, numbers // 256], axis=-1).astype(np.uint8)
    return Split(images.reshape(count, 1, 2), numbers)


@given(st.integers(1, 300), st.integers(1, 64), st.integers(0, 5))
def test_partition(count: int, size: int, epoch: int) -> None:
    """Each epoch shows every image once, in batches of the size with one rest."""
    batches = Batches(numbered(count), size, seed=0)
    labels = [labels.copy() for _, labels in batches.epoch(epoch)]
    assert len(batches) == len(labels)
    assert {size} >= {len(batch) for batch in labels[:-1]}
    assert list(range(count)) == sorted(np.concatenate(labels).tolist())


def test_images_go_with_labels() -> None:
    """A row of inputs is the image of its label, as float32 in [0, 1]."""
    for inputs, labels in Batches(numbered(1000), 64, seed=1).epoch(0):
        assert np.float32 == inputs.dtype
        np.testing.assert_allclose(inputs @ [255, 255 * 256], labels, rtol=1e-5)


def test_order(glyphs: Dataset) -> None:
    """The order differs between epochs and seeds, and is the same when asked again."""

    def order(seed: int, epoch: int) -> list[int]:
        batches = Batches(glyphs.train, 50, seed)
        labels = np.concatenate([labels for _, labels in batches.epoch(epoch)])
        return [int(label) for label in labels]

    assert order(0, 0) == order(0, 0)
    assert order(0, 0) != order(0, 1)
    assert order(0, 0) != order(1, 0)


def test_inputs_are_kept() -> None:
    """Batches reuse one array, also for the smaller last one."""
    arrays = [inputs for inputs, _ in Batches(numbered(10), 4, seed=0).epoch(0)]
    assert all(np.shares_memory(arrays[0], array) for array in arrays)
