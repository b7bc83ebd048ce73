"""Photos of a page: from which side, on which table, in what light."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mlpcli.datasets.forms.reading import transform
from tests.pictures.light import lamp, shadow, shot, vignette
from tests.pictures.paint import Colour, Floats, Order, Size, canvas, clouds

TABLES: tuple[Colour, ...] = (
    (0.10, 0.09, 0.09),
    (0.45, 0.30, 0.18),
    (0.80, 0.72, 0.60),
    (0.55, 0.56, 0.58),
)
Matrix = NDArray[np.float64]
_ORIENTATION = 0x0112  # EXIF's tag
_STORED = {  # how a photo is turned before it is stored, by its EXIF orientation
    1: None,
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}


@dataclass(frozen=True)
class Shot:
    """How a photo is taken.

    Attributes:
        size: of the photo, height and width in pixels.
        tilt: of the camera, in degrees from straight above.
        towards: the side to which it is tilted, in degrees.
        turn: of the page, in degrees.
        share: of the frame that the page fills at most, in height or width.
        distance: of the camera, in heights of the page.
        darkest: light of the lamp at its weakest, as a share of its strongest.
        shade: share of the light that a shadow with a sharp edge takes.
        soft: radius of the lens's blur, in pixels.
        noise: standard deviation of the sensor's.
        exposure: how light the lightest parts come out.
        quality: of the JPEG.
        orientation: of the camera, as in EXIF data.
        table: its colour.
    """

    size: Size = (2000, 1500)
    tilt: float = 0.0
    towards: float = 0.0
    turn: float = 0.0
    share: float = 0.85
    distance: float = 1.6
    darkest: float = 0.6
    shade: float = 0.0
    soft: float = 0.8
    noise: float = 0.015
    exposure: float = 0.92
    quality: int = 85
    orientation: int = 1
    table: Colour = TABLES[1]


def camera(width: float, height: float, how: Shot) -> Matrix:
    """Return the homography from x and y on the page, in millimetres, to the photo, in pixels."""
    turn, tilt, towards = np.radians([how.turn, how.tilt, how.towards])
    middle = np.array([[1, 0, -width / 2], [0, 1, -height / 2], [0, 0, 1]])
    flat = np.array([[np.cos(turn), -np.sin(turn), 0], [np.sin(turn), np.cos(turn), 0], [0, 0, 1]])
    side = np.array([np.cos(towards), np.sin(towards)])
    across = np.array([-side[1], side[0]])
    # A point at `along` the tilt comes nearer or further, and is foreshortened.
    shrink = np.outer(side, side) * np.cos(tilt) + np.outer(across, across)
    seen = np.eye(3)
    seen[:2, :2] = shrink
    seen[2, :2] = side * np.sin(tilt) / (how.distance * height)
    matrix = seen @ flat @ middle
    corners = transform(matrix, np.array([(0, 0), (width, 0), (width, height), (0, height)], float))
    low, high = corners.min(axis=0), corners.max(axis=0)
    frame = np.array(how.size[::-1])
    scale = how.share * (frame / (high - low)).min()
    shift = frame / 2 - scale * (low + high) / 2
    placed: Matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]], [0, 0, 1]]) @ matrix
    return placed


def photograph(page: Floats, per_mm: float, how: Shot, seed: int) -> tuple[bytes, Matrix]:
    """Return a photo of a page as a JPEG, and the homography from the page to it, held upright.

    Args:
        page: (height, width, 3) in [0, 1].
        per_mm: pixels of the page to a millimetre.
        how: it is taken.
        seed: of everything that is left to chance.
    """
    order = Order(0, seed, np.random.default_rng([28, seed]))
    height, width = (side / per_mm for side in page.shape[:2])
    matrix = camera(width, height, how)
    picture = _on_table(page, per_mm, matrix, how, order)
    light = lamp(order, how.size, how.darkest) * vignette(order, how.size)
    if how.shade:
        light = light * shadow(order, how.size, how.shade, order.between(0.01, 0.03))
    image = shot(
        order, picture * light[..., None], exposure=how.exposure, soft=how.soft, noise=how.noise
    )
    stored = _STORED[how.orientation]
    exif = Image.Exif()
    exif[_ORIENTATION] = how.orientation
    stream = BytesIO()
    (image if stored is None else image.transpose(stored)).save(
        stream, "JPEG", quality=how.quality, exif=exif
    )
    return stream.getvalue(), matrix


def _on_table(page: Floats, per_mm: float, matrix: Matrix, how: Shot, order: Order) -> Floats:
    """Return the table as the camera sees it, with the page and its shadow on it."""
    table = canvas(how.size, how.table)
    table = table * (1 + 0.08 * clouds(how.size, 25, order.generator))[..., None]
    table += (0.03 * clouds((how.size[1], how.size[0]), 6, order.generator).T)[..., None]
    inverse = np.linalg.inv(matrix @ np.diag([1 / per_mm, 1 / per_mm, 1]))
    coefficients = (inverse / inverse[2, 2]).ravel()[:8].tolist()

    def seen(channel: Floats) -> Floats:
        image = Image.fromarray(channel)
        frame = (how.size[1], how.size[0])
        return np.asarray(
            image.transform(
                frame, Image.Transform.PERSPECTIVE, coefficients, Image.Resampling.BILINEAR
            )
        )

    finer = max(1, int(per_mm * np.sqrt(1 / abs(np.linalg.det(matrix[:2, :2])))))
    reduced = _averaged(page, finer)
    covered = seen(np.ones(page.shape[:2], dtype=np.float32))[..., None]
    colours = np.stack([seen(reduced[..., channel]) for channel in range(3)], axis=-1)
    laid: Floats = table * (1 - covered) + colours * covered
    return laid.astype(np.float32)


def _averaged(page: Floats, size: int) -> Floats:
    """Return the page with each point averaged over a square, as a pixel of the camera sees it."""
    averaged: Floats = ndimage.uniform_filter(page, (size, size, 1))
    return averaged
