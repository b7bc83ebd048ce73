"""Where digits that touch may be cut apart."""

from itertools import pairwise

import numpy as np
import pytest

from mlpcli.images.cutouts import Cutout
from mlpcli.images.touching import between, find_cuts, loose_ink
from tests.support.pens import draw, write

SIZE = (70, 140)


def test_a_bridge() -> None:
    """Two noughts that touch are cut through the place where they do, among other ways."""
    left, right = (write(0, SIZE, height=50, width=6, left=at) for at in (20, 60))
    ink = np.maximum(left, right)
    both = Cutout(ink, 0, 0)
    shares = [
        np.minimum(between(both, None, cut).whole(SIZE), left).sum() / left.sum()
        for cut in find_cuts(ink)
        if between(both, None, cut).ink.sum() < 1.1 * left.sum()
    ]
    assert max(shares) > 0.9


def test_around_an_overhang() -> None:
    """A cut goes around the roof of a seven, not straight down through it."""
    roof, below = [(10.0, 10.0), (70.0, 10.0), (35.0, 60.0)], [(70.0, 30.0), (70.0, 60.0)]
    bridge = [(44.0, 46.0), (70.0, 46.0)]
    ink = draw(SIZE, roof, below, bridge, width=5)
    cheapest = min(find_cuts(ink), key=lambda cut: cut.strokes)
    assert 0.5 < cheapest.strokes < 1.6
    assert np.abs(np.diff(cheapest.columns)).max() <= 1


def test_pieces_make_the_whole() -> None:
    """All pieces between neighbouring cuts together are the ink, each point once."""
    ink = np.maximum(write(8, SIZE, height=50, left=15), write(5, SIZE, height=50, left=55))
    cuts = find_cuts(ink)
    assert cuts
    ends = [None, *cuts, None]
    pieces = [between(Cutout(ink, 3, 7), one, other) for one, other in pairwise(ends)]
    together = np.sum([piece.whole((90, 160)) for piece in pieces], axis=0)
    np.testing.assert_array_equal(ink, together[3 : 3 + SIZE[0], 7 : 7 + SIZE[1]])


def test_loose_ink() -> None:
    """The end of another stroke is loose; a digit in one piece has nothing loose."""
    digit = write(2, SIZE, height=50, left=20)
    assert 0 == loose_ink(digit)
    end = draw(SIZE, [(120.0, 20.0), (120.0, 30.0)], width=6)
    expected = (end > 0.3).sum() / ((end > 0.3).sum() + (digit > 0.3).sum())
    assert pytest.approx(expected) == loose_ink(np.maximum(digit, end))
