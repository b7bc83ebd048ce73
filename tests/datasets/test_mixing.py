"""Data sets that are mixed: how many images of each, from where, and whether they fit together."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset, Split
from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.mixing import open_mix
from mlpcli.datasets.synthetic.drawing import Drawing, draw
from mlpcli.errors import DataError


def write_file(path: Path, train: Split, test: Split, **more: object) -> str:
    """Write an .npz and return its path."""
    arrays = {"x_train": train.images, "y_train": train.labels, **more}
    np.savez(path, x_test=test.images, y_test=test.labels, **arrays)  # type: ignore[arg-type]
    return str(path)


@pytest.fixture
def small_file(tmp_path: Path) -> str:
    """Return the path of an .npz with 90 training and 30 test images."""
    return write_file(tmp_path / "small.npz", draw(3, "train", 90), draw(3, "test", 30))


@pytest.fixture
def large_file(tmp_path: Path) -> str:
    """Return the path of an .npz with 600 training and 100 test images."""
    return write_file(tmp_path / "large.npz", draw(4, "train", 600), draw(4, "test", 100))


def sizes(dataset: Dataset) -> list[int]:
    """Return how many images there are in each split."""
    return [len(dataset.train), len(dataset.validation), len(dataset.test)]


def test_shares(large_file: str, small_file: str) -> None:
    """Each source gives its share, and the smallest one for its share gives all of its images."""
    mixed = open_mix({large_file: 2, small_file: 1}, validation=30)
    assert [240, 30, 90] == sizes(mixed)
    small = np.load(small_file)
    assert (mixed.train.images[-80:] == small["x_train"][:80]).all()
    assert (mixed.validation.images[-10:] == small["x_train"][80:]).all()
    assert small["y_train"].tolist() == [*mixed.train.labels[-80:], *mixed.validation.labels[-10:]]
    assert f"{large_file} + {small_file}" == mixed.name


def test_shares_are_proportions(large_file: str, small_file: str) -> None:
    """Only the proportions of the shares count."""
    one, other = (open_mix({large_file: 2 * factor, small_file: factor}) for factor in (1, 0.1))
    assert one.fingerprint == other.fingerprint
    assert sizes(one) == sizes(other)


def test_spread(large_file: str, small_file: str) -> None:
    """Of a source that has more than its share, the images are spread evenly over its files."""
    mixed = open_mix({small_file: 1, large_file: 20}, validation=0)
    assert [630, 0, 105] == sizes(mixed)
    labels = np.load(small_file)["y_train"]
    assert labels[::3].tolist() == mixed.train.labels[:30].tolist()


def test_drawn_as_needed(small_file: str) -> None:
    """As many digits are drawn as their share needs, from the seed of the run."""
    one, same, other = (
        open_mix({small_file: 1, "synthetic": 2}, drawing=Drawing(seed=seed)) for seed in (0, 0, 1)
    )
    assert [225, 45, 90] == sizes(one)
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert (one.train.images[:75] == other.train.images[:75]).all()
    assert (one.train.images[75:] != other.train.images[75:]).any()


def test_all_drawn() -> None:
    """Where all images are drawn, the configuration says how many."""
    assert [250, 50, 60] == sizes(open_mix({"synthetic": 1}, drawing=Drawing(300, 60)))


def test_outliers(small_file: str) -> None:
    """Images without a class are apart, for training and for validation."""
    mixed = open_mix({small_file: 2, "synthetic-outliers": 1}, validation=30)
    assert mixed.outliers
    assert [70, 20, 30] == sizes(mixed)
    assert [35, 10] == [len(mixed.outliers.train), len(mixed.outliers.validation)]
    assert 0 <= min(split.labels.min() for split in (mixed.train, mixed.validation, mixed.test))
    assert {NO_CLASS} == {*mixed.outliers.train.labels, *mixed.outliers.validation.labels}
    assert [*mixed.train.labels, *mixed.outliers.train.labels] == mixed.learnt.labels.tolist()


def test_only_outliers() -> None:
    """Images without a class alone cannot be learnt."""
    with pytest.raises(DataError, match="must have a source with classes, got synthetic-outliers"):
        open_mix({"synthetic-outliers": 1}, drawing=Drawing(300, 60))


def test_renumbered(tmp_path: Path, small_file: str) -> None:
    """A source that lacks a class is understood by the names of its classes."""
    drawn = draw(5, "train", 60)
    few = drawn.taken((drawn.labels == 1) | (drawn.labels == 7))
    numbered = Split(few.images, np.searchsorted([1, 7], few.labels))
    names = np.array(["1", "7"])
    path = write_file(tmp_path / "few.npz", numbered, numbered, class_names=names)
    mixed = open_mix({small_file: 1, path: 1}, validation=0)
    assert mixed.classes == tuple("0123456789")
    assert few.labels.tolist() == mixed.train.labels[-len(few) :].tolist()


def test_other_size(tmp_path: Path, small_file: str) -> None:
    """Images of another size are refused, with both sizes."""
    images = Split(np.zeros((20, 8, 8), np.uint8), np.arange(20) % 10)
    path = write_file(tmp_path / "tiny.npz", images, images)
    with pytest.raises(
        DataError, match=r"tiny.npz: .* must have images of the size 28×28, got 8×8"
    ):
        open_mix({small_file: 1, path: 1})


def test_other_classes(tmp_path: Path, small_file: str) -> None:
    """Other classes are refused."""
    letters = Split(draw(6, "train", 20).images, np.arange(20) % 2)
    names = np.array(["a", "b"])
    path = write_file(tmp_path / "letters.npz", letters, letters, class_names=names)
    with pytest.raises(DataError, match=r"letters.npz: .* must have classes among 0, 1, .*, got a"):
        open_mix({small_file: 1, path: 1})


def test_too_many_held_out(small_file: str) -> None:
    """Images must be left to train on."""
    with pytest.raises(DataError, match="validation must leave images to train on, got 200"):
        open_mix({small_file: 1, "synthetic": 1}, validation=200)


def test_missing(small_file: str) -> None:
    """A source that is not there is named."""
    with pytest.raises(DataError, match="nowhere"):
        open_mix({small_file: 1, "nowhere.npz": 1})
