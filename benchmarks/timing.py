"""What the contestants of `speed.py` train, how they are timed, and what comes of it."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Setting:
    """What all contestants train.

    Attributes:
        layers: features at each stage.
        batch: images in a step.
        optimizer: sgd or adam.
        learning_rate: constant.
        momentum: of sgd.
        nesterov: whether it is Nesterov's.
        activation: between the linear layers.
        epochs: how many; the first one is not timed.
        seed: another one in each round.
        compiled: whether this program's loops are; auto where Numba is installed.
    """

    layers: list[int]
    batch: int
    optimizer: str
    learning_rate: float
    momentum: float
    nesterov: bool
    activation: str
    epochs: int
    seed: int
    compiled: bool | str = "auto"

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Inputs and outputs of each layer."""
        return list(pairwise(self.layers))


@dataclass(frozen=True)
class Outcome:
    """What one process measured.

    Attributes:
        seconds: the median of the timed epochs, or of the passes over the test images.
        processor_seconds: likewise, of all threads together.
        accuracy: on the test images after the last epoch; None where nothing is learnt.
    """

    seconds: float
    processor_seconds: float
    accuracy: float | None = None

    @classmethod
    def of(cls, work: Callable[[], object], times: int) -> "Outcome":
        """Time all runs of some work but the first."""
        walls, processors = [], []
        for _ in range(times):
            wall, processor = time.perf_counter(), time.process_time()
            work()
            walls.append(time.perf_counter() - wall)
            processors.append(time.process_time() - processor)
        return cls(statistics.median(walls[1:]), statistics.median(processors[1:]))


def scaled(images: NDArray[np.uint8]) -> Floats:
    """Return (count, pixels) float32 in [0, 1]."""
    return images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
