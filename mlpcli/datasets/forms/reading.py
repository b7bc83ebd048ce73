"""Finds a form in a photo, reads its code, and shows it as if it lay flat under a scanner."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import IO

import numpy as np
from PIL import Image

from mlpcli.datasets.forms.code import CELLS, NewerVersionError, decode
from mlpcli.datasets.forms.finding import INK, MARKS, find_marks, flatten_page
from mlpcli.datasets.forms.layout import PAPERS, Layout, mark_centres, strip_cells
from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.images.decoding import DecodingSettings
from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Float32, Float64

LONGEST = 2400  # pixels on the longer side; a larger photo is averaged down to it
PER_MM = 8  # pixels of a page that lies flat
_ADVICE = "photograph or scan the whole page, flat, sharp and with nothing on its corners"
_SAMPLES = np.linspace(0.3, 0.7, 3)  # across a cell and down it, as shares of its sides


@dataclass(frozen=True)
class Page:
    """A form that was found in a photo.

    Attributes:
        layout: what its code says.
        grey: (height, width) uint8, the page lying flat, `PER_MM` pixels to a millimetre.
        to_photo: (3, 3), which takes x and y in millimetres on the page, and 1, to homogeneous
            coordinates in the photo that was read, in pixels.
    """

    layout: Layout
    grey: Pixels
    to_photo: Float64


def read_page(source: Path | IO[bytes], place: str) -> Page:
    """Find the form in a photo.

    Args:
        source: a file's path or its opened content.
        place: what error messages call it.

    Raises:
        ImageError: it is no picture, or shows no form, more than one, or a part of one.
    """
    return find_page(read_picture(source, place, settings=DecodingSettings(longest=LONGEST)), place)


def find_page(grey: Pixels, place: str) -> Page:
    """Find the form in the grey levels of a photo, (height, width) uint8.

    Raises:
        ImageError: it shows none, more than one, or a part of one.
    """
    flat = flatten_page(grey, max(3, round(MARKS.window * max(grey.shape))))
    marks = find_marks(flat)
    if len(marks) < 4:
        raise ImageError(
            f"{place}: must show the four corner marks of a page of mlp data form, "
            f"got {len(marks) or 'none'}; {_ADVICE}"
        )
    try:
        found = list(_pages_with(marks, flat))
    except NewerVersionError as error:
        raise ImageError(
            f"{place}: must show a page that this version of mlp knows, got one of a newer "
            "version; update mlp"
        ) from error
    if not found:
        raise ImageError(
            f"{place}: the strips of black and white cells between the corner marks cannot be "
            f"read; {_ADVICE}, and with nothing written on the strips"
        )
    if len(found) > 1:
        raise ImageError(
            f"{place}: must show one page, got {len(found)}; photograph each page alone"
        )
    layout, to_photo = found[0]
    return Page(layout, _lay_flat(grey, layout, to_photo), to_photo)


def transform(matrix: Float64, points: Float64) -> Float64:
    """Apply a (3, 3) homography to points, (..., 2)."""
    homogeneous = points @ matrix[:, :2].T + matrix[:, 2]
    mapped: Float64 = homogeneous[..., :2] / homogeneous[..., 2:]
    return mapped


def _pages_with(marks: Float64, flat: Float32) -> Iterator[tuple[Layout, Float64]]:
    """Yield layout and homography of each page whose code four of the marks lead to."""
    used: set[int] = set()
    for chosen in combinations(range(len(marks)), 4):
        areas = marks[[*chosen], 2]
        if used & {*chosen} or areas.max() > MARKS.alike * areas.min():
            continue
        found = _page_between(marks[[*chosen], :2], flat)
        if found:
            used |= {*chosen}
            yield found


def _page_between(corners: Float64, flat: Float32) -> tuple[Layout, Float64] | None:
    """Return layout and homography of the page with these marks, (4, 2), whichever way it lies."""
    apart = corners - corners.mean(axis=0)
    clockwise = corners[np.argsort(np.arctan2(apart[:, 1], apart[:, 0]))]
    for turn in range(4):
        for paper in PAPERS:
            matrix = _homography(mark_centres(paper), np.roll(clockwise, turn, axis=0))
            if matrix is None:
                return None
            for strip in strip_cells(paper, CELLS):
                corners_of_cells = np.array([(cell.x, cell.y) for cell in strip])
                sides = np.array([strip[0].width, strip[0].height])
                layout = decode(_read_cells(corners_of_cells, sides, matrix, flat))
                if layout and layout.paper == paper:
                    return layout, matrix
    return None


def _read_cells(corners: Float64, sides: Float64, matrix: Float64, flat: Float32) -> list[bool]:
    """Tell which cells with these upper left corners, (cells, 2), are black."""
    within = np.stack(np.meshgrid(_SAMPLES, _SAMPLES), axis=-1).reshape(-1, 2) * sides
    points = transform(matrix, corners[:, None] + within)  # (cells, samples, 2)
    x, y = (np.floor(points[..., axis]).astype(np.intp) for axis in (0, 1))
    height, width = flat.shape
    shares = flat[y.clip(0, height - 1), x.clip(0, width - 1)]
    return [bool(share < INK) for share in shares.mean(axis=1)]


def _homography(page: Float64, photo: Float64) -> Float64 | None:
    """Return the homography that takes four points to four others; None if there is none.

    From each pair of points follow two linear equations (Hartley and Zisserman, Multiple View
    Geometry, 2004, 4.1).
    """
    rows = []
    for (x, y), (u, v) in zip(page, photo, strict=True):
        rows += [
            (x, y, 1, 0, 0, 0, -u * x, -u * y),
            (0, 0, 0, x, y, 1, -v * x, -v * y),
        ]
    try:
        solution = np.linalg.solve(np.array(rows), photo.ravel())
    except np.linalg.LinAlgError:
        return None
    return np.append(solution, 1).reshape(3, 3)


def _lay_flat(grey: Pixels, layout: Layout, to_photo: Float64) -> Pixels:
    """Return the page as it would lie under a scanner."""
    width, height = (round(side * PER_MM) for side in layout.size)
    matrix = to_photo @ np.diag([1 / PER_MM, 1 / PER_MM, 1])  # from pixels of the flat page
    coefficients = (matrix / matrix[2, 2]).ravel()[:8].tolist()
    flat = Image.fromarray(grey).transform(
        (width, height),
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=255,
    )
    return np.asarray(flat)
