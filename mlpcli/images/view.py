"""How a network sees a digit: upright instead of slanted, and of one width.

A view takes away differences between people's hands that say little about the digit. Networks with
different views err on different images, so that a committee of them is better than one of networks
that see alike (Meier, Cireşan, Gambardella and Schmidhuber, Better digit recognition with a
committee of simple neural nets, 2011).

Both parts move ink along rows. Places are rounded to 1/256 of a pixel, so that the rest is
arithmetic with integers, and every program makes the same image.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from mlpcli.images.normalization import SIDE, Pixels
from mlpcli.utils.arrays import Float64

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from mlpcli.config.data import ViewConfig

NARROWEST, WIDEST = 8, 20  # pixels of a digit's width
STEEPEST = 1.0  # columns per row, upwards and to the right or the left
LEVEL = 77  # the lowest grey level that is 0.3 of full ink, `INKED`
AT_ONCE = 256  # images, whose work arrays fit into a processor's cache
DESLANT, WIDTH = "deslant", "width"  # the names of the steps in a file
UNITS = 256  # in a pixel
_ROW, _COLUMN = (place.ravel() for place in np.indices((SIDE, SIDE), dtype=np.float64))
MOMENTS = np.stack([np.ones(SIDE * SIDE), _ROW, _COLUMN, _ROW * _ROW, _ROW * _COLUMN], axis=1)
EDGES = np.arange(SIDE + 1) - SIDE / 2  # of the columns, from the middle
_FARTHEST = SIDE + 1  # pixels by which a row may be moved


@dataclass(frozen=True)
class View:
    """What is changed of each image of a digit, in this order.

    Attributes:
        deslant: whether to shear it until its ink leans to neither side.
        width: the width of its ink in pixels, from 8 to 20; None to leave it.
    """

    deslant: bool = False
    width: int | None = None

    @classmethod
    def of(cls, config: ViewConfig | None) -> View:
        """Return the view that a configuration describes."""
        return cls() if config is None else cls(config.deslant, config.width)

    @property
    def changes(self) -> bool:
        """Whether anything is changed."""
        return self.deslant or self.width is not None

    def __str__(self) -> str:
        parts = ["deslanted"] * self.deslant
        parts += [] if self.width is None else [f"{self.width} pixels wide"]
        return ", ".join(parts) or "as they are"

    def apply(self, images: Pixels) -> Pixels:
        """Return the images as the network sees them.

        Args:
            images: (count, 28, 28) uint8, light on dark, each with its centre of mass in the
                middle.

        Returns:
            (count, 28, 28) uint8; the same array if nothing is changed.
        """
        if not self.changes:
            return images
        seen = np.empty_like(images)
        for start in range(0, len(images), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            seen[part] = self._apply(images[part])
        return seen

    def _apply(self, images: Pixels) -> Pixels:
        if self.deslant:
            images = deslant(images)
        return images if self.width is None else to_width(images, self.width)

    def describe(self) -> list[dict[str, Any]]:
        """Return the steps as values of a JSON object."""
        steps: list[dict[str, Any]] = [{"name": DESLANT}] if self.deslant else []
        return steps + ([] if self.width is None else [{"name": WIDTH, "pixels": self.width}])


def split_steps(described: Any) -> tuple[Any, View]:
    """Take what `View.describe` returned from the end of a list of steps.

    Args:
        described: JSON values from a file that may come from a stranger.

    Returns:
        The steps before it, unchecked, and the view.

    Raises:
        ValueError: the width is out of range, or not all that its step says; the message continues
            "the steps of the preprocessing must".
    """
    if not isinstance(described, list):
        return described, View()
    steps, width = list(described), None
    if steps and isinstance(steps[-1], dict) and steps[-1].get("name") == WIDTH:
        settings = {key: value for key, value in steps.pop().items() if key != "name"}
        width = settings.get("pixels")
        if settings.keys() != {"pixels"}:
            raise ValueError(f"give width pixels, got {', '.join(settings) or 'none'!r:.80}")
        if type(width) is not int or not NARROWEST <= width <= WIDEST:
            raise ValueError(f"have width.pixels in [{NARROWEST}, {WIDEST}], got {width!r:.40}")
    deslanted = steps[-1:] == [{"name": DESLANT}]
    return (steps[:-1] if deslanted else steps), View(deslant=deslanted, width=width)


def deslant(images: Pixels) -> Pixels:
    """Shear each digit about its centre of mass so that rows and columns of its ink do not covary.

    A row r below the centre of mass by d takes its pixels from s · d columns further right, where
    the slant s, in [−1, 1], is the covariance of rows and columns over the variance of rows.
    Between two pixels the grey level is interpolated linearly.

    Args:
        images: (count, 28, 28) uint8.
    """
    count = len(images)
    mass, down, across, squares, products = _moments(images)
    spread = mass * squares - down * down  # mass² times the variance of the rows
    covariance = mass * products - down * across
    slant = np.clip(_ratio(covariance, spread), -STEEPEST, STEEPEST)
    distance = np.arange(SIDE) - _ratio(down, mass)[:, None]
    moved = _units(slant[:, None] * distance)  # (count, 28)
    whole, part = np.divmod(moved, UNITS)
    framed = np.zeros((count, SIDE, SIDE + 2 * _FARTHEST), dtype=np.uint8)
    framed[:, :, _FARTHEST:-_FARTHEST] = images
    pieces = sliding_window_view(framed, SIDE + 1, axis=2)
    taken = pieces[np.arange(count)[:, None], np.arange(SIDE), whole + _FARTHEST]
    right = part.astype(np.uint16)[:, :, None]
    grey = taken[:, :, :-1] * (UNITS - right)
    grey += taken[:, :, 1:] * right
    grey += UNITS // 2  # so that it rounds
    upright: Pixels = (grey // UNITS).astype(np.uint8)
    return upright


def to_width(images: Pixels, width: int) -> Pixels:
    """Stretch or squeeze each digit to a width, its centre of mass in the middle.

    The width of a digit is that of the columns with a pixel of at least 0.3 of full ink. Each new
    pixel averages what it covers of its row.

    Args:
        images: (count, 28, 28) uint8.
        width: in pixels.
    """
    mass, _, across, _, _ = _moments(images)
    inked = images.max(axis=1) >= LEVEL
    first, last = inked.argmax(axis=1), SIDE - 1 - inked[:, ::-1].argmax(axis=1)
    step = np.where(inked.any(axis=1), (last - first + 1) / width, 1.0)
    middle = np.where(mass > 0, _ratio(across, mass) + 0.5, SIDE / 2)
    edges = _units(middle[:, None] + step[:, None] * EDGES)  # (count, 29), of the new columns
    starts = UNITS * np.arange(SIDE)  # of the old ones
    covered = np.clip(edges[:, None, :] - starts[:, None], 0, UNITS)  # of old ones, left of edges
    ink = images.astype(np.float32) @ covered.astype(np.float32)  # integers below 2²⁴: exact
    grey = np.diff(ink, axis=2)
    grey /= np.diff(edges)[:, None, :].astype(np.float32)
    grey += 0.5  # so that it rounds
    resized: Pixels = grey.astype(np.uint8)
    return resized


def _units(places: Float64) -> NDArray[np.int64]:
    """Return places in pixels as the nearest units, halves up."""
    return np.floor(places * UNITS + 0.5).astype(np.int64)


def _moments(images: Pixels) -> Float64:
    """Return the sums of ink, and of ink · row, column, row², and row · column, (5, count).

    They are integers below 2⁵³, and so exact in whatever order they are added.
    """
    moments: Float64 = (images.reshape(len(images), -1).astype(np.float64) @ MOMENTS).T
    return moments


def _ratio(part: Float64, whole: Float64) -> Float64:
    """Return part / whole, and 0 where the whole is 0."""
    return np.divide(part, whole, out=np.zeros(len(part)), where=whole > 0)
