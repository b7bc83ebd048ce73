"""Work arrays that are kept from batch to batch."""

import numpy as np

from mlpcli.utils.arrays import WorkArray


def test_work_array_is_kept() -> None:
    """A smaller batch is a view of the leading rows; only a larger one allocates."""
    work = WorkArray()
    float32 = np.dtype(np.float32)
    large = work.get((8, 3), float32)
    assert np.shares_memory(large, work.get((5, 3), float32))
    assert np.shares_memory(large, work.get((8, 3), float32))
    assert not np.shares_memory(large, work.get((9, 3), float32))
