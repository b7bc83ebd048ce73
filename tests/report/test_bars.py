"""Bars and columns in block characters."""

import pytest

from mlpcli.report.bars import at_most, bar, column, columns


def test_bars() -> None:
    """A bar is as long as its share, to an eighth of a character."""
    assert ["", "▍", "██", "████"] == [bar(share, 4) for share in (0, 0.1, 0.5, 1)]


def test_column() -> None:
    """A share above nothing shows, if only a little; a whole one fills the character."""
    assert [" ", "▁", "▄", "█"] == [column(share) for share in (0, 1e-6, 0.5, 1)]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([2, 1, 0.5, 0], ["██      ", "████▄▄  "]),
        ([0, 0], ["        ", "        "]),
        ([1] * 20, ["████████", "████████"]),
        ([4, 2] * 8, ["▄▄▄▄▄▄▄▄", "████████"]),
    ],
)
def test_columns(values: list[float], expected: list[str]) -> None:
    """The largest value is as high as the chart; of too many, neighbours are averaged."""
    assert expected == columns(at_most(values, 8), max(values), width=8, height=2)
