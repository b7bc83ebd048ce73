"""Strokes of synthetic digits as pixels."""

import numpy as np
import pytest

from mlpcli.datasets.synthetic.alphabet import (
    SAMPLES,
    read_alphabet,
)
from mlpcli.datasets.synthetic.handwriting import write
from mlpcli.datasets.synthetic.rendering import fit_box, render, stroke_depth
from mlpcli.images.normalization import BOX
from mlpcli.utils.randomness import Purpose, stream

ANY = stream(0, Purpose.SYNTHETIC_DIGITS)


def test_depth() -> None:
    """Depth is the radius less the distance to the stroke, near its edge."""
    x = np.linspace(4, 16, SAMPLES, dtype=np.float32)
    curves = np.stack([x, np.full_like(x, 10)], axis=1)[None]
    depth = stroke_depth(curves, np.full((1, SAMPLES), 2, dtype=np.float32)).reshape(BOX, BOX)
    # pixel centres at 8.5, 11.5 and 12.5 are 1.5, 1.5 and 2.5 from the line
    np.testing.assert_allclose(depth[[8, 11, 12], 10], [0.5, 0.5, -0.5], atol=0.05)
    assert depth[10, 2] == pytest.approx(2 - np.hypot(1.5, 0.5), abs=0.05)


@pytest.mark.parametrize("turn", [0.0, 0.7, np.pi / 2])
def test_box(turn: float) -> None:
    """The longer side of the ink fills the box, whatever the direction and size of a stroke."""
    line = np.linspace(-300, 300, SAMPLES)[:, None] * [np.cos(turn), np.sin(turn)]
    radii = np.full((1, SAMPLES), 1.3, dtype=np.float32)
    curves, pen = fit_box(line[None].astype(np.float32), radii, np.float32(0.4) * radii)
    low = (curves - 1.4 * pen[..., None]).min(axis=1)
    high = (curves + 1.4 * pen[..., None]).max(axis=1)
    assert pytest.approx(BOX, abs=0.01) == (high - low).max()
    np.testing.assert_allclose(low, low.round(), atol=0.01)
    np.testing.assert_allclose(pen, 1.3, rtol=0.01)


def test_nothing_leaves_the_box() -> None:
    """No digit's ink is cut off at the border of the box."""
    strokes = write(read_alphabet(), 4000, stream(2, Purpose.SYNTHETIC_DIGITS))
    fringe = np.full((4000, 1), 0.1, dtype=np.float32)
    curves, radii = fit_box(strokes.curves, strokes.radii, fringe)
    assert (curves - radii[..., None]).min() > -0.01
    assert (curves + radii[..., None]).max() < BOX + 0.01


def test_thick_pen_has_more_ink() -> None:
    """A thicker pen leaves more ink, in proportion to its width."""
    line = np.linspace(0, 100, SAMPLES)[:, None] * [1.0, 0.3]
    curves = np.stack([line, line]).astype(np.float32)
    radii = np.array([[1.0], [2.0]], dtype=np.float32).repeat(SAMPLES, axis=1)
    thin, thick = render(curves, radii, ANY).sum(axis=(1, 2), dtype=float)
    assert thick / thin == pytest.approx(2, rel=0.25)
