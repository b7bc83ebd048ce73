"""Boxing and centring one digit as MNIST's makers did, for tests that need such images."""

import numpy as np

from mlpcli.images.normalization import BOX, SIDE, Pixels, centre_by_mass, resize
from mlpcli.utils.arrays import Float64


def normalize_digit(ink: Float64) -> Pixels:
    """Box and centre one digit as MNIST's makers did.

    Args:
        ink: (height, width) float64 in [0, 1], 0 where there is no ink.

    Returns:
        (28, 28) uint8, all zero for a picture without ink.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), dtype=np.uint8)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    scale = BOX / max(cropped.shape)
    height, width = (max(1, round(side * scale)) for side in cropped.shape)
    boxed = (resize(cropped, height, width) * 255).round().astype(np.uint8)
    image: Pixels = centre_by_mass(boxed[None])[0]
    return image
