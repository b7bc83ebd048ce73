"""What is called guessing."""

import numpy as np
import pytest

from mlpcli.nn.guessing import ENOUGH, is_guessing
from mlpcli.nn.metrics import Metrics
from tests.support.metrics import metrics


def even(classes: int, each: int, right: float) -> Metrics:
    """Return those of so many images of each class, a share right and the others anything."""
    labels = np.repeat(np.arange(classes), each)
    count = len(labels)
    others = (labels + 1 + np.arange(count) % (classes - 1)) % classes
    chosen = np.arange(count) * 7919 % count < round(right * count)
    return Metrics(1.0, classes, labels, np.where(chosen, labels, others))


@pytest.mark.parametrize(
    ("predictions", "expected"),
    [
        (even(10, 1000, 0.119), True),
        (even(10, 1000, 0.2), False),
        (even(1000, 10, 0.04), False),
        (even(1000, 10, 0.0015), True),
        (metrics([[9000, 0], [1000, 0]]), True),  # the commonest class
        (metrics([[8950, 50], [920, 80]]), False),  # 90.3 %, and some of the rare one
        (metrics([[8990, 10], [990, 10]]), True),
        (metrics([[0, 500, 0], [0, 0, 500], [0, 0, 0]]), True),  # none is right
        (metrics([[10_000]]), None),  # one class, which every prediction is
        (metrics([[900, 100], [0, 0]]), None),  # one class of two
        (metrics([[2, 0], [2, 0]]), None),  # too few
        (metrics([[500, 0], [ENOUGH - 1, 0]]), None),
        (metrics([[500, 0], [ENOUGH, 0]]), True),
    ],
)
def test_guessing(predictions: Metrics, expected: bool | None) -> None:
    """Predictions that agree with the labels hardly more often than by chance are guesses."""
    assert expected is is_guessing(predictions)
