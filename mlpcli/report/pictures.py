"""Images as text for a terminal, and as one sheet for an image viewer."""

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from mlpcli.utils.escaping import printable

INK = 0.25  # share of the brightest pixel; twice that breaks MNIST's thin strokes, less fills holes
SPACE = 2  # characters between images

SHEET = 900  # pixels; sheets are enlarged up to about this side
LARGEST_SCALE = 10
GAP = 2  # pixels between the images of a sheet
GAP_GREY = 96  # differs from both paper and ink


def picture_text(images: NDArray[np.uint8], captions: Sequence[str], width: int) -> str:
    """Return images in half-block characters, side by side below their captions.

    A character is two pixels, one above the other, each lit or not. Margins that are empty in all
    images are cut off. Rows of images are separated by an empty line.

    Args:
        images: (count, height, width) with count > 0, light on dark.
        captions: for each image, of one line or of equally many.
        width: of the terminal in characters; a wider image stands alone in its row.
    """
    lit = _trim(images > INK * images.max(axis=(1, 2), keepdims=True))
    lines = [caption.split("\n") for caption in captions]
    cell = max(lit.shape[2], *(len(line) for caption in lines for line in caption))
    columns = max(1, (width + SPACE) // (cell + SPACE))
    blocks = [[*caption, *lit_blocks(image)] for caption, image in zip(lines, lit, strict=True)]
    return "\n\n".join(
        _side_by_side(blocks[first : first + columns], cell)
        for first in range(0, len(blocks), columns)
    )


def shown_name(name: str, width: int) -> str:
    """Return a picture's name in one line of at most `width` characters, of a long one the end."""
    shown = printable(name)
    return shown if len(shown) <= width else "…" + shown[len(shown) - width + 1 :]


def contact_sheet(
    images: NDArray[np.uint8], side: int = SHEET, gap: int = GAP_GREY
) -> NDArray[np.uint8]:
    """Return images in their order, row by row, in a grid about as wide as it is high.

    A small sheet is enlarged by a whole factor, without smoothing.

    Args:
        images: (count, height, width) in [0, 255] with count > 0.
        side: of the sheet in pixels, up to which it is enlarged.
        gap: the grey level of the lines around the images.

    Returns:
        (sheet height, sheet width) in [0, 255].
    """
    columns = ceil(sqrt(len(images)))
    rows = ceil(len(images) / columns)
    scale = min(max(1, side // (columns * max(images.shape[1:]))), LARGEST_SCALE)
    large = images.repeat(scale, axis=1).repeat(scale, axis=2)
    missing = rows * columns - len(images)
    cells = np.pad(large, ((0, missing), (0, GAP), (0, GAP)), constant_values=gap)
    _, height, width = cells.shape
    grid = cells.reshape(rows, columns, height, width).swapaxes(1, 2)
    sheet = grid.reshape(rows * height, columns * width)
    return np.pad(sheet, ((GAP, 0), (GAP, 0)), constant_values=gap)


def half_blocks(image: NDArray[np.uint8]) -> list[str]:
    """Return the lines of one image, (height, width), in half-block characters, with margins."""
    return lit_blocks(image > INK * max(image.max(initial=0), 1))


def _trim(lit: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cut off the outer rows and columns without ink in any image; (count, height, width)."""
    if not lit.any():
        return lit
    rows, columns = np.flatnonzero(lit.any(axis=(0, 2))), np.flatnonzero(lit.any(axis=(0, 1)))
    return lit[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def lit_blocks(lit: NDArray[np.bool_]) -> list[str]:
    """Return the lines of one image, (height, width); an odd height gets a dark row below."""
    even = np.pad(lit, ((0, len(lit) % 2), (0, 0)))
    codes = even[::2] + 2 * even[1::2]  # (lines, width) of 0 to 3
    return ["".join(" ▀▄█"[code] for code in line) for line in codes]


def _side_by_side(blocks: Sequence[Sequence[str]], cell: int) -> str:
    """Join blocks of equally many lines, each block `cell` characters wide."""
    joined = [
        (" " * SPACE).join(part.ljust(cell) for part in line) for line in zip(*blocks, strict=True)
    ]
    return "\n".join(line.rstrip() for line in joined)
