"""Pages of digits: several lines in one hand, as people draw, scan and photograph them.

What is true of a page, its text and where each digit is, comes with it.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from tests.pictures import files, photos
from tests.pictures.countries import COUNTRIES
from tests.pictures.files import File, file_name
from tests.pictures.layout import (
    Box,
    Composition,
    Shown,
    compose,
    compose_columns,
    compose_squares,
    show,
)
from tests.pictures.paint import BLACK, NO_DIGIT, WHITE, Colour, Order, canvas, finish, ink, lay
from tests.pictures.papers import MARGIN, RULES, paper, written
from tests.pictures.strokes import Points

DARK: tuple[tuple[Colour, Colour], ...] = (  # ink, paper
    (WHITE, BLACK),
    (WHITE, (0.15, 0.15, 0.17)),
    ((0.95, 0.85, 0.10), (0.15, 0.25, 0.70)),
    ((0.95, 0.95, 0.95), (0.75, 0.10, 0.15)),
)
PHOTO_PEN = (0.05, 0.1)


@dataclass(frozen=True)
class Page:
    """A file that somebody wants read.

    Attributes:
        kind: what is special about it, a key of PAGES.
        text: the digits of each line, top to bottom, with a line end between lines.
        boxes: of each digit, in the order of the text.
        name: of the file.
        content: of the file.
    """

    kind: str
    text: str
    boxes: tuple[Box, ...]
    name: str
    content: bytes


@dataclass(frozen=True)
class PageKind:
    """One kind of page.

    Attributes:
        compose: what is written.
        show: how it lies in the picture.
        dress: the picture.
        save: the file it comes in.
        count: how many there are.
    """

    compose: Callable[[Order], Composition]
    show: Callable[[Order, Composition], Shown]
    dress: Callable[[Order, Composition, Shown], Image.Image]
    save: Callable[[Image.Image, Order], File] = files.as_png
    count: int = 20


def draw_pages(seed: int = 0) -> Iterator[Page]:
    """Draw all pages, kind by kind; the same for the same seed, whatever else is drawn."""
    for name, kind in PAGES.items():
        for index in range(kind.count):
            yield draw_page(name, index, seed)


def draw_page(name: str, index: int, seed: int = 0) -> Page:
    """Draw one page of a kind."""
    kind = PAGES[name]
    generator = np.random.default_rng([seed, zlib.crc32(f"page: {name}".encode()), index])
    order = Order(NO_DIGIT, index, generator)
    composition = kind.compose(order)
    shown = kind.show(order, composition)
    content, suffix = kind.save(kind.dress(order, composition, shown), order)
    text = "\n".join(composition.lines)
    return Page(name, text, shown.boxes, file_name(f"page {name}", index, suffix), content)


def touching(order: Order) -> Composition:
    """Of the neighbours in a line some touch, as when people write quickly."""
    return compose(order, touching=0.35)


def sized(order: Order) -> Composition:
    """From line to line the digits are of another size."""
    return compose(order, sizes=(0.6, 1.7))


def for_photo(order: Order) -> Composition:
    """In a pen that a camera sees well."""
    return compose(order, pen=PHOTO_PEN)


def for_pencil(order: Order) -> Composition:
    """In a thin pencil."""
    return compose(order, pen=(0.035, 0.055))


def in_or_across_squares(order: Order) -> Composition:
    """By turns one digit in each square, and as large as it comes."""
    return compose(order) if order.turn % 2 else compose_squares(order)


def national(order: Order) -> Composition:
    """By turns in the forms that one country after the other teaches."""
    countries = list(COUNTRIES.values())
    return compose(order, taught=countries[order.turn % len(countries)])


def straight(order: Order, composition: Composition) -> Shown:
    """As straight as people write."""
    return show(order, composition, angle=float(np.clip(order.generator.normal(0, 0.7), -2, 2)))


def slanting(order: Order, composition: Composition) -> Shown:
    """All lines rise or fall, by up to 15 degrees."""
    return show(order, composition, angle=order.between(4, 14.5) * order.pick((-1, 1)))


def from_above(order: Order, composition: Composition) -> Shown:
    """As a camera sees it that is held over the page."""
    tilt = (order.between(-0.12, 0.12), order.between(-0.12, 0.12))
    return show(order, composition, height=(36, 80), angle=order.between(-3, 3), tilt=tilt)


def from_aside(order: Order, composition: Composition) -> Shown:
    """As a camera sees it that is held askew: lines run towards each other, and are turned."""
    tilt = (order.between(0.1, 0.3) * order.pick((-1, 1)), order.between(-0.3, 0.3))
    angle = order.between(3, 10) * order.pick((-1, 1))
    return show(order, composition, height=(40, 85), angle=angle, tilt=tilt)


def on_white(_order: Order, _: Composition, shown: Shown) -> Image.Image:
    """A drawing program."""
    return finish(lay(canvas(shown.sheet.size, WHITE), shown.sheet.cover, BLACK))


def on_dark(order: Order, _: Composition, shown: Shown) -> Image.Image:
    """A dark canvas."""
    writing, ground = DARK[order.turn % len(DARK)]
    return finish(lay(canvas(shown.sheet.size, ground), shown.sheet.cover, writing))


def scanned(order: Order, composition: Composition, shown: Shown) -> Image.Image:
    """Ruled or squared paper on a scanner."""
    picture = paper(order, shown.sheet.size)
    squared = composition.square or (0.5 * composition.pitch if order.turn % 2 else 0)
    width, colour = max(1.0, 0.25 * shown.sheet.width), order.pick(RULES)
    lines = [shown.seen(line) for line in printed(composition, shown, squared)]
    picture = lay(picture, ink(shown.sheet.size, lines, width), colour)
    return finish(written(order, shown.sheet, picture))


def ruled(order: Order, composition: Composition, shown: Shown) -> Image.Image:
    """Ruled paper on a scanner, of every third page with a margin."""
    picture = paper(order, shown.sheet.size)
    width, colour = max(1.0, 0.25 * shown.sheet.width), order.pick(RULES)
    lines = [shown.seen(line) for line in printed(composition, shown, 0)]
    picture = lay(picture, ink(shown.sheet.size, lines, width), colour)
    if not order.turn % 3:
        margin = shown.seen(np.array([[-0.25, -30.0], [-0.25, 30.0]]))
        picture = lay(picture, ink(shown.sheet.size, [margin], width), MARGIN)
    return finish(written(order, shown.sheet, picture))


def printed(composition: Composition, shown: Shown, square: float) -> list[Points]:
    """Return the lines of ruled paper, or of paper with squares of this side."""
    reach = 1.2 * max(shown.sheet.size) / shown.sheet.height
    apart = square or composition.pitch
    at = apart * np.arange(-np.ceil(reach / apart), np.ceil(reach / apart) + 1)
    below = 0.5 * square - 0.5 if composition.square else 0.02  # of the first baseline
    flat = [np.array([[-reach, y], [reach, y]]) for y in at + below]
    upright = [np.array([[x, -reach], [x, reach]]) for x in at]
    return flat + upright if square else flat


def photographed(
    photo: Callable[..., Image.Image],
) -> Callable[[Order, Composition, Shown], Image.Image]:
    """Return what takes a photo of a page as of a single digit."""
    return lambda order, _, shown: photo(order, shown.sheet)


PAGES: dict[str, PageKind] = {
    "canvas": PageKind(compose, straight, on_white, files.as_any),
    "light on dark": PageKind(compose, straight, on_dark),
    "columns": PageKind(compose_columns, straight, on_white),
    "sizes": PageKind(sized, straight, on_white),
    "slanting": PageKind(compose, slanting, on_white),
    "touching": PageKind(touching, straight, on_white),
    "national forms": PageKind(national, straight, on_white),
    "ruled paper": PageKind(compose, straight, ruled),
    "squared paper": PageKind(in_or_across_squares, straight, scanned),
    "photo, lamp": PageKind(for_photo, from_above, photographed(photos.lamp_photo), files.as_jpeg),
    "photo, hard shadow": PageKind(
        for_photo, from_above, photographed(photos.hard_shadow_photo), files.as_jpeg
    ),
    "photo, at an angle": PageKind(
        for_photo, from_aside, photographed(photos.turned_photo), files.as_jpeg
    ),
    "pencil": PageKind(for_pencil, from_above, photographed(photos.pencil), files.as_jpeg),
    "blackboard": PageKind(for_photo, from_above, photographed(photos.blackboard), files.as_jpeg),
}
