"""Cross-entropy from logits."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.losses import CrossEntropy, log_softmax, one_hot
from mlpcli.utils.arrays import Array
from tests.support.gradients import numerical_gradient, relative_error

Loss = type[CrossEntropy] | type[FastCrossEntropy]
each = pytest.mark.parametrize("loss_type", [CrossEntropy, FastCrossEntropy])
WEIGHTS = [None, (2.0, 0.0, 0.5, 1.0, 3.0, 1.0, 0.25, 1.0, 1.0, 7.0)]
"""Of ten classes, one of which counts nothing."""


def chosen(weights: tuple[float, ...] | None, classes: int) -> Array | None:
    """Return the weights of the first classes."""
    return None if weights is None else np.array(weights[:classes], dtype=np.float32)


@each
@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("shape", [(1, 2), (4, 10)])
def test_derivative(
    loss_type: Loss,
    shape: tuple[int, int],
    smoothing: float,
    weights: tuple[float, ...] | None,
) -> None:
    """The gradient passes a central-difference check, smoothed or not, weighted or not."""
    generator = np.random.default_rng(0)
    logits, labels = generator.standard_normal(shape), generator.integers(shape[1], size=shape[0])
    loss = loss_type(smoothing, chosen(weights, shape[1]))
    numerical = numerical_gradient(lambda: loss.forward(logits, labels), logits)
    loss.forward(logits, labels)
    assert relative_error(loss.backward(), numerical) < 1e-6


@each
def test_by_hand(loss_type: Loss) -> None:
    """Two classes with logits (0, log 3) have probabilities 1/4 and 3/4."""
    logits, labels = np.array([[0.0, math.log(3)]]), np.array([1])
    loss = loss_type()
    assert pytest.approx(-math.log(3 / 4)) == loss.forward(logits, labels)
    np.testing.assert_allclose(loss.backward(), [[1 / 4, -1 / 4]])


@each
def test_smoothing_by_hand(loss_type: Loss) -> None:
    """Smoothing by 0.2 makes the target of two classes (0.1, 0.9)."""
    logits, labels = np.array([[0.0, math.log(3)]]), np.array([1])
    loss = loss_type(0.2)
    expected = -0.1 * math.log(1 / 4) - 0.9 * math.log(3 / 4)
    assert pytest.approx(expected) == loss.forward(logits, labels)
    np.testing.assert_allclose(loss.backward(), [[1 / 4 - 0.1, 3 / 4 - 0.9]])


@each
def test_weights_by_hand(loss_type: Loss) -> None:
    """Each image's loss counts the weight of its label; the sum is divided by the images."""
    logits, labels = np.array([[0.0, math.log(3)]] * 4), np.array([1, 1, 1, 0])
    loss = loss_type(0.0, np.array([6.0, 0.5]))
    expected = (3 * 0.5 * -math.log(3 / 4) + 6 * -math.log(1 / 4)) / 4
    assert pytest.approx(expected) == loss.forward(logits, labels)
    gradients = [[0.5 / 4, -0.5 / 4]] * 3 + [[6 * -3 / 4, 6 * 3 / 4]]
    np.testing.assert_allclose(loss.backward(), np.array(gradients) / 4)


@each
def test_smoothing_and_weights_by_hand(loss_type: Loss) -> None:
    """The weight of the label multiplies all of the smoothed loss, that of other classes too."""
    logits, labels = np.array([[0.0, math.log(3)]]), np.array([1])
    loss = loss_type(0.2, np.array([100.0, 3.0]))
    expected = 3 * (-0.1 * math.log(1 / 4) - 0.9 * math.log(3 / 4))
    assert pytest.approx(expected) == loss.forward(logits, labels)
    np.testing.assert_allclose(loss.backward(), [[3 * (1 / 4 - 0.1), 3 * (3 / 4 - 0.9)]])


