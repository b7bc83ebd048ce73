"""Central differences, the yardstick of every derivative in this program."""

from collections.abc import Callable

import numpy as np

from mlpcli.utils.arrays import Array


def numerical_gradient(function: Callable[[], float], x: Array, step: float = 1e-5) -> Array:
    """Return (f(x + h) − f(x − h)) / 2h for each element of x, which f reads; x is float64."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + step
        above = function()
        x[index] = kept - step
        gradient[index] = (above - function()) / (2 * step)
        x[index] = kept
    return gradient


def relative_error(analytic: Array, numerical: Array) -> float:
    """Return ‖a − n‖ / (‖a‖ + ‖n‖)."""
    size = float(np.linalg.norm(analytic) + np.linalg.norm(numerical))
    return float(np.linalg.norm(analytic - numerical)) / size if size else 0.0
