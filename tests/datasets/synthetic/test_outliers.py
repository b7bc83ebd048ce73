"""Drawings that are no digits."""

import numpy as np
import pytest

from mlpcli.datasets.dataset import NO_CLASS
from mlpcli.datasets.synthetic import outliers
from mlpcli.datasets.synthetic.alphabet import SAMPLES, read_outliers
from mlpcli.datasets.synthetic.handwriting import ALL_PENS, FINE_PENS
from mlpcli.datasets.synthetic.outliers import KINDS, parts, write_outliers
from mlpcli.datasets.synthetic.rendering import render
from mlpcli.images.normalization import are_normalized
from mlpcli.utils.randomness import Purpose, stream

PURPOSE = Purpose.OUTLIERS
NAMES = [kind.__name__ for kind in KINDS]


def test_many_kinds() -> None:
    """There are more than a hundred different signs and kinds, whose shares make up a whole."""
    assert len(read_outliers().digits) + len(KINDS) > 100
    assert pytest.approx(1) == sum(KINDS.values())
    assert pytest.approx(1) == read_outliers().shares.sum()


def test_no_class() -> None:
    """None of them has a class."""
    strokes = write_outliers(300, stream(0, PURPOSE), FINE_PENS)
    assert {NO_CLASS} == {*strokes.labels.tolist()} == {*read_outliers().digits.tolist()}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 40])
def test_every_kind(name: str, count: int) -> None:
    """Every kind is drawn in any number, no two drawings are alike, and they are boxed as digits."""
    strokes = getattr(outliers, name)(count, stream(1, PURPOSE), ALL_PENS)
    assert (count, SAMPLES, 2) == strokes.curves.shape
    assert (count, SAMPLES) == strokes.radii.shape
    images = render(strokes.curves, strokes.radii, stream(2, PURPOSE), ALL_PENS)
    assert count == len({image.tobytes() for image in images})
    assert are_normalized(images).mean() >= 0.9  # a ragged edge may leave a row of the box empty


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("signs", "dots")])
def test_no_line(name: str) -> None:
    """Nothing else than dots in a row is nearly a line, which would be a one."""
    strokes = getattr(outliers, name)(300, stream(3, PURPOSE), FINE_PENS)
    centred = strokes.curves - strokes.curves.mean(axis=1, keepdims=True)
    spreads = np.linalg.svd(centred, compute_uv=False)
    pixels = np.ptp(strokes.curves, axis=1).max(axis=1) / 20
    breadth = spreads[:, 1] / np.sqrt(SAMPLES) / pixels
    assert (breadth > 0.6).mean() > 0.97


def test_parts_are_less_than_half() -> None:
    """A part of a digit is far from having all of its ink."""
    strokes = parts(200, stream(4, PURPOSE), FINE_PENS)
    extent = np.ptp(strokes.curves, axis=1)
    assert (extent[:, 1] < 75).all()  # a whole digit is about 100 high


def test_signs_turn_as_far_as_they_may() -> None:
    """Arrows point in all directions, letters stand upright."""
    turns = np.degrees(read_outliers().turns)
    assert pytest.approx(180) == turns.max()
    assert (turns < 46).mean() > 0.8
