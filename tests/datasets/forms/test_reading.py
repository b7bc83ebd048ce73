"""Finding a form in a photo, or saying what is wrong with it."""

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mlpcli.datasets.forms import code
from mlpcli.datasets.forms.code import CELLS
from mlpcli.datasets.forms.cutting import cut_boxes
from mlpcli.datasets.forms.layout import (
    MARK,
    PAPERS,
    Layout,
    PaperName,
    make_layout,
    mark_centres,
    strip_cells,
)
from mlpcli.datasets.forms.printing import DPI, draw_form
from mlpcli.datasets.forms.reading import find_page, read_page, transform
from mlpcli.errors import ImageError
from mlpcli.images.normalization import Pixels
from tests.datasets.forms.photographing import Shot, camera, photograph
from tests.pictures import draw_picture

LAYOUT = make_layout((1, 7), 4, "a4")
PER_MM = DPI / 25.4 / 3  # of the pages here


def scan(layout: Layout = LAYOUT) -> Image.Image:
    """Return a page as a scanner would, at 100 dots per inch."""
    return draw_form(layout).convert("L").reduce(3)


def cover(page: Image.Image, x: float, y: float, width: float, height: float, grey: int) -> None:
    """Lay something over a part of a page; all lengths in millimetres."""
    area = tuple(round(each * PER_MM) for each in (x, y, x + width, y + height))
    ImageDraw.Draw(page).rectangle(area, fill=grey)


def pixels(page: Image.Image) -> Pixels:
    """Return the grey levels of a picture."""
    return np.asarray(page)


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_scan(paper: PaperName, turn: int) -> None:
    """A scan is read whichever way the page lay, and then lies upright."""
    layout = make_layout((0, 1, 4), 6, paper)
    upright = find_page(pixels(scan(layout)), "scan")
    page = find_page(pixels(scan(layout).rotate(turn, expand=True)), "scan")
    assert layout == page.layout == upright.layout
    assert 12 > np.abs(page.grey.astype(float) - upright.grey).mean()


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_photo(orientation: int) -> None:
    """In a photo taken at an angle, turned as its EXIF data says, every point is where it is."""
    how = Shot((900, 675), tilt=25, towards=70, turn=100, orientation=orientation)
    paper = np.repeat(np.asarray(scan(), dtype=np.float32)[..., None] / 255, 3, axis=2)
    photo, matrix = photograph(paper.astype(np.float32), PER_MM, how, seed=orientation)
    page = read_page(BytesIO(photo), "photo")
    assert LAYOUT == page.layout
    width, height = LAYOUT.size
    points = np.random.default_rng(0).uniform((15, 15), (width - 15, height - 15), (50, 2))
    seen, found = transform(matrix, points), transform(page.to_photo, points)
    assert 0.5 > np.linalg.norm(seen - found, axis=1).max()  # pixels


def test_camera() -> None:
    """The simulated camera shows a page from above without distortion, and tilted with."""
    corners = np.array([(0, 0), (210, 0), (210, 297), (0, 297)], float)
    above = transform(camera(210, 297, Shot((2000, 1500), share=0.9)), corners)
    assert 0.9 * 2000 == pytest.approx(above[3, 1] - above[0, 1])
    assert 210 / 297 == pytest.approx((above[1, 0] - above[0, 0]) / (above[3, 1] - above[0, 1]))
    tilted = transform(camera(210, 297, Shot((2000, 1500), tilt=30, towards=90)), corners)
    lengths = np.linalg.norm(tilted - np.roll(tilted, 1, axis=0), axis=1)
    assert 1.2 < max(lengths[1], lengths[3]) / min(lengths[1], lengths[3])


def _cover_mark(number: int) -> Callable[[Image.Image], Image.Image]:
    def change(page: Image.Image) -> Image.Image:
        x, y = mark_centres("a4")[number]
        cover(page, x - MARK / 2, y - MARK / 2, MARK, MARK, 255)
        return page

    return change


def _fill_mark(page: Image.Image) -> Image.Image:
    x, y = mark_centres("a4")[2]
    cover(page, x - MARK / 2, y - MARK / 2, MARK, MARK, 0)
    return page


def _cut_off(page: Image.Image) -> Image.Image:
    return page.crop((0, 0, page.width, round(0.93 * page.height)))


