"""From gradients to new parameters: optimizers, clipping and learning-rate schedules.

An optimizer is a few operations on the network's flat vectors. Its memory, the slots, are vectors
of the same shape, so that a run can be saved and continued.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, assert_never

import numpy as np

if TYPE_CHECKING:
    from mlpcli.config.schema import (
        AdamConfig,
        AdamWConfig,
        OptimizerConfig,
        ScheduleConfig,
        SgdConfig,
    )
    from mlpcli.layers import Array


class Optimizer(ABC):
    """Moves parameters against their gradients.

    Args:
        parameters: (size,) the flat vector that `step` changes in place.
        weight_count: how many leading parameters are weights; decay spares the biases behind them.
    """

    slot_names: tuple[str, ...] = ()

    def __init__(self, parameters: Array, weight_count: int) -> None:
        self.parameters = parameters
        self.weight_count = weight_count
        self.slots = {name: np.zeros_like(parameters) for name in self.slot_names}
        self.steps = 0
        self._work = np.empty_like(parameters)

    def step(self, gradients: Array, learning_rate: float) -> None:
        """Change the parameters by one step; `gradients` (size,) may be overwritten."""
        self.steps += 1
        self._update(gradients, learning_rate)

    @abstractmethod
    def _update(self, gradients: Array, learning_rate: float) -> None: ...

    def _add_decay(self, gradients: Array, weight_decay: float) -> None:
        """Add the gradient of (weight_decay / 2) ‖weights‖², classical L2 regularisation."""
        if weight_decay:
            decay = self._work[: self.weight_count]
            np.multiply(self.parameters[: self.weight_count], weight_decay, out=decay)
            gradients[: self.weight_count] += decay


class Sgd(Optimizer):
    """Stochastic gradient descent with momentum: v ← μ v + g; w ← w − η v (Polyak 1964).

    Nesterov's momentum steps by η (g + μ v) instead. This is the form of Sutskever et al. (2013)
    with w standing for the point that momentum leads to, so that g is taken where it is needed.
    """

    slot_names = ("velocity",)

    def __init__(self, parameters: Array, weight_count: int, config: SgdConfig) -> None:
        super().__init__(parameters, weight_count)
        self.config = config

    def _update(self, gradients: Array, learning_rate: float) -> None:
        momentum, velocity = self.config.momentum, self.slots["velocity"]
        self._add_decay(gradients, self.config.weight_decay)
        velocity *= momentum
        velocity += gradients
        step = self._work
        if self.config.nesterov:
            np.multiply(velocity, momentum, out=step)
            step += gradients
            step *= learning_rate
        else:
            np.multiply(velocity, learning_rate, out=step)
        self.parameters -= step


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba, arXiv:1412.6980), with L2 decay as part of the gradient."""

    slot_names = ("first_moment", "second_moment")

    def __init__(
        self, parameters: Array, weight_count: int, config: AdamConfig | AdamWConfig
    ) -> None:
        super().__init__(parameters, weight_count)
        self.config = config

    def _update(self, gradients: Array, learning_rate: float) -> None:
        self._add_decay(gradients, self.config.weight_decay)
        self._step_by_moments(gradients, learning_rate)

    def _step_by_moments(self, gradients: Array, learning_rate: float) -> None:
        """Step by η m̂ / (√v̂ + ε) after t steps.

        m ← β₁ m + (1 − β₁) g and m̂ = m / (1 − β₁ᵗ) average the gradient,
        v ← β₂ v + (1 − β₂) g² and v̂ = v / (1 − β₂ᵗ) its square.
        """
        beta1, beta2 = self.config.betas
        m, v = self.slots["first_moment"], self.slots["second_moment"]
        step = self._work
        m *= beta1
        m += np.multiply(gradients, 1 - beta1, out=step)
        v *= beta2
        np.square(gradients, out=step)
        step *= 1 - beta2
        v += step
        np.divide(v, 1 - beta2**self.steps, out=step)
        np.sqrt(step, out=step)
        step += self.config.epsilon  # √v̂ + ε
        np.divide(m, step, out=step)
        step *= learning_rate / (1 - beta1**self.steps)
        self.parameters -= step


class AdamW(Adam):
    """Adam with decay taken out of the gradient (Loshchilov and Hutter, arXiv:1711.05101)."""

    def _update(self, gradients: Array, learning_rate: float) -> None:
        if self.config.weight_decay:
            shrink = 1 - learning_rate * self.config.weight_decay
            self.parameters[: self.weight_count] *= shrink
        self._step_by_moments(gradients, learning_rate)


def make_optimizer(config: OptimizerConfig, parameters: Array, weight_count: int) -> Optimizer:
    """Build the configured optimizer for a flat parameter vector."""
    match config.name:
        case "sgd":
            return Sgd(parameters, weight_count, config)
        case "adam":
            return Adam(parameters, weight_count, config)
        case "adamw":
            return AdamW(parameters, weight_count, config)
        case _:
            assert_never(config)


def clip_gradients(gradients: Array, limit: float) -> float:
    """Scale gradients in place to a Euclidean norm of at most `limit`; return the norm before.

    Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
    """
    # float64, for the squares of large float32 gradients would overflow
    norm = math.sqrt(float(np.einsum("i,i->", gradients, gradients, dtype=np.float64)))
    if norm > limit:
        gradients *= limit / norm
    return norm


Schedule = Callable[[int], float]
"""From a step, counted from 0 over the whole run, to the learning rate of that step."""


def make_schedule(
    config: ScheduleConfig, peak: float, *, epochs: int, steps_per_epoch: int
) -> Schedule:
    """Build the configured schedule.

    Args:
        config: which schedule, and its shape.
        peak: the optimizer's learning rate, which no step exceeds.
        epochs: the length of the run.
        steps_per_epoch: batches in one epoch.
    """
    total = epochs * steps_per_epoch
    match config.name:
        case "constant":
            return lambda _: peak
        case "step":
            every, factor = config.every * steps_per_epoch, config.factor
            return lambda step: peak * factor ** (step // every)
        case "cosine":
            return lambda step: peak * _cosine(step / total)
        case "one-cycle":
            warmup = config.warmup * total
            return lambda step: peak * _one_cycle(step, warmup, total)
        case _:
            assert_never(config)


def _cosine(progress: float) -> float:
    """Fall from 1 to 0 along half a cosine (Loshchilov and Hutter, arXiv:1608.03983)."""
    return (1 + math.cos(math.pi * progress)) / 2


def _one_cycle(step: int, warmup: float, total: int) -> float:
    """Rise from 1/25 to 1 over the warm-up, then fall to 0.

    After Smith and Topin (arXiv:1708.07120), with cosines in place of straight lines.
    """
    if step < warmup:
        return 1 / 25 + (1 - 1 / 25) * (1 - _cosine(step / warmup))
    return _cosine((step - warmup) / (total - warmup))
