"""Cuts the boxes out of a page that lies flat, and says which are empty or doubtful.

Paper need not lie quite flat, so each box is first moved to where its dotted outline is seen. Then
only the ink that is at least partly inside the box is kept: a digit that crosses the outline stays
whole, while the outline itself and what comes from the neighbours is paper again.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlpcli.datasets.forms.finding import flatten_page
from mlpcli.datasets.forms.layout import Layout, Rectangle
from mlpcli.datasets.forms.reading import PER_MM, Page
from mlpcli.images import preprocess
from mlpcli.images.normalization import Pixels
from mlpcli.images.recipe import DIGIT
from mlpcli.utils.arrays import Float32

Mask = NDArray[np.bool_]
_LIGHT_ON_DARK = DIGIT[1:]  # the steps of training, apart from the first, which looks for the paper
_TOUCHING = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class CuttingSettings:
    """What tunes `cut_boxes`; lengths are in millimetres on the page, ink is in [0, 1].

    Attributes:
        window: side of the square in which there is always some paper.
        reach: how far from its place the outline of a box is looked for.
        outline: ink of an outline at least, on average along it.
        margin: around a box that is cut out with it.
        beside: distance from the outline up to which what lies there may be part of it.
        smoothing: standard deviation of the Gaussian that takes noise out of ink.
        darkest: share of the light of the lightest paper around; what is darker is no paper.
        faint: ink below which there is none.
        noisy: weaker ink than so many times what the lightest points fall below 0 is noise.
        full: quantile of the ink in a box that stands for full ink.
        share: of full ink; weaker points are paper.
        edge: width of the soft edge of a stroke.
        speck: area in square millimetres of a smaller part that is no ink.
        own: share of a part's points that lie inside the box; one with fewer is the neighbour's.
        least: height or width, as a share of the box; a box with less is empty.
        little: likewise; a box with less is doubtful.
        thick: height and width of a blot at least, as shares of the box.
        filled: share of the box around its ink that a blot fills at least.
    """

    window: float = 8.0
    reach: float = 2.0
    outline: float = 0.03
    margin: float = 2.0
    beside: float = 0.5
    smoothing: float = 0.2
    darkest: float = 0.7
    faint: float = 0.1
    noisy: float = 2.2
    full: float = 0.995
    share: float = 0.35
    edge: float = 0.4
    speck: float = 0.15
    own: float = 0.3
    least: float = 0.15
    little: float = 0.3
    thick: float = 0.35
    filled: float = 0.8


CUTTING = CuttingSettings()


@dataclass(frozen=True)
class Cut:
    """A box of a page.

    Attributes:
        row: of boxes, counted from 0.
        column: likewise.
        digit: that was to be written.
        area: what was cut out, on the page.
        picture: (side, side) uint8, dark ink on white paper.
        doubt: why it may not show the digit; "" without any doubt.
        is_empty: whether nothing is written in it.
    """

    row: int
    column: int
    digit: int
    area: Rectangle
    picture: Pixels
    doubt: str
    is_empty: bool


def cut_boxes(page: Page, settings: CuttingSettings = CUTTING) -> Iterator[Cut]:
    """Yield the boxes of a page, row by row."""
    layout = page.layout
    flat = flatten_page(page.grey, round(settings.window * PER_MM) | 1)
    shifts = _find_shifts(1 - flat, layout, settings)
    margin = round(settings.margin * PER_MM)
    side = round(layout.box * PER_MM) + 2 * margin
    padded = np.pad(
        flat, side, constant_values=1
    )  # a box that is moved out of the page is no error
    for row, column in layout.places:
        x, y = shifts[row, column] + _corner(layout, row, column) - margin
        window = padded[side + y : 2 * side + y, side + x : 2 * side + x]
        picture, doubt, is_empty = _judge(window, margin, settings)
        area = Rectangle(x / PER_MM, y / PER_MM, side / PER_MM, side / PER_MM)
        yield Cut(row, column, layout.digit(row), area, picture, doubt, is_empty)


def _corner(layout: Layout, row: int, column: int) -> NDArray[np.int64]:
    """Return x and y in pixels of the upper left corner of a box."""
    box = layout.box_at(row, column)
    return np.array([round(box.x * PER_MM), round(box.y * PER_MM)])


def _find_shifts(ink: Float32, layout: Layout, settings: CuttingSettings) -> NDArray[np.int64]:
    """Return by how many pixels each box is off its place, (rows, columns, 2), as x and y.

    A box that is off by quite another distance than its neighbours was mistaken.
    """
    reach, side = round(settings.reach * PER_MM), round(layout.box * PER_MM)
    shifts = np.zeros((layout.rows, layout.columns, 2))
    for row, column in layout.places:
        x, y = _corner(layout, row, column)
        around = ink[y - reach : y + side + reach + 1, x - reach : x + side + reach + 1]
        inner = slice(reach, reach + side)
        for axis, profile in enumerate((around[inner].mean(axis=0), around[:, inner].mean(axis=1))):
            smooth = ndimage.gaussian_filter1d(profile, 1.0)
            both = np.minimum(smooth[: 2 * reach + 1], smooth[side:])  # of opposite sides
            if both.max() >= settings.outline:
                shifts[row, column, axis] = int(both.argmax()) - reach
    for axis in (0, 1):
        shifts[..., axis] = ndimage.median_filter(shifts[..., axis], 3, mode="nearest")
    return np.rint(shifts).astype(np.int64)


def _judge(light: Float32, margin: int, settings: CuttingSettings) -> tuple[Pixels, str, bool]:
    """Return the picture of a box, why it is doubtful, and whether it is empty."""
    inside = _inside(len(light), margin + round(settings.beside * PER_MM))
    paper = light[inside & (light > settings.darkest)]
    ink = 1 - light / (np.median(paper) if len(paper) else 1)
    kept = _ink_inside(ink, inside, settings)
    near = ndimage.binary_dilation(kept, _TOUCHING, iterations=round(settings.edge * PER_MM))
    shown = (near & inside) | ndimage.binary_dilation(kept, _TOUCHING)  # but no dot of the outline
    picture = np.rint(255 * (1 - np.where(shown, ink, 0).clip(0, 1))).astype(np.uint8)
    box = len(light) - 2 * margin
    if max(_extent(kept)) < settings.least * box:
        return picture, "", True
    return picture, _doubt(picture, kept, box, settings), False


def _inside(side: int, inset: int) -> Mask:
    """Return the points of a square window that lie deeper in it than `inset` pixels."""
    inside = np.zeros((side, side), dtype=bool)
    inside[inset : side - inset, inset : side - inset] = True
    return inside


def _ink_inside(ink: Float32, inside: Mask, settings: CuttingSettings) -> Mask:
    """Return the points of inked parts that are at least partly inside the box."""
    smooth = ndimage.gaussian_filter(ink, settings.smoothing * PER_MM)
    lightest, full = np.quantile(smooth[inside], (1 - settings.full, settings.full))
    if full < max(settings.faint, -settings.noisy * lightest):
        return np.zeros_like(inside)
    labels, count = ndimage.label(smooth > settings.share * full, _TOUCHING)
    areas = np.bincount(labels[inside], minlength=count + 1)
    shares = areas / np.bincount(labels.ravel(), minlength=count + 1)
    own = (areas >= settings.speck * PER_MM**2) & (shares >= settings.own)
    own[0] = False
    kept: Mask = own[labels]
    return kept


def _extent(mask: Mask) -> tuple[int, int]:
    """Return height and width of the box around the points of a mask."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return (int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1) if len(rows) else (0, 0)


def _doubt(picture: Pixels, kept: Mask, box: int, settings: CuttingSettings) -> str:
    """Return why a picture may not show the digit; "" without any doubt."""
    if kept[0].any() or kept[-1].any() or kept[:, 0].any() or kept[:, -1].any():
        return "runs out of the box"
    height, width = _extent(kept)
    if max(height, width) < settings.little * box:
        return "very small"
    filled = kept.sum() / (height * width)
    if min(height, width) > settings.thick * box and filled > settings.filled:
        return "crossed out, or a blot"
    digits = preprocess(255 - picture, _LIGHT_ON_DARK).digits
    if digits != 1:
        return f"looks like {digits or 'no'} digits"
    return ""
