"""What is called a class without recall and a layer that is stuck, and what of it is new."""

from mlpcli.nn.dead_units import UnitCounts
from mlpcli.nn.guessing import ENOUGH
from mlpcli.training.diagnosis import FEW, Outcome, StuckLayer, stuck_layers
from tests.support.findings import findings
from tests.support.metrics import metrics


def test_unfound() -> None:
    """A class has recall 0 that has enough images of which none was recognised."""
    cells = [[50, 0, 0], [FEW, 0, 0], [FEW - 1, 0, 0]]
    outcome = Outcome.of(metrics(cells))
    assert frozenset([1]) == outcome.unfound
    assert (0, 50 / (50 + FEW + FEW - 1)) == (outcome.commonest, outcome.share)


def test_stuck_layers() -> None:
    """A layer is stuck of which more than half of the units are so, for images that can tell."""
    health = [UnitCounts(10, 5, None), UnitCounts(10, 6, None), UnitCounts(4, None, 3)]
    assert (StuckLayer(2, 10, 6, 60, False), StuckLayer(3, 4, 3, 60, True)) == stuck_layers(
        health, 60
    )
    assert () == stuck_layers(health, ENOUGH - 1)


def test_news() -> None:
    """What has been said before is no news, another layer is."""
    first, second = (StuckLayer(number, 10, 9, 100, saturated=False) for number in (1, 2))
    before = findings(guessing=True, stuck=(first,))
    now = findings(guessing=True, unfound=frozenset([1]), stuck=(first, second))
    assert findings(unfound=frozenset([1]), stuck=(second,)) == now.without(before)
    assert not now.without(now.join(before))
    assert now == now.without(None)
