"""Matrix products of random factors, in this process or another."""

import numpy as np
from numpy.typing import NDArray

from mlpcli.nn.matmul import matmul

Floats = NDArray[np.float32]


def factors(rows: int, inner: int, columns: int) -> tuple[Floats, Floats]:
    """Two random matrices."""
    generator = np.random.default_rng(0)
    return (
        generator.standard_normal((rows, inner), dtype=np.float32),
        generator.standard_normal((inner, columns), dtype=np.float32),
    )


def product(a: Floats, b: Floats) -> Floats:
    """Multiply them."""
    return matmul(a, b, np.full((len(a), b.shape[1]), np.nan, dtype=np.float32))
