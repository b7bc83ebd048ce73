"""Checks a sweep before its first trial: that its parts go together, and its points.

Of a grid each point is checked. Of others each value, and each end of a range, with the first and
with the last of all other keys.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from math import prod

from mlpcli.config.document import Key, Place, Problem, problem_lines, show
from mlpcli.errors import ConfigError
from mlpcli.sweep.definition import Choice, Dimension, Point, Sweep, Value
from mlpcli.sweep.points import known_form
from mlpcli.sweep.space import rival_problems

MAX_POINTS, MAX_SEEDS = 10_000, 1000
_MOST = 5  # bad points that are shown


def check_points(sweep: Sweep, where: str) -> None:
    """Check the points of a sweep whose values are valid alone.

    Args:
        sweep: whose parts go together.
        where: the source of the sweep in messages.

    Raises:
        ConfigError: a line for each of the first bad points.
    """
    lines = point_lines(sweep, where)
    if lines:
        raise ConfigError(lines)


def value_problems(sweep: Sweep, place: Place) -> list[Problem]:
    """Return what is wrong with single values, whatever the other keys are.

    Args:
        sweep: may have more keys and values than a sweep can have, which is a problem too.
        place: of the space.
    """
    if (size := grid_size(sweep.space)) and sweep.sampler == "grid" and size > MAX_POINTS:
        message = f"must give a grid of at most {MAX_POINTS:,} points, got {size:,}"
        return [Problem(place, ("space",), message)]
    keys = [dimension.key for dimension in sweep.space]
    places = [dimension.place(dimension.ends[0]) for dimension in sweep.space]
    rivals = list(rival_problems(keys, places))
    if rivals:
        return rivals
    found = dict[tuple[Key, str], Problem]()
    low, high = corner(sweep, 0), corner(sweep, -1)
    for dimension in sweep.space:
        for value in dimension.ends:
            place = dimension.place(value)
            with_high = sweep.problems_at({**high, dimension.key: value})
            for problem in sweep.problems_at({**low, dimension.key: value}):
                if problem.place == place and problem in with_high and _names(dimension, problem):
                    found.setdefault((problem.key, problem.message), problem)
    return list(found.values())


def point_lines(sweep: Sweep, where: str) -> list[str]:
    """Return a line for each of the first bad points, with what is wrong with it."""
    bad = [(point, found) for point in _checked(sweep) if (found := sweep.problems_at(point))]
    lines = []
    for point, found in islice(bad, _MOST):
        lines += [f"{line}; at the point {point_text(point)}" for line in problem_lines(found)[:1]]
    if (left := len(bad) - _MOST) > 0:
        lines.append(f"{where}: {left} more point{'s' if left > 1 else ''} cannot be trained")
    return lines


def with_type(sweep: Sweep, dimension: Dimension) -> Dimension:
    """Return a range from an integer to another as one of any numbers, if its key takes these."""
    if isinstance(dimension, Choice) or not dimension.whole or dimension.step is not None:
        return dimension
    others = {each.key: each.ends[0] for each in sweep.space}
    if sweep.problems_at({**others, dimension.key: dimension.low + 0.5}):
        return dimension
    return replace(dimension, low=float(dimension.low), high=float(dimension.high))


def point_text(point: Point) -> str:
    """Return a point as a user writes it: training.batch_size=32, model.layers[1]=100."""
    return ", ".join(f"{key}={_text(value)}" for key, value in point.items())


def grid_size(space: Sequence[Dimension]) -> int | None:
    """Return how many points the grid has; None if a key may take any value of a range."""
    counts = [each.count for each in space]
    known = [count for count in counts if count is not None]
    return prod(known) if len(known) == len(counts) else None


def corner(sweep: Sweep, index: int) -> dict[str, Value]:
    """Return the point of the first (0) or of the last (-1) value of each key."""
    return {dimension.key: dimension.ends[index] for dimension in sweep.space}


def _checked(sweep: Sweep) -> Iterator[Point]:
    """Yield the points to check."""
    if sweep.sampler == "grid":
        yield from islice(sweep.grid(), sweep.trials)
        return
    low, high = corner(sweep, 0), corner(sweep, -1)
    points = [
        {**others, dimension.key: value}
        for dimension in sweep.space
        for value in dimension.ends
        for others in (low, high)
    ]
    yield from {json.dumps(point): point for point in points}.values()


def _names(dimension: Dimension, problem: Problem) -> bool:
    """Tell whether a problem is of a key, or of a part of it or of what holds it."""
    key = known_form(dimension.key)
    length = min(len(key), len(problem.key))
    return key[:length] == problem.key[:length]


def _text(value: Value) -> str:
    return value if isinstance(value, str) else show(value)
