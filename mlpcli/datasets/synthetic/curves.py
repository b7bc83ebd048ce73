"""Smooth curves through points, and slips of the pen along them, as matrices.

Both are linear in the points, and a matrix suits points in similar positions too.
"""

import numpy as np
from numpy.typing import NDArray

SLIP_REACH = 100.0  # distance along a stroke, in its units, at which a slip falls to 1/e

Shape = tuple[tuple[int, ...], ...]
"""First point, corners and last point of each stroke, numbered over all strokes."""


def steps_between(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances between successive points."""
    distances: NDArray[np.float64] = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return distances


def spline(points: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Return the matrix that turns points into evenly spaced samples of a smooth curve.

    The curve is a Catmull-Rom spline with centripetal knots, which has no loops of its own (Yuksel,
    Schaefer and Keyser, Parameterization and applications of Catmull-Rom curves, 2011). Knots and
    spacing come from the given points, and the matrix also suits points in similar positions.

    Args:
        points: (points, 2), two or more.
        samples: how many, from the first point to the last.

    Returns:
        (samples, points), each row summing to 1.
    """
    steps = np.sqrt(steps_between(points)).clip(1e-3)
    knots = np.concatenate([[0.0], np.cumsum(steps)])
    values = np.eye(len(points))
    slopes = np.diff(values, axis=0) / steps[:, None]
    tangents = np.concatenate([slopes[:1], slopes])  # for two points, a straight line
    if len(points) > 2:
        before, after = steps[:-1, None], steps[1:, None]
        tangents[1:-1] = (slopes[:-1] * after + slopes[1:] * before) / (before + after)
        tangents[0] = 1.5 * slopes[0] - 0.5 * tangents[1]  # no curvature at the ends
        tangents[-1] = 1.5 * slopes[-1] - 0.5 * tangents[-2]

    def curve(at: NDArray[np.float64]) -> NDArray[np.float64]:
        """Evaluate the cubic Hermite form between the knots."""
        segment = np.clip(np.searchsorted(knots, at, side="right") - 1, 0, len(steps) - 1)
        step = steps[segment][:, None]
        t = (at - knots[segment])[:, None] / step
        ends = (2 * t**3 - 3 * t**2 + 1) * values[segment]
        ends += (3 * t**2 - 2 * t**3) * values[segment + 1]
        bends = (t**3 - 2 * t**2 + t) * tangents[segment] + (t**3 - t**2) * tangents[segment + 1]
        weights: NDArray[np.float64] = ends + step * bends
        return weights

    fine = np.linspace(0, knots[-1], 400)
    length = np.concatenate([[0.0], np.cumsum(steps_between(curve(fine) @ points))])
    return curve(np.interp(np.linspace(0, length[-1], samples), length, fine))


def slip_matrix(points: NDArray[np.float64], shape: Shape) -> NDArray[np.float64]:
    """Return the matrix that correlates the noise of nearby points on the same stroke.

    It is the Cholesky factor of the correlations exp(-distance along the stroke / SLIP_REACH).
    """
    correlations = np.zeros((len(points), len(points)))
    for first, *_, last in shape:
        place = np.concatenate([[0.0], np.cumsum(steps_between(points[first : last + 1]))])
        apart = np.abs(place[:, None] - place)
        correlations[first : last + 1, first : last + 1] = np.exp(-apart / SLIP_REACH)
    factor = np.linalg.cholesky(correlations + 1e-6 * np.eye(len(points)))
    return np.asarray(factor, dtype=np.float64)
