"""Forms that somebody has filled in with a pen, and where the ink of each digit then is."""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from mlpcli.datasets.forms.layout import Layout
from mlpcli.datasets.forms.printing import DPI, draw_form
from tests.pictures.paint import Colour, Floats, clouds, ink, lay, shade
from tests.pictures.papers import PENS
from tests.pictures.strokes import Points, extent, place, write_digit

PER_MM = DPI / 25.4
AROUND = 4.0  # mm around a box in which its digit may have ink
PENCIL: Colour = (0.28, 0.28, 0.30)
Place = tuple[int, int]


@dataclass(frozen=True)
class Filled:
    """A page with digits.

    Attributes:
        layout: of the form.
        page: (height, width, 3) float32 in [0, 1].
        ink: x and y in millimetres of the inked points of each digit, (points, 2), by row and
            column of its box; a box without an entry is empty.
        rise: millimetres by which the page is bent up along its middle.
    """

    layout: Layout
    page: Floats
    ink: dict[Place, Points]
    rise: float = 0.0

    def bent(self, points: Points) -> Points:
        """Return where points of the flat page, (points, 2), are seen on the bent one."""
        x, y = points.T
        return np.stack([x, y - self.rise * np.sin(np.pi * x / self.layout.size[0])], axis=1)


def fill_form(layout: Layout, seed: int, *, empty: float = 0.05, pencil: bool = False) -> Filled:
    """Write digits into the boxes of a form.

    Digits are half as high as their box to nearly as high, and some cross its outline a little.

    Args:
        layout: of the form.
        seed: of everything that is left to chance.
        empty: share of the boxes that stay empty.
        pencil: write with a pencil instead of pens.
    """
    generator = np.random.default_rng([27, seed])
    paper = shade(draw_form(layout).convert("L"))
    light = generator.uniform(0.88, 0.97)
    black = generator.uniform(0.05, 0.15)  # of the toner
    printed = black + (light - black) * paper
    page = np.repeat(printed[..., None], 3, axis=2) * np.array([1, 0.99, 0.97], dtype=np.float32)
    colour = PENCIL if pencil else PENS[generator.integers(len(PENS))]
    width = generator.uniform(0.5, 0.8) if pencil else generator.uniform(0.4, 1.4)  # mm
    written: dict[Place, Points] = {}
    for row, column in layout.places:
        if generator.uniform() < empty:
            continue
        box = layout.box_at(row, column)
        corner = np.floor((np.array([box.x, box.y]) - AROUND) * PER_MM).astype(int)
        side = round((box.width + 2 * AROUND) * PER_MM)
        middle = (np.array([box.x, box.y]) + box.width / 2) * PER_MM - corner
        strokes = write_digit(layout.digit(row), generator)
        high = box.width * generator.uniform(0.45, 0.92)
        room = (box.width - extent(strokes) * high - width) / 2 + 0.8  # up to 0.8 mm over the edge
        off = generator.uniform(-1, 1, 2) * np.maximum(room, 0) * 0.7
        x, y = middle + off * PER_MM
        cover = ink(
            (side, side), place(strokes, high * PER_MM, (float(x), float(y))), width * PER_MM
        )
        if pencil:
            grain = clouds((side, side), 3, generator)
            cover = cover * np.clip(0.65 + 0.15 * grain, 0, 1).astype(np.float32)
        rows, columns = (slice(start, start + side) for start in corner[::-1].tolist())
        page[rows, columns] = lay(page[rows, columns], cover, colour)
        inked = np.argwhere(cover > 0.5 * cover.max())[:, ::-1]
        written[row, column] = (inked + corner + 0.5) / PER_MM
    return Filled(layout, page.astype(np.float32), written)


def bend(filled: Filled, rise: float) -> Filled:
    """Return a page that does not lie flat: its middle is seen `rise` millimetres further up."""
    height, width = filled.page.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    moved = y + np.float32(rise * PER_MM) * np.sin(np.pi * x / width)
    channels = [
        ndimage.map_coordinates(filled.page[..., channel], (moved, x), order=1, mode="nearest")
        for channel in range(3)
    ]
    flat = Filled(filled.layout, np.stack(channels, axis=-1), {}, rise)
    return replace(flat, ink={place: flat.bent(ink) for place, ink in filled.ink.items()})
