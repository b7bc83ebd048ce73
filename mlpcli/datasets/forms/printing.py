"""Draws a form for the printer, and makes a PDF or a PNG file of it.

Everything is black or white at 300 dots per inch, so that files are small and every printer prints
them alike. The outlines of boxes are dotted: whoever writes sees them well, and whoever reads can
tell them from strokes of a pen.
"""

from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from mlpcli.datasets.forms.code import CELLS, encode
from mlpcli.datasets.forms.layout import (
    DOT,
    DOT_EVERY,
    INSTRUCTIONS,
    LABEL,
    MARK,
    Layout,
    Rectangle,
    mark_centres,
    strip_cells,
)

DPI = 300
_PER_MM = DPI / 25.4
_MODULES = 7  # of a corner mark, along a side
_NESTED = ((7, 0), (5, 1), (3, 0))  # modules along a side, and whether white: one in the other
_TITLE = "Your digits"
_LINES = (
    "Write the digit at the beginning of a row once into each box of the row, with a dark pen.",
    "Write as you always do. What goes a little over the edge of a box is no harm, and boxes may "
    "stay empty.",
    "Then scan the page, or take a photo of all of it, flat and with its four corner marks.",
)
_TITLE_SIZE, _TEXT_SIZE = 5.0, 3.3  # mm
_FIRST_LINE, _LINE = 6.8, 4.4  # mm from the title to the lines below it, and from one to the next
_LABEL_SHARE = 0.75  # of a box's height


def draw_form(layout: Layout) -> Image.Image:
    """Return a page, black on white, `DPI` dots per inch."""
    size = tuple(round(side * _PER_MM) for side in layout.size)
    page = Image.new("1", (size[0], size[1]), 1)
    draw = ImageDraw.Draw(page)
    draw.fontmode = "1"
    for x, y in mark_centres(layout.paper).tolist():
        for modules, white in _NESTED:
            side = MARK * modules / _MODULES
            _fill(draw, Rectangle(x - side / 2, y - side / 2, side, side), white)
    for strip in strip_cells(layout.paper, CELLS):
        for cell, black in zip(strip, encode(layout), strict=True):
            if black:
                _fill(draw, cell)
    _write_instructions(draw)
    _draw_boxes(draw, layout)
    return page


def form_pdf(layout: Layout) -> bytes:
    """Return a page as a PDF file, without a date, so that it is always the same."""
    stream = BytesIO()
    draw_form(layout).save(
        stream, "PDF", resolution=DPI, title="mlp data form", creationDate=None, modDate=None
    )
    return stream.getvalue()


def form_png(layout: Layout) -> bytes:
    """Return a page as a PNG file that knows its size on paper."""
    stream = BytesIO()
    draw_form(layout).save(stream, "PNG", dpi=(DPI, DPI))
    return stream.getvalue()


def _fill(draw: ImageDraw.ImageDraw, area: Rectangle, colour: int = 0) -> None:
    """Fill a rectangle; neighbours share an edge without a gap."""
    left, top = round(area.x * _PER_MM), round(area.y * _PER_MM)
    right = round((area.x + area.width) * _PER_MM)
    bottom = round((area.y + area.height) * _PER_MM)
    draw.rectangle((left, top, right - 1, bottom - 1), fill=colour)


def _write_instructions(draw: ImageDraw.ImageDraw) -> None:
    x, y = INSTRUCTIONS
    _write(draw, x, y, _TITLE, _TITLE_SIZE)
    for number, line in enumerate(_LINES):
        _write(draw, x, y + _FIRST_LINE + number * _LINE, line, _TEXT_SIZE)


def _write(draw: ImageDraw.ImageDraw, x: float, y: float, text: str, size: float) -> None:
    """Write a line whose upper left corner is at (x, y)."""
    font = ImageFont.load_default(size * _PER_MM)
    draw.text((x * _PER_MM, y * _PER_MM), text, fill=0, font=font, anchor="la")


def _draw_boxes(draw: ImageDraw.ImageDraw, layout: Layout) -> None:
    font = ImageFont.load_default(_LABEL_SHARE * layout.box * _PER_MM)
    for row in range(layout.rows):
        first = layout.box_at(row, 0)
        middle = (LABEL * _PER_MM, (first.y + first.height / 2) * _PER_MM)
        draw.text(middle, str(layout.digit(row)), fill=0, font=font, anchor="mm")
    for place in layout.places:
        _dot_outline(draw, layout.box_at(*place))


def _dot_outline(draw: ImageDraw.ImageDraw, box: Rectangle) -> None:
    """Draw dots along the four sides of a box, one of them on each corner."""
    count = round(box.width / DOT_EVERY)
    for index in range(count):
        along = index * box.width / count
        for x, y in (
            (box.x + along, box.y),
            (box.x + box.width, box.y + along),
            (box.x + box.width - along, box.y + box.height),
            (box.x, box.y + box.height - along),
        ):
            _fill(draw, Rectangle(x - DOT / 2, y - DOT / 2, DOT, DOT))
