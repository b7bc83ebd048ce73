"""What images of each class count in the loss."""

import numpy as np
import pytest

from mlpcli.nn.class_weights import balanced_weights, class_weights


def test_balanced_by_hand() -> None:
    """The weights are those of scikit-learn's documentation: 6 / (2 · 4) and 6 / (2 · 2)."""
    labels = np.array([1, 1, 1, 1, 0, 0])
    np.testing.assert_array_equal([1.5, 0.75], balanced_weights(labels, 2))


def test_all_classes_count_the_same() -> None:
    """The images of each class together count the same, and the mean over all images is 1."""
    labels = np.repeat([0, 1, 2], [90, 9, 1])
    weights = balanced_weights(labels, 3)
    np.testing.assert_allclose(np.full(3, 100 / 3), weights * [90, 9, 1], rtol=1e-6)
    assert pytest.approx(1) == weights[labels].mean()
    assert np.float32 == weights.dtype


def test_class_without_images() -> None:
    """A class without images counts 0, and the others as if it did not exist."""
    np.testing.assert_array_equal(
        [1.5, 0, 0.75, 0], balanced_weights(np.array([2] * 4 + [0] * 2), 4)
    )


def test_choices() -> None:
    """Numbers are taken as they are; null means no weights."""
    labels = np.array([0, 1, 1])
    assert class_weights(None, labels, 2) is None
    np.testing.assert_array_equal([4, 0.5], class_weights((4, 0.5), labels, 2))
    np.testing.assert_array_equal([1.5, 0.75], class_weights("balanced", labels, 2))


def test_wrong_number() -> None:
    """As many numbers as classes are needed."""
    with pytest.raises(ValueError, match=r"^class_weights: needs 3 numbers, got 2$"):
        class_weights((1, 2), np.array([0]), 3)
