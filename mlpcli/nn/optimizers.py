"""From gradients to new parameters.

An optimizer is a few operations on the network's flat vectors. Its state, the slots, is kept in
vectors of the same shape, so that a run can be saved and resumed.

    optimizer = Sgd(network.parameters, network.weight_count, momentum=0.9)
    optimizer.step(network.gradients, learning_rate=0.1)
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mlpcli.utils.arrays import Array, WorkArray, zeros
from mlpcli.utils.ranks import ALONE, Ranks, rows_of
from mlpcli.utils.threads import share, threads_in_use

if TYPE_CHECKING:
    from mlpcli.config.schema import OptimizerConfig

BLOCK = 81920  # parameters updated together, few enough to stay in the cache
WORTHWHILE = 8  # blocks for each thread; with fewer, waking it takes too long


def block_ends(size: int, ranks: Ranks) -> list[int]:
    """Return where each rank's blocks of a vector end."""
    blocks = -(-size // BLOCK)
    stops = (rows_of(rank, ranks.size, blocks).stop for rank in range(ranks.size))
    return [min(stop * BLOCK, size) for stop in stops]


@dataclass(frozen=True)
class Block:
    """Consecutive parameters, with views of their slots.

    Attributes:
        place: where they are in the flat vectors.
        parameters: (size,) at most BLOCK of them.
        slots: (size,) each, in the order of the optimizer's `slot_names`.
        weights: how many of the leading ones are weights.
    """

    place: slice
    parameters: Array
    slots: tuple[Array, ...]
    weights: int


class Optimizer(ABC):
    """Moves parameters against their gradients, one block at a time.

    Args:
        parameters: (size,) the flat vector that `step` changes in place.
        weight_count: how many leading parameters are weights; only these decay.
    """

    slot_names: tuple[str, ...] = ()
    weight_decay: float

    def __init__(self, parameters: Array, weight_count: int) -> None:
        self.slots = {name: zeros(parameters.shape, parameters.dtype) for name in self.slot_names}
        self.steps = 0
        self._parameters, self._blocks = parameters, list[Block]()
        for start in range(0, len(parameters), BLOCK):
            place = slice(start, start + BLOCK)
            slots = tuple(slot[place] for slot in self.slots.values())
            weights = min(max(weight_count - start, 0), BLOCK)
            self._blocks.append(Block(place, parameters[place], slots, weights))
        self._works = [WorkArray()]  # one for each thread
        self.set_ranks(ALONE)

    def set_ranks(self, ranks: Ranks) -> None:
        """Set the processes that share these parameters; each updates its own part."""
        self._ranks, self._ends = ranks, block_ends(len(self._parameters), ranks)
        self._own = self._blocks[rows_of(ranks.rank, ranks.size, len(self._blocks))]

    def join_slots(self) -> None:
        """Gather into the slots each rank's part, which no other rank has kept up to date."""
        for slot in self.slots.values():
            self._ranks.join(slot, self._ends)

    def step(self, gradients: Array, learning_rate: float, others: Sequence[Array] = ()) -> None:
        """Change the parameters by one step, on all ranks.

        Args:
            gradients: (size,); overwritten, they are no longer gradients afterwards.
            learning_rate: of this step.
            others: gradients of other parts of the batch, (size,) each, added in order.
        """
        self.steps += 1
        threads = max(1, min(threads_in_use(), len(self._own) // WORTHWHILE))
        update = partial(self._update_some, gradients, others, learning_rate, threads)
        if threads == 1:
            update(0)
        else:
            self._works += [WorkArray() for _ in range(threads - len(self._works))]
            share([partial(update, thread) for thread in range(threads)])
        self._ranks.join(self._parameters, self._ends)

    def _update_some(
        self,
        gradients: Array,
        others: Sequence[Array],
        learning_rate: float,
        threads: int,
        thread: int,
    ) -> None:
        """Update one thread's share of the blocks."""
        work = self._works[thread]
        for block in self._own[thread::threads]:
            g = gradients[block.place]
            for other in others:
                g += other[block.place]
            self._update(block, g, learning_rate, work)

    @abstractmethod
    def _update(self, block: Block, g: Array, learning_rate: float, work: WorkArray) -> None: ...

    def _add_decay(self, block: Block, g: Array, work: WorkArray) -> None:
        """Add the gradient of (weight_decay / 2) ‖weights‖², classical L2 regularisation."""
        if self.weight_decay:
            weights, g_weights = block.parameters[: block.weights], g[: block.weights]
            g_weights += np.multiply(weights, self.weight_decay, out=work.like(weights))


class Sgd(Optimizer):
    """Stochastic gradient descent with momentum: v ← μ v + g; w ← w − η v (Polyak 1964).

    Nesterov's momentum is v ← μ (v + g); w ← w − η (g + v), where v is kept with the factor μ.
    Sutskever et al. (2013) take the gradient at the point that momentum leads to. Here w is that
    point itself, as in Bengio et al. (arXiv:1212.0901); the two are equal while η stays the same.

    Args:
        parameters: (size,) the flat vector that `step` changes in place.
        weight_count: how many leading parameters are weights.
        momentum: μ in [0, 1).
        nesterov: whether to look ahead along the momentum.
        weight_decay: coefficient of the weight decay.
    """

    slot_names = ("velocity",)

    def __init__(
        self,
        parameters: Array,
        weight_count: int,
        *,
        momentum: float = 0.9,
        nesterov: bool = True,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, weight_count)
        self.momentum, self.nesterov, self.weight_decay = momentum, nesterov, weight_decay

    def _update(self, block: Block, g: Array, learning_rate: float, work: WorkArray) -> None:
        w, (v,) = block.parameters, block.slots
        self._add_decay(block, g, work)
        if self.nesterov:
            v += g
            v *= self.momentum
            g += v
            g *= learning_rate
        else:
            v *= self.momentum
            v += g
            np.multiply(v, learning_rate, out=g)
        w -= g


class Adam(Optimizer):
    """Adaptive moments (Kingma and Ba, arXiv:1412.6980), with L2 decay as part of the gradient.

    m̂ and v̂ are averages of g and g², in which a gradient i steps old has the weight βⁱ. The slots
    keep the weighted sums m ← β₁ m + g and v ← β₂ v + g²; the weights of t steps add up to
    (1 − βᵗ) / (1 − β).

    Args:
        parameters: (size,) the flat vector that `step` changes in place.
        weight_count: how many leading parameters are weights.
        betas: β₁ and β₂, each in [0, 1).
        epsilon: ε > 0.
        weight_decay: coefficient of the weight decay.
    """

    slot_names = ("first_moment", "second_moment")

    def __init__(
        self,
        parameters: Array,
        weight_count: int,
        *,
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, weight_count)
        self.betas, self.epsilon, self.weight_decay = betas, epsilon, weight_decay

    def _update(self, block: Block, g: Array, learning_rate: float, work: WorkArray) -> None:
        self._add_decay(block, g, work)
        self._step_by_moments(block, g, learning_rate)

    def _step_by_moments(self, block: Block, g: Array, learning_rate: float) -> None:
        """Step by η m̂ / (√v̂ + ε) = η √s₂ / s₁ · m / (√v + ε √s₂), s₁ and s₂ the sums of weights."""
        w, (m, v) = block.parameters, block.slots
        beta1, beta2 = self.betas
        rate, epsilon = self._corrected(learning_rate)
        m *= beta1
        m += g
        v *= beta2
        v += np.square(g, out=g)
        np.sqrt(v, out=g)
        g += epsilon
        np.divide(m, g, out=g)
        g *= rate
        w -= g

    def _corrected(self, learning_rate: float) -> tuple[float, float]:
        """Return η √s₂ / s₁ and ε √s₂, which correct the bias of the first steps."""
        beta1, beta2 = self.betas
        s1 = (1 - beta1**self.steps) / (1 - beta1)
        root = math.sqrt((1 - beta2**self.steps) / (1 - beta2))
        return learning_rate * root / s1, self.epsilon * root


class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101)."""

    def _update(self, block: Block, g: Array, learning_rate: float, work: WorkArray) -> None:  # noqa: ARG002
        if self.weight_decay:
            weights = block.parameters[: block.weights]
            weights *= 1 - learning_rate * self.weight_decay
        self._step_by_moments(block, g, learning_rate)


Optimizers = Mapping[str, type[Optimizer]]
OPTIMIZERS: Optimizers = {"sgd": Sgd, "adam": Adam, "adamw": AdamW}


def make_optimizer(
    config: OptimizerConfig,
    parameters: Array,
    weight_count: int,
    classes: Optimizers = OPTIMIZERS,
) -> Optimizer:
    """Build the configured optimizer for a flat parameter vector.

    Args:
        config: which one, and its options.
        parameters: (size,) the flat vector that it changes in place.
        weight_count: how many leading parameters are weights.
        classes: the optimizer of each name.
    """
    options = config.model_dump(exclude={"name", "learning_rate"})
    return classes[config.name](parameters, weight_count, **options)


def clip_gradients(gradients: Array, limit: float) -> float:
    """Scale gradients in place to a Euclidean norm of at most `limit`; return the norm before.

    Pascanu et al., On the difficulty of training recurrent neural networks, 2013.
    """
    # float64, because the squares of large float32 gradients would overflow
    norm = math.sqrt(float(np.einsum("i,i->", gradients, gradients, dtype=np.float64)))
    if norm > limit:
        gradients *= limit / norm
    return norm
