"""Which images are for testing, where the files do not say."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

TEST_SHARE = 1 / 6


def choose_tests(digests: Sequence[bytes], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell which images are for testing: in each class, those with the smallest SHA-256.

    The choice depends neither on their order nor on other classes, and copies of an image stay
    together.

    Args:
        digests: SHA-256 of each.
        labels: (count,) int64.

    Returns:
        (count,) bool; a sixth of each class's different images, at least one if it has two.
    """
    contents: dict[int, set[bytes]] = {}
    for digest, label in zip(digests, labels.tolist(), strict=True):
        contents.setdefault(label, set()).add(digest)
    chosen: set[bytes] = set()
    for different in contents.values():
        count = max(round(len(different) * TEST_SHARE), len(different) > 1)
        chosen.update(sorted(different)[:count])
    return np.array([digest in chosen for digest in digests])
