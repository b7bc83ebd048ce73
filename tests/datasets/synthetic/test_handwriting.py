"""Strokes of synthetic digits."""

import numpy as np

from mlpcli.datasets.synthetic.alphabet import (
    SAMPLES,
    lay_out,
    read_alphabet,
    read_national_alphabet,
)
from mlpcli.datasets.synthetic.handwriting import ALL_PENS, MNIST_PENS, interrupt, turn, write
from mlpcli.datasets.synthetic.styles import parse_alphabet
from mlpcli.utils.randomness import Purpose, stream


def test_every_digit_is_another() -> None:
    """Strokes differ from digit to digit in shape and in the pen's radius."""
    strokes = write(read_alphabet(), 200, stream(1, Purpose.SYNTHETIC_DIGITS))
    assert (200, SAMPLES, 2) == strokes.curves.shape
    assert 200 == len({curve.tobytes() for curve in strokes.curves})
    assert strokes.radii.std(axis=0).min() > 0.1  # between digits
    assert np.median(strokes.radii.std(axis=1)) > 0.05  # along a stroke


def test_freedom() -> None:
    """A style of less freedom varies less; without any, only the mixture of its exemplars does."""
    spreads = {}
    for freedom in (0, 0.5, 1):
        text = "".join(
            f"- {{digit: {d}, style: x, freedom: {freedom}, exemplars: ['20,0 90,0! 50,100']}}\n"
            for d in range(10)
        )
        strokes = write(lay_out(parse_alphabet(text)), 300, stream(1, Purpose.NATIONAL_DIGITS))
        spreads[freedom] = strokes.curves.std(axis=0).mean()
    assert spreads[0] < 1e-3
    assert 0.3 < spreads[0.5] / spreads[1] < 0.7


def test_turn() -> None:
    """A drawing is turned by at most the angle that is given, and keeps its size."""
    line = np.linspace([0, 0], [50, 0], SAMPLES, dtype=np.float32)[None].repeat(500, axis=0)
    most = np.full(500, np.pi / 4, dtype=np.float32)
    ends = turn(line, most, stream(0, Purpose.OUTLIERS))[:, -1]
    angles = np.degrees(np.arctan2(ends[:, 1], ends[:, 0]))
    assert 40 < np.abs(angles).max() < 45.01
    np.testing.assert_allclose(np.linalg.norm(ends, axis=1), 50, rtol=1e-5)


def test_breaks() -> None:
    """The ink fails in some of the drawings, for a short stretch."""
    line = np.linspace([0, 0], [79, 0], SAMPLES, dtype=np.float32)[None].repeat(1000, axis=0)
    broken = interrupt(line, ALL_PENS, stream(0, Purpose.NATIONAL_DIGITS))
    gaps = np.diff(broken[..., 0], axis=1).max(axis=1)
    assert 0.08 < (gaps > 1.5).mean() < 0.16
    assert gaps.max() < 8


def test_pens() -> None:
    """People's pens differ more than MNIST's, and the finest are finer."""
    fine, usual = (
        write(read_national_alphabet(), 1000, stream(0, Purpose.NATIONAL_DIGITS), pens).radii
        for pens in (ALL_PENS, MNIST_PENS)
    )
    assert fine.min() < usual.min()
    assert fine.max() < usual.max()
