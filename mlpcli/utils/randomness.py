"""Random streams that are derived from the seed instead of stored.

Every use of random numbers names its purpose, epoch and step, and gets its own stream, computed
from these and the seed alone. A run needs no saved random state to continue as if it had never
stopped, and no use of random numbers can disturb another.
"""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """What a stream is for; a number is never reused."""

    INITIAL_WEIGHTS = 0
    SHUFFLE = 1
    AUGMENTATION = 2
    ELASTIC_FIELDS = 3
    SYNTHETIC_DIGITS = 4
    DROPOUT = 5
    GRADIENT_CHECK = 6
    EXAMPLES = 7
    NATIONAL_DIGITS = 8
    OUTLIERS = 9


def stream(seed: int, purpose: Purpose, *, epoch: int = 0, step: int = 0) -> np.random.Generator:
    """Return the random generator of one purpose at one point of a run.

    Philox is a counter-based generator: the key selects a family of streams and the counter a
    position in it. Epoch and step fill the counter's upper half, which leaves 2^128 draws for each
    (Salmon et al., Parallel random numbers: as easy as 1, 2, 3, 2011).

    Args:
        seed: in [0, 2^63).
        purpose: what the numbers are for.
        epoch: counted from 0.
        step: counted from 0.
    """
    key = np.array([seed, purpose], dtype=np.uint64)
    counter = np.array([0, 0, step, epoch], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=counter))


_BLOCK = 8  # float32 numbers that Philox makes at once: four outputs of two halves


def skip(generator: np.random.Generator, count: int) -> None:
    """Leave out the next float32 numbers of a stream, however many, at once.

    Args:
        generator: of `stream`, from which only float32 numbers are drawn.
        count: how many to leave out.
    """
    philox = generator.bit_generator
    if count > _BLOCK and isinstance(philox, np.random.Philox):
        state = philox.state
        ready = 2 * (4 - state["buffer_pos"]) + state["has_uint32"]  # of a block that was begun
        blocks = (count - ready) // _BLOCK
        if blocks > 0:
            philox.advance(blocks)  # drops those that are ready
            count -= ready + blocks * _BLOCK
    if count:
        generator.random(count, dtype=np.float32)
