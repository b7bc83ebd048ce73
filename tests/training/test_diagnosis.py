"""What is called a class without recall and a layer that is inactive, and what of it is new."""

from mlpcli.nn.dead_units import UnitCounts
from mlpcli.nn.guessing import ENOUGH
from mlpcli.training.diagnosis import FEW, InactiveLayer, Outcome, inactive_layers
from tests.support.findings import findings
from tests.support.metrics import metrics


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


def test_news() -> None:
    """What has been said before is no news, another layer is."""
    first, second = (InactiveLayer(number, 10, 9, 100, saturated=False) for number in (1, 2))
    before = findings(guessing=True, inactive=(first,))
    now = findings(guessing=True, zero_recall=frozenset([1]), inactive=(first, second))
    assert findings(zero_recall=frozenset([1]), inactive=(second,)) == now.without(before)
    assert not now.without(now.join(before))
    assert now == now.without(None)