@each
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_equal_weights(loss_type: Loss, smoothing: float) -> None:
    """Weights of 1 change nothing, and those of 0 leave neither loss nor gradient."""
    generator = np.random.default_rng(0)
    logits, labels = generator.standard_normal((5, 10)), generator.integers(10, size=5)
    plain, ones, zeros = (
        loss_type(smoothing),
        loss_type(smoothing, np.ones(10)),
        loss_type(smoothing, np.zeros(10)),
    )
    assert pytest.approx(plain.forward(logits, labels)) == ones.forward(logits, labels)
    np.testing.assert_array_equal(plain.backward(), ones.backward())
    assert 0 == zeros.forward(logits, labels)
    assert not zeros.backward().any()


@each
@pytest.mark.parametrize("dtype", ["u1", "i1", "u2", "i4", ">i4", "i8", "u8"])
def test_types_of_labels(loss_type: Loss, dtype: str) -> None:
    """Labels of any integer type mean the same, also in batches beyond the type's range."""
    generator = np.random.default_rng(0)
    logits, labels = generator.standard_normal((300, 10)), generator.integers(10, size=300)
    loss, typed = loss_type(), loss_type()
    assert loss.forward(logits, labels) == typed.forward(logits, labels.astype(dtype))
    np.testing.assert_array_equal(loss.backward(), typed.backward())


@each
def test_large_logits(loss_type: Loss) -> None:
    """Logits of ±10,000 give a finite loss in float32, right or wrong."""
    logits = np.array([[1e4, -1e4]], dtype=np.float32)
    loss = loss_type()
    assert loss.forward(logits, np.array([0])) == 0
    assert loss.forward(logits, np.array([1])) == 2e4
    assert np.isfinite(loss.backward()).all()


@each
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_large_logits_of_many_classes(loss_type: Loss, scale: float, smoothing: float) -> None:
    """Losses, gradients and log-probabilities of float32 logits up to ±10,000 overflow nowhere."""
    logits = np.linspace(-scale, scale, 40, dtype=np.float32).reshape(4, 10)
    loss = loss_type(smoothing)
    with np.errstate(over="raise", divide="raise", invalid="raise"):
        assert np.isfinite(loss.forward(logits, np.arange(4)))
        np.testing.assert_allclose(loss.backward().sum(axis=1), 0, atol=1e-6)
        np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1, rtol=1e-6)


@given(hnp.arrays(np.float64, (3, 4), elements=st.floats(-1e3, 1e3)))
def test_log_softmax_rows_sum_to_one(logits: np.ndarray) -> None:
    """The exponential of log softmax sums to one in each row."""
    np.testing.assert_allclose(np.exp(log_softmax(logits)).sum(axis=1), 1)


def test_one_hot() -> None:
    """The label itself is the column that is set, in the width asked for."""
    expected = [[0, 0, 1, 0], [1, 0, 0, 0]]
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), 4), expected)


@pytest.mark.parametrize("label", [-1, 4])
def test_one_hot_range(label: int) -> None:
    """A label outside the classes is refused."""
    with pytest.raises(ValueError, match=rf"in \[0, 4\), got {label}"):
        one_hot(np.array([0, label]), 4)


@pytest.mark.parametrize("label", [-1, 4])
def test_wrong_labels(label: int) -> None:
    """A loss for a class that there is not is refused."""
    with pytest.raises(ValueError, match=rf"in \[0, 4\), got {label}"):
        CrossEntropy().forward(np.zeros((1, 4)), np.array([label]))


@pytest.mark.parametrize("weights", WEIGHTS)
@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("batch", [1, 32])
def test_fast_is_the_same(batch: int, smoothing: float, weights: tuple[float, ...] | None) -> None:
    """The fast form gives the loss and the gradient of the textbook's, to rounding."""
    generator = np.random.default_rng(0)
    logits = generator.normal(0, 5, (batch, 10)).astype(np.float32)
    labels = generator.integers(10, size=batch)
    of_classes = chosen(weights, 10)
    textbook, fast = CrossEntropy(smoothing, of_classes), FastCrossEntropy(smoothing, of_classes)
    assert pytest.approx(textbook.forward(logits, labels), rel=1e-6) == fast.forward(logits, labels)
    np.testing.assert_allclose(textbook.backward(), fast.backward(), rtol=1e-6, atol=1e-7)
    assert np.float32 == textbook.backward().dtype == fast.backward().dtype
