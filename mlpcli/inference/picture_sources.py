"""A picture in whatever form somebody has it → grey levels."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.images.normalization import Pixels

Picture = str | Path | IO[bytes] | Image.Image | NDArray[Any]
Opener = Callable[[], IO[bytes]]
"""Opens a picture when its turn comes, and may raise ImageError."""


def as_grey(picture: Picture | Opener, place: str, whole: tuple[int, int]) -> Pixels:
    """Return the grey levels of a picture, (height, width) uint8.

    Args:
        picture: the path of a file, an open file, a PIL image, or an array of grey levels.
        place: what to call it in an error.
        whole: height and width of pictures that are never averaged down.

    Raises:
        ImageError: it is no picture, is damaged or has too many pixels.
        DataError: an array has values that are not grey levels.
    """
    match picture:
        case str() | Path():
            return read_picture(Path(picture), place, whole)
        case np.ndarray():
            return _from_array(picture, place)
        case Image.Image():
            return read_picture(_as_file(picture), place, whole)
        case _:
            return read_picture(picture() if callable(picture) else picture, place, whole)


def _from_array(array: NDArray[Any], place: str) -> Pixels:
    from mlpcli.datasets.dataset import grey_levels  # noqa: PLC0415  # files need no data sets

    if array.ndim != 2 or 0 in array.shape:
        raise ImageError(
            f"{place}: an array of grey levels must be (height, width), got {list(array.shape)}; "
            "give a picture in colours as a PIL image"
        )
    grey: Pixels = grey_levels(array[None], place)[0]
    return grey


def _as_file(picture: Image.Image) -> IO[bytes]:
    """Return a PIL image as a file, so that it is read as files are, transparency and all."""
    stream = BytesIO()
    try:
        picture.save(stream, "PNG")
    except OSError:  # PNG has no such mode, as CMYK
        picture.convert("RGB").save(stream, "PNG")
    stream.seek(0)
    return stream
