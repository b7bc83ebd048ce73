"""Labels of any usual kind."""

import numpy as np
import pytest

from mlpcli.datasets.interpretation.labels import number_labels
from mlpcli.errors import DataError


@pytest.mark.parametrize(
    ("labels", "expected", "classes"),
    [
        (np.array([2, 0, 1]), [2, 0, 1], "0 1 2"),
        (np.array([[2], [0], [1]]), [2, 0, 1], "0 1 2"),
        (np.array([2.0, 0.0, 1.0]), [2, 0, 1], "0 1 2"),
        (np.array([True, False]), [1, 0], "0 1"),
        (np.eye(4)[[3, 0, 1, 2]], [3, 0, 1, 2], "0 1 2 3"),
        (np.eye(3, dtype=bool), [0, 1, 2], "0 1 2"),
        (np.array(["dog", "cat", "dog"]), [1, 0, 1], "cat dog"),
        (np.array(["class 10", "class 2"]), [1, 0], "class 2|class 10"),
        (np.array(["1", "0", "2"]), [1, 0, 2], "0 1 2"),
        (np.array(["7.0", "0"]), [1, 0], "0 7"),
        (np.arange(1, 11), list(range(10)), "1 2 3 4 5 6 7 8 9 10"),
        (np.array([0, 5, 2]), [0, 2, 1], "0 2 5"),
    ],
    ids=str,
)
def test_numbered(labels: np.ndarray, expected: list[int], classes: str) -> None:
    """Labels count from 0, and classes keep their own names; none is without images."""
    found = number_labels([labels], (), "f")
    assert expected == found.labels[0].tolist()
    assert classes == ("|" if "|" in classes else " ").join(found.classes)


def test_parts_together() -> None:
    """The classes are those of all parts."""
    found = number_labels([np.array([1, 3]), np.array([2])], (), "f")
    assert [[0, 2], [1]] == [part.tolist() for part in found.labels]
    assert ("the labels begin with 1: 3 classes, 1, 2, 3, keep these names",) == found.notes


def test_a_word_among_numbers() -> None:
    """A word among very many numbers is a class of its own, and reported."""
    found = number_labels([np.array(["7"] * 200 + ["seven"])], (), "f")
    assert ("7", "seven") == found.classes
    assert ("most labels are numbers, but 1 are not, such as 'seven'",) == found.notes


@pytest.mark.parametrize(
    ("labels", "expected", "notes"),
    [
        ([1, 0], [1, 0], ()),
        ([1, 3], [0, 2], ("the labels begin with 1: label 1 is ant, label 3 is cow",)),
        (["cow", "ant"], [2, 0], ()),
    ],
)
def test_names(labels: list[int] | list[str], expected: list[int], notes: tuple[str, ...]) -> None:
    """Class names may stand for labels from 0 or from 1, or be the labels."""
    found = number_labels([np.array(labels)], ("ant", "bee", "cow"), "f")
    assert (expected, notes) == (found.labels[0].tolist(), found.notes)
    assert ("ant", "bee", "cow") == found.classes


@pytest.mark.parametrize(
    ("labels", "names", "message"),
    [
        (np.array([0, 4]), ("a", "b"), r"f: labels must be in \[0, 1\], one for each class name"),
        (np.array(["c"]), ("a", "b"), "f: labels must be class names, got 'c'"),
        (np.array([0.5]), (), "f: labels must be whole numbers, got 0.5$"),
        (np.array([np.nan]), (), "f: labels must be whole numbers, got nan$"),
        (np.array([1e30]), (), "f: labels must be whole numbers, got 1e[+]30$"),
        (np.array([2**64 - 1], dtype=np.uint64), (), r"f: labels must be in \[0, 65535\]"),
        (np.array([[1, 1], [0, 1]]), (), "f: labels must be one integer, text or one-hot row"),
        (np.array(["a\n"]), (), "f: class names must be printable"),
        (np.array([-1, 1]), (), r"f: labels must be in \[0, 65535\], got -1 to 1"),
    ],
    ids=str,
)
def test_refused(labels: np.ndarray, names: tuple[str, ...], message: str) -> None:
    """What cannot be labels is refused with what was found."""
    with pytest.raises(DataError, match=message):
        number_labels([labels], names, "f")
