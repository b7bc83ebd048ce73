"""Backward passes compared with finite differences, for the network of any configuration."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from mlpcli.config import Config
from mlpcli.nn.class_weights import class_weights
from mlpcli.nn.fast_losses import FastCrossEntropy
from mlpcli.nn.layers import LeakyRelu, Relu
from mlpcli.nn.network import Network, named_views
from mlpcli.utils.arrays import Array
from mlpcli.utils.randomness import Purpose, stream

BOUND = 1e-6
"""A backward pass is right if every relative error is below this."""

BATCH = 8  # images
CHECKED = 40  # elements compared in each array
TRIED = 200  # elements tried, at most, to find that many without a kink
STEPS = (1e-5, 1e-6, 1e-7, 1e-8, 1e-9)
ROUNDING = 5e-15  # rounding error of the loss, as a share of it


@dataclass(frozen=True)
class GradientError:
    """The error of the gradient of one parameter array.

    Attributes:
        name: of the array, such as `layers.0.weight`.
        shape: of the array.
        checked: how many of its elements were compared; fewer than usual if many are at a kink.
        error: the largest relative error among them; nan if a gradient is.
    """

    name: str
    shape: tuple[int, ...]
    checked: int
    error: float


class Objective:
    """The loss of a configuration's network for a few random images, in float64.

    The network has its initial weights, and dropout uses the same mask each time. Class weights
    that are to be balanced balance the labels of these images.

    Args:
        config: its data section is not used; sizes that it leaves to the data are MNIST's.
    """

    def __init__(self, config: Config) -> None:
        model, self._seed = config.model, config.seed
        self.network = Network.from_config(model, dtype=np.float64)
        self.network.initialize(model.init, stream(config.seed, Purpose.INITIAL_WEIGHTS))
        generator = stream(config.seed, Purpose.GRADIENT_CHECK)
        self._inputs = generator.random((BATCH, model.sizes[0]))
        self._labels = generator.integers(model.sizes[-1], size=BATCH)
        training = config.training
        weights = class_weights(training.class_weights, self._labels, model.sizes[-1])
        self._loss = FastCrossEntropy(training.label_smoothing, weights)

    def __call__(self) -> tuple[float, bytes]:
        """Return the loss at the network's current parameters, and which ReLUs are on.

        If the same ones are on at two points, there is most likely no kink between the points.
        """
        self.network.set_dropout_generator(stream(self._seed, Purpose.DROPOUT))
        x, on = self._inputs, []
        for layer in self.network.layers:
            x = layer.forward(x)
            if isinstance(layer, Relu | LeakyRelu):
                on.append(np.packbits(x > 0).tobytes())
        return self._loss.forward(x, self._labels), b"".join(on)

    def gradients(self) -> dict[str, Array]:
        """Return the gradients of the backward pass, by the names of the parameters."""
        self()
        self.network.backward(self._loss.backward())
        return named_views(self.network.gradients, self.network.parameter_shapes)


def check_gradients(config: Config) -> Iterator[GradientError]:
    """Yield the largest relative error of each parameter array, in the order of the layers.

    For a few random elements x the gradient g is compared with d = (f(x + h) − f(x − h)) / 2h. The
    relative error is |g − d| divided by the largest of |g|, |d| and the array's root mean square
    gradient.
    """
    objective = Objective(config)
    generator = stream(config.seed, Purpose.GRADIENT_CHECK, step=1)
    gradients = objective.gradients()
    for name in sorted(gradients, key=lambda name: int(name.split(".")[1])):
        values, gradient = objective.network.named_arrays[name], gradients[name]
        typical = float(np.sqrt(np.square(gradient).mean()))
        order = generator.permutation(gradient.size)[:TRIED]
        places = zip(*np.unravel_index(order, gradient.shape), strict=True)
        each = (_error(objective, values, place, gradient[place], typical) for place in places)
        errors = list(islice((error for error in each if error is not None), CHECKED))
        worst = float(np.max(errors, initial=0.0))  # nan if one of them is, unlike `max`
        yield GradientError(name, gradient.shape, len(errors), worst)


def _error(
    objective: Objective,
    values: NDArray[np.float64],
    place: tuple[int, ...],
    gradient: float,
    typical: float,
) -> float | None:
    """Return the smallest relative error for one element, over shorter and shorter steps.

    It is None if each step crosses a kink. A wrong gradient is wrong for every step; a right one
    agrees as soon as the loss is nearly straight over the step.
    """
    errors: list[float] = []
    for step in STEPS:
        loss, on = _at(objective, values, place, step)
        loss_below, on_below = _at(objective, values, place, -step)
        if on != on_below:
            continue
        quotient = (loss - loss_below) / (2 * step)
        # an error of the quotient that comes from rounding the loss is not the gradient's
        smallest = ROUNDING * max(abs(loss), 1) / step / BOUND
        if errors and smallest > max(abs(gradient), typical):
            break  # a shorter step would be less accurate
        size = max(abs(gradient), abs(quotient), typical, smallest)
        errors.append(float(abs(gradient - quotient) / size))
        if errors[-1] < BOUND:
            break
    return min(errors, default=None)


def _at(
    objective: Objective, values: NDArray[np.float64], place: tuple[int, ...], step: float
) -> tuple[float, bytes]:
    """Return the objective with one element of a parameter array moved by a step."""
    kept = values[place]
    values[place] = kept + step
    found = objective()
    values[place] = kept
    return found
