"""Hard pictures of digits, as people produce them: drawn, scanned and photographed.

And pages of several lines, and drawings that are no digits.

They are drawn by these modules alone and take nothing from MNIST, so that they can say how well
pictures are read without a look at the images that networks are trained on. Each module adds to
those before: strokes → paint → screens, spoiled, light, papers, photos, files → kinds; for the
forms that countries teach, countries → forms; for pages of several lines, writers → layout → pages;
for what is no digit, nondigits.
"""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from tests.pictures.files import file_name
from tests.pictures.forms import FORMS
from tests.pictures.kinds import KINDS, Kind
from tests.pictures.nondigits import NON_DIGITS, NonDigit, draw_non_digit, draw_non_digits
from tests.pictures.pages import PAGES, Page, draw_page, draw_pages
from tests.pictures.paint import Order

__all__ = [
    "FORMS",
    "KINDS",
    "NON_DIGITS",
    "PAGES",
    "HardPicture",
    "NonDigit",
    "Page",
    "draw_non_digit",
    "draw_non_digits",
    "draw_page",
    "draw_pages",
    "draw_picture",
    "draw_pictures",
]


@dataclass(frozen=True)
class HardPicture:
    """A file that somebody wants read.

    Attributes:
        kind: what is hard about it, a key of KINDS or FORMS.
        label: the digit it shows.
        name: of the file.
        content: of the file.
    """

    kind: str
    label: int
    name: str
    content: bytes


def draw_pictures(seed: int = 0, kinds: Iterable[str] = KINDS) -> Iterator[HardPicture]:
    """Draw all pictures, kind by kind; the same for the same seed, whatever else is drawn.

    Args:
        seed: of the pictures.
        kinds: keys of KINDS and FORMS.
    """
    for name in kinds:
        kind = (KINDS | FORMS)[name]
        for index in range(kind.count):
            yield draw_picture(name, index, seed)


def draw_picture(name: str, index: int, seed: int = 0) -> HardPicture:
    """Draw one picture of a kind."""
    kind: Kind = (KINDS | FORMS)[name]
    label = kind.labels[index % len(kind.labels)]
    generator = np.random.default_rng([seed, zlib.crc32(name.encode()), index])
    turn = index + index // 10  # so that a digit does not always come in the same turn
    order = Order(label, turn, generator)
    content, suffix = kind.save(kind.draw(order), order)
    file = file_name(name, index, f"-is-{label}{suffix}")
    return HardPicture(name, label, file, content)
