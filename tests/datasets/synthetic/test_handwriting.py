"""Strokes of synthetic digits."""

import numpy as np

from mlpcli.datasets.synthetic.alphabet import (
    SAMPLES,
    read_alphabet,
)
from mlpcli.datasets.synthetic.handwriting import write
from mlpcli.utils.randomness import Purpose, stream


def test_every_digit_is_another() -> None:
    """Strokes differ from digit to digit in shape and in the pen's radius."""
    strokes = write(read_alphabet(), 200, stream(1, Purpose.SYNTHETIC_DIGITS))
    assert (200, SAMPLES, 2) == strokes.curves.shape
    assert 200 == len({curve.tobytes() for curve in strokes.curves})
    assert strokes.radii.std(axis=0).min() > 0.1  # between digits
    assert np.median(strokes.radii.std(axis=1)) > 0.05  # along a stroke
