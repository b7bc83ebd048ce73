"""Where everything is on a form."""

import numpy as np
import pytest

from mlpcli.datasets.forms.code import CELLS
from mlpcli.datasets.forms.layout import (
    GAP,
    MARK,
    MOST_ROWS,
    PAPERS,
    SIZES,
    PaperName,
    make_layout,
    mark_centres,
    strip_cells,
    usual_rows,
)

ALL = tuple(range(10))


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("rows", range(1, MOST_ROWS + 1))
def test_nothing_overlaps(paper: PaperName, rows: int) -> None:
    """Boxes lie on the page, between the strips of code, and leave a gap to each other."""
    layout = make_layout((1,), rows, paper)
    (width, height), box = SIZES[paper], layout.box
    assert 9.5 <= box
    corners = np.array(
        [[layout.box_at(*place).x, layout.box_at(*place).y] for place in layout.places]
    )
    low = strip_cells(paper, CELLS)[1][0].y
    assert (corners.min(axis=0) >= (25, 45)).all()
    assert (corners.max(axis=0) + box <= (width - 10, low - MARK / 2)).all()
    apart = np.abs(corners[:, None] - corners).max(axis=2)[~np.eye(len(corners), dtype=bool)]
    assert GAP + box - 1e-9 <= apart.min(initial=np.inf)
    assert height > low


def test_printed_forms_stay_readable() -> None:
    """The numbers are those of the forms that were printed with this version of the code."""
    layout = make_layout(ALL, 10, "a4")
    assert (10, 9, 15.0) == (layout.rows, layout.columns, layout.box)
    first, last = layout.box_at(0, 0), layout.box_at(9, 8)
    assert [30, 51.5, 174, 249.5] == pytest.approx([first.x, first.y, last.x, last.y])
    assert [[18, 18], [192, 18], [192, 279], [18, 279]] == mark_centres("a4").tolist()
    cells = strip_cells("letter", CELLS)
    assert (28, 15.5, 5) == (cells[0][0].x, cells[0][0].y, cells[0][0].height)
    assert 215.9 - 28 == pytest.approx(cells[1][-1].x + cells[1][-1].width)


def test_digits_take_turns() -> None:
    """Rows beyond the last digit begin anew with the first."""
    layout = make_layout((1, 4, 7), 5, "a4")
    assert [1, 4, 7, 1, 4] == [layout.digit(row) for row in range(5)]


@pytest.mark.parametrize(("digits", "rows"), [(1, 12), (2, 12), (5, 10), (7, 7), (9, 9), (10, 10)])
def test_usual_rows(digits: int, rows: int) -> None:
    """By default each digit has the same number of rows, up to twelve in all."""
    assert rows == usual_rows(digits)
