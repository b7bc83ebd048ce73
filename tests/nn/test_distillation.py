"""The loss of a student that learns its teacher's probabilities."""

import numpy as np
import pytest

from mlpcli.nn.distillation import DistillationLoss, soften
from mlpcli.nn.losses import CrossEntropy
from mlpcli.utils.arrays import Array
from tests.support.gradients import numerical_gradient, relative_error


@pytest.fixture
def logits() -> Array:
    """Of a student, (6, 4) float64."""
    return np.random.default_rng(0).normal(0, 3, (6, 4))


@pytest.fixture
def answers() -> Array:
    """Of its teacher, (6, 4) float64 with rows of sum 1."""
    return soften(np.random.default_rng(1).normal(0, 3, (6, 4)), 1.0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
def test_gradient(logits: Array, answers: Array, temperature: float) -> None:
    """The gradient is that of finite differences."""
    loss = DistillationLoss(temperature)
    numerical = numerical_gradient(lambda: loss.forward(logits, answers), logits)
    loss.forward(logits, answers)
    assert relative_error(loss.backward(), numerical) < 1e-8


def test_by_hand() -> None:
    """Of answers ¾ and ¼ to a student's ½ and ½ it is ¾ log 1.5 + ¼ log 0.5."""
    answers = np.array([[0.75, 0.25]])
    expected = 0.75 * np.log(1.5) + 0.25 * np.log(0.5)
    assert pytest.approx(expected) == DistillationLoss(1.0).forward(np.zeros((1, 2)), answers)


def test_same_answers(logits: Array) -> None:
    """A student that answers as its teacher has no loss and no gradient."""
    loss = DistillationLoss(3.0)
    assert pytest.approx(0, abs=1e-12) == loss.forward(logits, soften(logits, 3.0))
    np.testing.assert_allclose(loss.backward(), 0, atol=1e-12)


def test_sure_teacher(logits: Array) -> None:
    """A teacher that is sure of the labels teaches what the labels do."""
    labels = np.array([0, 1, 2, 3, 0, 1])
    loss, usual = DistillationLoss(1.0), CrossEntropy()
    assert pytest.approx(usual.forward(logits, labels)) == loss.forward(logits, np.eye(4)[labels])
    np.testing.assert_allclose(usual.backward(), loss.backward(), atol=1e-12)


def test_size_of_the_gradient(logits: Array, answers: Array) -> None:
    """At high temperatures the gradient no longer depends on them."""
    teacher = np.log(answers)
    sizes = []
    for temperature in (100.0, 1000.0):
        loss = DistillationLoss(temperature)
        loss.forward(logits, soften(teacher, temperature))
        sizes.append(np.linalg.norm(loss.backward()))
    assert pytest.approx(sizes[0], rel=0.05) == sizes[1]


def test_types(logits: Array, answers: Array) -> None:
    """What is computed in float32 stays float32."""
    loss = DistillationLoss(2.0)
    loss.forward(logits.astype(np.float32), answers.astype(np.float32))
    assert np.float32 == loss.backward().dtype
    assert np.float32 == soften(logits.astype(np.float32), 2.0).dtype