def _cover_strips(page: Image.Image) -> Image.Image:
    for strip in strip_cells("a4", CELLS):
        cover(page, 90, strip[0].y - 1, 30, 8, 0)
    return page


def _two_pages(page: Image.Image) -> Image.Image:
    both = Image.new("L", (2 * page.width, page.height), 90)
    for index in range(2):
        both.paste(page, (index * page.width, 0))
    return both


def _blank(page: Image.Image) -> Image.Image:
    return Image.new("L", page.size, 255)


MARKS = "photo.png: must show the four corner marks of a page of mlp data form, got {}; photograph"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        *((_cover_mark(number), MARKS.format(3)) for number in range(4)),
        (_fill_mark, MARKS.format(3)),
        (_cut_off, MARKS.format(2)),
        (_blank, MARKS.format("none")),
        (_cover_strips, "photo.png: the strips of black and white cells between the corner marks"),
        (_two_pages, "photo.png: must show one page, got 2; photograph each page alone"),
    ],
)
def test_refused(change: Callable[[Image.Image], Image.Image], message: str) -> None:
    """A page with a mark missing, cut off, without its code, or beside another is refused."""
    with pytest.raises(ImageError, match="photo") as error:
        find_page(pixels(change(scan())), "photo.png")
    assert str(error.value).startswith(message)
    assert "; " in str(error.value)


@pytest.mark.parametrize("kind", ["photo, lamp", "squared paper"])
def test_something_else(kind: str) -> None:
    """A photo of something else is refused in one line."""
    picture = draw_picture(kind, 0)
    with pytest.raises(ImageError, match=r"^other: must show the four corner marks .* got none; "):
        read_page(BytesIO(picture.content), "other")


def test_noise() -> None:
    """Noise has neither marks nor takes long."""
    noise = np.random.default_rng(0).integers(0, 256, (1800, 2400), dtype=np.uint8)
    with pytest.raises(ImageError, match="noise: "):
        find_page(noise, "noise")


@pytest.mark.parametrize("strip", [0, 1])
def test_one_strip_is_enough(strip: int) -> None:
    """Where one strip of code is covered, the other one is read."""
    page = scan()
    cover(page, 60, strip_cells("a4", CELLS)[strip][0].y - 1, 60, 8, 60)
    assert LAYOUT == find_page(pixels(page), "photo").layout


def test_newer_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of a later version of the program is called one."""
    monkeypatch.setattr(code, "VERSION", 2)
    page = scan()
    monkeypatch.undo()
    with pytest.raises(ImageError, match=r"photo: must show a page that this version .*; update"):
        find_page(pixels(page), "photo")


def test_marks_around_nothing() -> None:
    """Marks without a page between them lead to no page, in whatever order they lie."""
    page = Image.new("L", (1200, 900), 255)
    draw = ImageDraw.Draw(page)
    for x, y in ((100 + 250 * (index % 4), 150 + 400 * (index // 4)) for index in range(7)):
        for side, grey in ((70, 0), (50, 255), (30, 0)):
            draw.rectangle((x - side // 2, y - side // 2, x + side // 2, y + side // 2), fill=grey)
    with pytest.raises(ImageError, match="the strips of black and white cells"):
        find_page(pixels(page), "photo")


@pytest.mark.slow
def test_damaged_pages() -> None:
    """Whatever is torn off, spilt over or squeezed, the page is the right one, or refused in a line."""
    generator, read = np.random.default_rng(0), 0
    refusals: list[tuple[str, ...]] = []
    for _ in range(60):
        page = scan()
        for _ in range(generator.integers(1, 12)):
            x, y = generator.uniform((0, 0), LAYOUT.size)
            width, height = generator.uniform(1, 60, 2) ** generator.uniform(0.3, 1)
            cover(page, x, y, width, height, int(generator.integers(256)))
        left, top = generator.integers(0, 40, 2) * generator.integers(0, 2, 2)
        page = page.crop((int(left), int(top), page.width, page.height))
        page = page.resize((int(generator.integers(300, 1200)), int(generator.integers(300, 1200))))
        try:
            found = find_page(pixels(page), "photo")
        except ImageError as error:
            refusals.append(error.lines)
        else:
            read += 1
            assert LAYOUT == found.layout
            assert LAYOUT.rows * LAYOUT.columns == len([*cut_boxes(found)])
    assert 0 < read < 60
    assert all(line.startswith("photo: ") and not more for line, *more in refusals)
