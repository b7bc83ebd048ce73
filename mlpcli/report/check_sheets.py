"""Sheets to check by eye what was cut out of photographed forms: each box with its label.

Boxes lie as on their page, so that page and sheet can be compared. A doubtful box has a red frame
and a question mark, an empty one is grey.
"""

from collections.abc import Sequence
from io import BytesIO
from math import ceil, sqrt

from PIL import Image, ImageDraw, ImageFont

from mlpcli.datasets.forms.cutting import Cut
from mlpcli.report.pictures import shown_name

PAGES = 36  # on a sheet
_BOX, _HEAD = 44, 15  # pixels: side of a box, and height of the line above it for its label
_GAP, _TITLE = 4, 24  # pixels between boxes, and for the name of a photo
_MARGIN = 16  # around a page
_PAPER, _EMPTY, _INK, _LABEL, _DOUBT = "white", "#e8e8e8", "black", "#2050c0", "#e00000"


class CheckSheets:
    """Draws pages, some on each sheet."""

    def __init__(self) -> None:
        self._pages: list[Image.Image] = []
        self._sheets: list[bytes] = []

    def add(self, name: str, cuts: Sequence[Cut]) -> None:
        """Add the boxes of a page, below the name of its photo."""
        self._pages.append(_draw_page(name, cuts))
        if len(self._pages) == PAGES:
            self._close()

    def files(self) -> list[bytes]:
        """Return the sheets as PNG files."""
        if self._pages:
            self._close()
        return self._sheets

    def _close(self) -> None:
        """Make a sheet, about as wide as it is high, of the pages that wait for it."""
        width, height = (max(page.size[axis] for page in self._pages) for axis in (0, 1))
        count = len(self._pages)
        columns = min(count, max(1, round(sqrt(count * height / width))))
        sheet = Image.new("RGB", (columns * width, ceil(count / columns) * height), _PAPER)
        for index, page in enumerate(self._pages):
            sheet.paste(page, (index % columns * width, index // columns * height))
        stream = BytesIO()
        sheet.save(stream, "PNG")
        self._sheets.append(stream.getvalue())
        self._pages.clear()


def _draw_page(name: str, cuts: Sequence[Cut]) -> Image.Image:
    columns, rows = (1 + max(getattr(cut, axis) for cut in cuts) for axis in ("column", "row"))
    step = _BOX + _GAP
    width = columns * step + 2 * _MARGIN
    page = Image.new("RGB", (width, rows * (step + _HEAD) + _TITLE + 2 * _MARGIN), _PAPER)
    draw = ImageDraw.Draw(page)
    title = shown_name(name, width // 8)
    draw.text((_MARGIN, _MARGIN), title, fill=_INK, font=ImageFont.load_default(14))
    for cut in cuts:
        x, y = _MARGIN + cut.column * step, _MARGIN + _TITLE + cut.row * (step + _HEAD)
        _draw_box(page, draw, cut, (x, y))
    return page


def _draw_box(
    page: Image.Image, draw: ImageDraw.ImageDraw, cut: Cut, place: tuple[int, int]
) -> None:
    """Draw a box and its label; `place` is the upper left corner of both."""
    x, y = place
    colour = _DOUBT if cut.doubt else _LABEL
    label = f"{cut.digit}?" if cut.doubt else str(cut.digit)
    draw.text((x + 1, y), label, fill=colour, font=ImageFont.load_default(12))
    frame = (x, y + _HEAD, x + _BOX - 1, y + _HEAD + _BOX - 1)
    if cut.is_empty:
        draw.rectangle(frame, fill=_EMPTY)
        return
    picture = Image.fromarray(cut.picture).resize((_BOX, _BOX), Image.Resampling.BOX)
    page.paste(picture, (x, y + _HEAD))
    draw.rectangle(frame, outline=colour if cut.doubt else _EMPTY, width=2 if cut.doubt else 1)
