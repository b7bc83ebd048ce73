"""What the strips of a form say, whole and damaged."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.datasets.forms import code
from mlpcli.datasets.forms.code import CELLS, NewerVersionError, decode, encode
from mlpcli.datasets.forms.layout import MOST_ROWS, PAPERS, Layout, PaperName, make_layout

LAYOUT = make_layout(tuple(range(10)), 12, "letter")


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Any form."""
    digits = tuple(sorted(draw(st.sets(st.integers(0, 9), min_size=1))))
    paper: PaperName = draw(st.sampled_from(PAPERS))
    return make_layout(digits, draw(st.integers(len(digits), MOST_ROWS)), paper)


@given(layouts())
def test_round_trip(layout: Layout) -> None:
    """A strip says what form it is on, and says nothing when read backwards."""
    cells = encode(layout)
    assert CELLS == len(cells)
    assert layout == decode(cells)
    assert decode(cells[::-1]) is None


@pytest.mark.parametrize("wrong", [1, 2])
def test_few_wrong_cells(wrong: int) -> None:
    """One wrong cell is noticed wherever it is, and so are two."""
    for places in combinations(range(CELLS), wrong):
        cells = list(encode(LAYOUT))
        for place in places:
            cells[place] = not cells[place]
        assert decode(cells) is None


def test_random_cells() -> None:
    """Cells that are not a strip are not taken for one."""
    random = np.random.default_rng(0).random((20_000, CELLS)) < 0.5
    random[:, :2], random[:, -2:] = (True, False), True
    found = 0
    for cells in random.tolist():
        try:
            found += decode(cells) is not None
        except NewerVersionError:
            found += 1
    assert found <= 3  # one of 65,536 has the right checksum by chance


@pytest.mark.parametrize("width", [3, 8, 16])
def test_covered(width: int) -> None:
    """Neighbouring cells that are covered, all black or all white, are noticed."""
    for start in range(CELLS - width + 1):
        for colour in (False, True):
            cells = list(encode(LAYOUT))
            cells[start : start + width] = [colour] * width
            assert cells == list(encode(LAYOUT)) or decode(cells) is None


def test_newer_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A strip of a later version is told from a damaged one."""
    monkeypatch.setattr(code, "VERSION", 2)
    newer = encode(LAYOUT)
    monkeypatch.undo()
    with pytest.raises(NewerVersionError):
        decode(newer)
