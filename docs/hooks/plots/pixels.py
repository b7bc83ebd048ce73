"""The plots of docs/how/pixels.md. All digits are drawn by the program."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import NDArray

import mlpcli
from mlpcli.images import preprocess
from mlpcli.images.normalization import BOX, SIDE, Pixels

BLUE, ORANGE = "#3f7fd0", "#d9822b"
CANVAS = 280  # pixels of the picture with the scribble


def image() -> Figure:
    """Return a drawn digit with its box and centre of mass, and the same pixels as a row."""
    drawing = mlpcli.Drawing(train=1, test=1)
    (digit,) = mlpcli.open_dataset("synthetic", drawing=drawing).train.images
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(1, 2))
    _show(left, digit)
    _mark(left, digit)
    left.set_xticks([0, 9, 18, 27])
    left.set_yticks([0, 9, 18, 27])
    left.set_xlabel("column c")
    left.set_ylabel("row r")
    right.plot(digit.ravel() / 255, color=BLUE, linewidth=0.8)
    right.set_xlabel("number of the input, 28 r + c")
    right.set_ylabel("value")
    right.set_xlim(0, SIDE * SIDE - 1)
    return figure


def scribble() -> Figure:
    """Return a picture of a 7, the same only reduced, and what `mlp predict` makes of it."""
    picture = _written_seven()
    reduced = 255 - picture.reshape(SIDE, CANVAS // SIDE, SIDE, -1).mean(axis=(1, 3))
    boxed = preprocess(picture).images[0]
    figure = Figure(figsize=(7, 2.6), layout="constrained")
    views = [
        (255 - picture, "a picture, 280×280"),
        (reduced.astype(np.uint8), "only reduced to 28×28"),
        (boxed, "boxed and centred"),
    ]
    for axes, (ink, text) in zip(figure.subplots(1, 3), views, strict=True):
        _show(axes, ink)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.set_xlabel(text)
    _mark(axes, boxed)
    return figure


def _written_seven() -> Pixels:
    """Return a small black 7 on white paper, (280, 280)."""
    rows, columns = np.indices((CANVAS, CANVAS))
    picture = np.full((CANVAS, CANVAS), 255, dtype=np.uint8)
    bar, leg = np.linspace((30, 180), (30, 240), 60), np.linspace((30, 240), (130, 205), 100)
    for row, column in (*bar, *leg):
        picture[np.hypot(rows - row, columns - column) < 4] = 0
    return picture


def _show(axes: Axes, ink: Pixels) -> None:
    """Show ink on a transparent ground, so that it reads on white and on black."""
    coloured: NDArray[np.float64] = np.empty((*ink.shape, 4))
    coloured[..., :3], coloured[..., 3] = to_rgb(BLUE), ink / 255
    axes.imshow(coloured, interpolation="nearest")


def _mark(axes: Axes, digit: Pixels) -> None:
    """Mark the box that holds the ink, and the centre of mass."""
    ink = digit.astype(np.float64)
    place = np.arange(SIDE)
    row, column = (ink.sum(axis=axis) @ place / ink.sum() for axis in (1, 0))
    top, left = (_start(np.asarray(digit.any(axis=axis))) for axis in (1, 0))
    corner = (left - 0.5, top - 0.5)
    axes.add_patch(Rectangle(corner, BOX, BOX, fill=False, edgecolor=ORANGE, linestyle="--"))
    axes.plot(column, row, "+", color=ORANGE, markersize=12, markeredgewidth=2)


def _start(inked: NDArray[np.bool_]) -> int:
    """Return where the box begins whose middle is that of the ink."""
    first, last = np.flatnonzero(inked)[[0, -1]]
    return int(first + last + 1 - BOX) // 2
