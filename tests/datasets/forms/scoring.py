"""How many boxes of a filled form are cut out of its photo as they should be."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.forms.cutting import Cut, cut_boxes
from mlpcli.datasets.forms.layout import PAPERS, make_layout
from mlpcli.datasets.forms.reading import Page, read_page, transform
from tests.datasets.forms.filling import PER_MM, Filled, fill_form
from tests.datasets.forms.photographing import TABLES, Shot, photograph
from tests.pictures.strokes import Points

OFF = 0.1  # of a box: how far the middle of what is cut out may be off
WHOLE = 0.95  # of the ink that the picture must show
SHOWN = 0.25  # of the usual darkness of its ink; a point as dark as this shows ink
VIEWS = 20


@dataclass(frozen=True)
class Score:
    """What became of a box.

    Attributes:
        cut: what was made of it.
        off: how far its middle is off, as a share of a box.
        inside: share of the ink that lies within what was cut out.
        whole: share of the ink that the picture shows; 1 if there is none.
        was_empty: whether nothing was written in it.
    """

    cut: Cut
    off: float
    inside: float
    whole: float
    was_empty: bool

    @property
    def is_right(self) -> bool:
        """Whether an empty box is called empty, and another one is cut out whole."""
        if self.was_empty or self.cut.is_empty:
            return self.was_empty == self.cut.is_empty
        return self.off <= OFF and self.inside >= WHOLE and self.whole >= WHOLE


def views(seed: int) -> Iterator[tuple[Filled, Shot]]:
    """Yield a filled form for each view, and how it is photographed.

    The papers take turns, and so do numbers of rows, tables, and what makes a photo hard: tilts of
    up to 30 degrees, every quarter turn and up to 15 degrees more, lamps, sharp shadows, blur and
    noise.
    """
    generator = np.random.default_rng([29, seed])
    for index in range(VIEWS):
        layout = make_layout(tuple(range(10)), 10 + 2 * (index % 3), PAPERS[index % 2])
        how = Shot(
            tilt=30 * (index + 0.5) / VIEWS,
            towards=generator.uniform(0, 360),
            turn=90 * (index % 4) + generator.uniform(-15, 15),
            share=generator.uniform(0.75, 0.95),
            distance=generator.uniform(1.3, 2),
            darkest=generator.uniform(0.35, 0.9),
            shade=generator.uniform(0.3, 0.6) * (index % 3 == 1),
            soft=generator.uniform(0.5, 1.6),
            noise=generator.uniform(0.005, 0.03),
            exposure=generator.uniform(0.7, 0.98),
            quality=int(generator.integers(60, 95)),
            orientation=(1, 3, 6, 8)[index // 4 % 4],
            table=TABLES[index // 2 % len(TABLES)],
        )
        yield fill_form(layout, 100 * seed + index, pencil=index % 10 == 9), how


def score_view(filled: Filled, how: Shot, seed: int) -> list[Score]:
    """Photograph a form, read it, and return what became of each box.

    Raises:
        ImageError: it cannot be read.
    """
    photo, matrix = photograph(filled.page, PER_MM, how, seed)
    page = read_page(BytesIO(photo), "photo")
    assert page.layout == filled.layout, "the code was read wrongly"
    return [*score_cuts(cut_boxes(page), page, matrix, filled)]


def score_cuts(
    cuts: Iterable[Cut], page: Page, matrix: NDArray[np.float64], filled: Filled
) -> Iterator[Score]:
    """Compare boxes that were cut out with what is known of the page.

    Args:
        cuts: from the photo.
        page: that was found in it.
        matrix: the homography from the page to the photo.
        filled: the page.
    """
    to_found = np.linalg.inv(page.to_photo) @ matrix  # from the page to where it was found
    for cut in cuts:
        box = filled.layout.box_at(cut.row, cut.column)
        middle = filled.bent(np.array([[box.x + box.width / 2, box.y + box.height / 2]]))
        found = np.array([cut.area.x + cut.area.width / 2, cut.area.y + cut.area.height / 2])
        off = float(np.linalg.norm(transform(to_found, middle)[0] - found)) / box.width
        ink = filled.ink.get((cut.row, cut.column))
        if ink is None:
            yield Score(cut, off, 1, 1, was_empty=True)
            continue
        inside, whole = _shown(cut, transform(to_found, ink))
        yield Score(cut, off, inside, whole, was_empty=False)


def _shown(cut: Cut, ink: Points) -> tuple[float, float]:
    """Return the shares of the ink within what was cut out, and seen in its picture."""
    side = len(cut.picture)
    x, y = ((ink - (cut.area.x, cut.area.y)) * (side / cut.area.width)).T
    within = (x >= 0) & (x < side) & (y >= 0) & (y < side)
    dark = 255 - cut.picture[y[within].astype(np.intp), x[within].astype(np.intp)].astype(float)
    seen = np.count_nonzero(dark >= SHOWN * np.median(dark)) if len(dark) else 0
    return float(within.mean()), seen / len(ink)
