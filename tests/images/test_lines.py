"""Which boxes stand in a line, and in which order they are read."""

import numpy as np
import pytest
from numpy.typing import NDArray

from mlpcli.images.lines import find_lines, find_slant


def boxes(*places: tuple[float, float], height: float = 40, width: float = 30) -> NDArray[np.int64]:
    """Return boxes whose upper left corners are at these places, (x, y)."""
    corners = np.array(places).reshape(-1, 2)
    ends = [corners[:, 1], corners[:, 1] + height, corners[:, 0], corners[:, 0] + width]
    rounded: NDArray[np.int64] = np.rint(np.stack(ends, axis=1)).astype(np.int64)
    return rounded


def grid(rows: int, columns: int, degrees: float = 0, apart: float = 60) -> NDArray[np.int64]:
    """Return boxes in rows and columns, each row falling to the right by so many degrees."""
    fall = np.tan(np.radians(degrees))
    return boxes(
        *[(50 * c, apart * r + 50 * c * fall) for r in range(rows) for c in range(columns)]
    )


def test_none() -> None:
    """Where there are no boxes there are no lines."""
    assert [] == find_lines(boxes())


@pytest.mark.parametrize("rows", [1, 2, 8, 30])
def test_rows(rows: int) -> None:
    """Lines come from top to bottom, and boxes from left to right, in whichever order they are."""
    places = grid(rows, 5)
    mixed = np.random.default_rng(rows).permutation(len(places))
    found = [[int(mixed[box]) for box in line] for line in find_lines(places[mixed])]
    assert np.arange(5 * rows).reshape(rows, 5).tolist() == found


@pytest.mark.parametrize("degrees", [-15, -8, 4, 15])
def test_slanting(degrees: float) -> None:
    """Lines may rise or fall by 15 degrees, so that one ends where the next but one began."""
    places = grid(4, 10, degrees)
    assert np.arange(40).reshape(4, 10).tolist() == find_lines(places)
    assert pytest.approx(degrees, abs=1) == find_slant(places)


def test_running_apart() -> None:
    """As in a photo from aside, each line may have a slope of its own."""
    places = [(60 * c, 70 * r + 60 * c * 0.04 * (r - 1)) for r in range(3) for c in range(8)]
    assert np.arange(24).reshape(3, 8).tolist() == find_lines(boxes(*places))


def test_columns() -> None:
    """A table is read row by row, however wide the gaps between its columns are."""
    places = boxes((0, 0), (400, 3), (0, 60), (400, 58))
    assert [[0, 1], [2, 3]] == find_lines(places)


def test_sizes() -> None:
    """A low digit in a line of high ones, at its foot or above, belongs to it."""
    high, low = boxes((0, 0), (100, 0), height=80), boxes((60, 42), (150, 5), height=35)
    assert [[0, 2, 1, 3]] == find_lines(np.concatenate([high, low]))
