"""What is called guessing and a layer that is inactive, and what is said of it."""

from dataclasses import replace

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.nn.dead_units import UnitCounts
from mlpcli.nn.guessing import ENOUGH
from mlpcli.nn.metrics import Metrics
from mlpcli.report.findings import advice, finding_lines
from mlpcli.training.diagnosis import FEW, Findings, InactiveLayer, Outcome, inactive_layers


def metrics(cells: list[list[int]]) -> Metrics:
    """Return those of a confusion matrix; rows are the labels."""
    matrix = np.array(cells)
    labels, answers = (np.repeat(each.ravel(), matrix.ravel()) for each in np.indices(matrix.shape))
    return Metrics(1.0, len(matrix), labels, answers)


def test_zero_recall() -> None:
    """A class has recall 0 that has enough images of which none was recognised."""
    cells = [[50, 0, 0], [FEW, 0, 0], [FEW - 1, 0, 0]]
    outcome = Outcome.of(metrics(cells))
    assert frozenset([1]) == outcome.zero_recall
    assert (0, 50 / (50 + FEW + FEW - 1)) == (outcome.majority_class, outcome.majority_share)


def test_inactive_layers() -> None:
    """A layer is inactive of which more than half of the units are so, for images that can tell."""
    health = [UnitCounts(10, 5, None), UnitCounts(10, 6, None), UnitCounts(4, None, 3)]
    assert (
        InactiveLayer(2, 10, 6, 60, False),
        InactiveLayer(3, 4, 3, 60, True),
    ) == inactive_layers(health, 60)
    assert () == inactive_layers(health, ENOUGH - 1)


def findings(**changes: object) -> Findings:
    """Return some, by default none."""
    outcome = Outcome(0.1, 2, 0.12, None, frozenset())
    none = Findings(outcome, guessing=False, zero_recall=frozenset(), inactive=())
    return replace(none, **changes)  # type: ignore[arg-type]


def test_lines() -> None:
    """There is a line for each kind of finding, in which the first few classes are named."""
    names = [f"c{number}" for number in range(10)]
    assert not findings()
    assert [] == [*finding_lines(findings(), names)]
    some = findings(guessing=True, zero_recall=frozenset(range(1, 8)))
    assert [
        "an accuracy of 10.00 % is no better than guessing: always predicting c2 gives 12.00 %",
        "7 of 10 classes have recall 0, none of their images is recognised: c1, c2, c3, c4, c5, …",
    ] == [*finding_lines(some, names)]
    one = findings(zero_recall=frozenset([3]))
    assert ["1 of 10 classes has recall 0, none of its images is recognised: c3"] == [
        *finding_lines(one, names)
    ]


def test_news() -> None:
    """What has been said before is no news, another layer is."""
    first, second = (InactiveLayer(number, 10, 9, 100, saturated=False) for number in (1, 2))
    before = findings(guessing=True, inactive=(first,))
    now = findings(guessing=True, zero_recall=frozenset([1]), inactive=(first, second))
    assert findings(zero_recall=frozenset([1]), inactive=(second,)) == now.without(before)
    assert not now.without(now.join(before))
    assert now == now.without(None)


@pytest.mark.parametrize(
    ("changes", "kinds", "expected"),
    [
        (["learning_rate=50"], "inactive", "a training.optimizer.learning_rate below 50, such as 0.1, or training.gradient_clip=1"),
        (["learning_rate=0.1"], "inactive", "a training.optimizer.learning_rate below 0.1, such as 0.01, or training.gradient_clip=1"),
        (["name=adam", "learning_rate=1"], "guessing", "a training.optimizer.learning_rate below 1, such as 0.001, or more training.epochs than 12"),
        (["learning_rate=1e-6"], "guessing", "a training.optimizer.learning_rate above 1e-06, such as 0.01, or more training.epochs than 12"),
        (["learning_rate=0.1"], "guessing", "a training.optimizer.learning_rate below 0.1, such as 0.01, or above 0.1, such as 1, or more training.epochs than 12"),
        ([], "zero_recall", "more training.epochs than 12, or more or larger model.layers, or more images of these classes"),
    ],
)  # fmt: skip
def test_advice(changes: list[str], kinds: str, expected: str) -> None:
    """What to try is said by what was found, and by the configuration's own values."""
    config = load_config("mnist", [f"training.optimizer.{change}" for change in changes])
    some = {
        "inactive": findings(
            inactive=(InactiveLayer(1, 10, 9, 100, saturated=False),), guessing=True
        ),
        "guessing": findings(guessing=True),
        "zero_recall": findings(zero_recall=frozenset([1])),
    }
    assert f"to try: {expected}" == advice(some[kinds], config)
