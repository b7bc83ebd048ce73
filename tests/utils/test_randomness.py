"""Derived random streams."""

import numpy as np

from mlpcli.utils.randomness import Purpose, stream


def test_same_again() -> None:
    """The same seed, purpose, epoch and step give the same numbers."""
    first, second = (stream(3, Purpose.SHUFFLE, epoch=2, step=5).random(10) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_all_different() -> None:
    """A change of seed, purpose, epoch or step gives other numbers, even far along a stream."""
    streams = [
        stream(0, Purpose.SHUFFLE),
        stream(1, Purpose.SHUFFLE),
        stream(0, Purpose.INITIAL_WEIGHTS),
        stream(0, Purpose.SHUFFLE, epoch=1),
        stream(0, Purpose.SHUFFLE, step=1),
        stream(2**63 - 1, Purpose.SHUFFLE),
    ]
    values = np.concatenate([generator.integers(2**63, size=1000) for generator in streams])
    assert len(values) == len(set(values.tolist()))
