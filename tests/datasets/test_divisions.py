"""The words by which people name the parts of a data set."""

import pytest

from mlpcli.datasets.divisions import division_of, part_of


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("x_train", ("train", "images")),
        ("X_val", ("validation", "images")),
        ("trainY", ("train", "labels")),
        ("kmnist-test-imgs", ("test", "images")),
        ("t10k-labels", ("test", "labels")),
        ("arr_0", (None, None)),
        ("class_names", (None, "classes")),
        ("label_names", (None, "classes")),
        ("max", (None, None)),
        ("feature_names", (None, None)),
        ("target_names", (None, "classes")),
        ("Xtest", ("test", "images")),
        ("ytrain", ("train", "labels")),
    ],
)
def test_part_of(name: str, expected: tuple[str | None, str | None]) -> None:
    """The words of a name say which split it is, and what of it."""
    assert expected == part_of(name)


def test_division_of() -> None:
    """A folder is a division if its whole name says so, in any case."""
    assert ["train", "validation", "validation", "test", None] == [
        division_of(name) for name in ("Train", "VAL", "valid", "testing", "test-cats")
    ]
