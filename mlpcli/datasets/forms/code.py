"""What a form's strips of black and white cells say: its layout, with a checksum.

A strip begins with a black and a white cell and ends with two black ones, so that it cannot be read
backwards. Between them are six bytes: version and paper, rows and columns, digits, and a CRC of 16
bits, which notices up to three wrong cells, and any number within 16 neighbours.
"""

import struct
from binascii import crc_hqx
from collections.abc import Sequence

from mlpcli.datasets.forms.layout import PAPERS, Layout, make_layout

VERSION = 1
START, END = (True, False), (True, True)
_CONTENT = struct.Struct(">BBHH")  # version and paper, rows and columns, digits, CRC
_CRC_START = 0xFFFF  # of CRC-16/CCITT-FALSE
CELLS = len(START) + 8 * _CONTENT.size + len(END)
"""Cells of a strip."""


class NewerVersionError(ValueError):
    """A code that is right, but of a version that this program does not know."""


def encode(layout: Layout) -> tuple[bool, ...]:
    """Return the cells of a strip, true for black."""
    content = _CONTENT.pack(
        VERSION << 4 | PAPERS.index(layout.paper),
        (layout.rows - 1) << 4 | (layout.columns - 1),
        sum(1 << digit for digit in layout.digits),
        0,
    )[:-2]
    content += struct.pack(">H", crc_hqx(content, _CRC_START))
    bits = tuple(bool(byte >> place & 1) for byte in content for place in range(7, -1, -1))
    return START + bits + END


def decode(cells: Sequence[bool]) -> Layout | None:
    """Return the layout that a strip describes; None if it is not one.

    Args:
        cells: `CELLS` of them, true for black.

    Raises:
        NewerVersionError: it is one, but of an unknown version.
    """
    if tuple(cells[: len(START)]) != START or tuple(cells[-len(END) :]) != END:
        return None
    bits = cells[len(START) : -len(END)]
    value = sum(bit << place for place, bit in enumerate(reversed(bits)))
    content = value.to_bytes(_CONTENT.size, "big")
    kind, shape, digits, crc = _CONTENT.unpack(content)
    if crc_hqx(content[:-2], _CRC_START) != crc:
        return None
    if kind >> 4 != VERSION:
        raise NewerVersionError
    rows, columns, paper = (shape >> 4) + 1, (shape & 15) + 1, kind & 15
    chosen = tuple(digit for digit in range(16) if digits >> digit & 1)
    if paper >= len(PAPERS) or not chosen or chosen[-1] > 9 or rows < len(chosen):
        return None
    layout = make_layout(chosen, rows, PAPERS[paper])
    return layout if layout.columns == columns else None
