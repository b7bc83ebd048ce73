"""Backward passes against difference quotients, for the network of any configuration."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlpcli.arrays import Array
from mlpcli.config import Config
from mlpcli.losses import CrossEntropy
from mlpcli.network import Network, named_views
from mlpcli.randomness import Purpose, stream

BOUND = 1e-6
"""A backward pass is right where every relative error is below."""

BATCH = 8  # images
CHECKED = 40  # elements of each array
STEPS = (1e-5, 1e-6, 1e-7)
SMALLEST = 1e-5  # gradients below this are lost in the rounding of the loss


@dataclass(frozen=True)
class GradientError:
    """How far the gradient of one array of parameters is off.

    Attributes:
        name: of the array, such as `layers.0.weight`.
        shape: of the array.
        checked: how many of its elements were compared.
        error: the largest relative error among them.
    """

    name: str
    shape: tuple[int, ...]
    checked: int
    error: float


class Objective:
    """The loss of a configuration's network for a few random images, in float64.

    The network has its initial weights, and dropout the same mask each time.

    Args:
        config: of which data are of no concern.
    """

    def __init__(self, config: Config) -> None:
        model, self._seed = config.model, config.seed
        self.network = Network(
            model.layers,
            model.activation,
            batch_norm=model.batch_norm,
            dropout=model.dropout_rates,
            dtype=np.float64,
        )
        self.network.initialize(model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        generator = stream(config.seed, Purpose.GRADIENT_CHECK)
        self._inputs = generator.random((BATCH, model.layers[0]))
        self._labels = generator.integers(model.layers[-1], size=BATCH)
        self._loss = CrossEntropy(config.training.label_smoothing)

    def __call__(self) -> float:
        """Return the loss for the network's present parameters."""
        for dropout in self.network.dropouts:
            dropout.generator = stream(self._seed, Purpose.DROPOUT)
        return self._loss.forward(self.network.forward(self._inputs), self._labels)

    def gradients(self) -> dict[str, Array]:
        """Return what the backward pass says, by the names of the parameters."""
        self()
        self.network.backward(self._loss.backward())
        return named_views(self.network.gradients, self.network.parameter_shapes)


def check_gradients(config: Config) -> Iterator[GradientError]:
    """Yield the largest relative error of each array of parameters, in the order of the layers.

    For a few random elements x the gradient g is compared with (f(x + h) − f(x − h)) / 2h = d. The
    relative error is |g − d| over the larger of |g| and |d|, or over the array's root mean square
    gradient where both are smaller, because d is known to so many digits of f only.
    """
    objective = Objective(config)
    generator = stream(config.seed, Purpose.GRADIENT_CHECK, step=1)
    gradients = objective.gradients()
    for name in sorted(gradients, key=lambda name: int(name.split(".")[1])):
        values, gradient = objective.network.named_arrays[name], gradients[name]
        floor = max(float(np.sqrt(np.square(gradient).mean())), SMALLEST)
        checked = min(CHECKED, gradient.size)
        flat = generator.choice(gradient.size, checked, replace=False)
        places = zip(*np.unravel_index(flat, gradient.shape), strict=True)
        error = max(
            _relative_error(objective, values, place, float(gradient[place]), floor)
            for place in places
        )
        yield GradientError(name, gradient.shape, checked, error)


def _relative_error(
    objective: Callable[[], float],
    values: NDArray[np.float64],
    place: tuple[int, ...],
    gradient: float,
    floor: float,
) -> float:
    """Return the least error over shorter and shorter steps.

    A kink of the loss within a step, as ReLU makes them, spoils the quotient; a shorter step most
    likely has none. A wrong gradient is wrong for every step.
    """
    error = np.inf
    for step in STEPS:
        quotient = _quotient(objective, values, place, step)
        size = max(abs(gradient), abs(quotient), floor)
        error = min(error, abs(gradient - quotient) / size)
        if error < BOUND:
            break
    return error


def _quotient(
    objective: Callable[[], float],
    values: NDArray[np.float64],
    place: tuple[int, ...],
    step: float,
) -> float:
    """Return (f(x + h) − f(x − h)) / 2h for one element x of an array that f reads."""
    kept = values[place]
    values[place] = kept + step
    above = objective()
    values[place] = kept - step
    below = objective()
    values[place] = kept
    return (above - below) / (2 * step)
