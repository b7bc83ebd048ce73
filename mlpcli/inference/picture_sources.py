"""Pictures as paths, files, PIL images or arrays → grey levels."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO, TextIOBase
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlpcli.errors import DataError, ImageError
from mlpcli.images.decoding import DECODING, PAGE, read_with_size
from mlpcli.images.normalization import Pixels
from mlpcli.utils.escaping import first_line

Picture = str | Path | IO[bytes] | Image.Image | NDArray[Any]
Opener = Callable[[], IO[bytes]]
"""Opens a picture when its turn comes, and may raise ImageError."""


def as_grey(
    picture: Picture | Opener, place: str, full_size: tuple[int, int], *, page: bool = False
) -> tuple[Pixels, tuple[int, int]]:
    """Return the grey levels of a picture, (height, width) uint8, and its own height and width.

    Args:
        picture: the path of a file, an open file, a PIL image, or an array of grey levels.
        place: what to call it in an error.
        full_size: height and width of pictures that are kept at full size.
        page: whether the others are averaged down less, because there may be many small digits.

    Raises:
        ImageError: it is no picture, is damaged or has too many pixels.
        DataError: an array has values that are not grey levels.
        TypeError: it is something else.
    """
    settings = PAGE if page else DECODING
    if isinstance(picture, str | Path):
        return read_with_size(Path(picture), place, full_size, settings)
    if isinstance(picture, np.ndarray):
        file = _as_file(_from_array(picture, place, full_size), place)
    elif isinstance(picture, Image.Image):
        file = _as_file(picture, place)
    else:
        file = picture() if callable(picture) else picture
        _check_binary(file, place)
    return read_with_size(file, place, full_size, settings)


def _check_binary(file: object, place: str) -> None:
    if isinstance(file, TextIOBase) or not hasattr(file, "seek"):
        raise TypeError(
            f"{place}: must be a path, a file opened with 'rb', a PIL image or a (height, width) "
            f"array, got {type(file).__name__}"
        )


def as_pixels(array: NDArray[Any], place: str) -> Pixels:
    """Return the grey levels of an array as uint8.

    Args:
        array: integers in [0, 255], floats in [0, 1], or false and true for black and white.
        place: what to call it in an error.

    Raises:
        DataError: it holds other values.
    """
    from mlpcli.datasets.interpretation.ranges import LEVELS, to_levels  # noqa: PLC0415  # files need no data sets

    got: object = array.dtype
    if array.dtype.kind in "biuf":
        low, high = array.min(), array.max()
        if array.dtype.kind in "bf" and low >= 0 and high <= 1:
            return to_levels([array], (0, 1), place)[0]
        if low >= 0 and high <= 255 and (array == np.rint(array)).all():
            return to_levels([array], LEVELS, place)[0]
        got = high if low >= 0 else low  # with NaN, both are NaN
    raise DataError(
        f"{place}: must be grey levels, integers in [0, 255] or floats in [0, 1], got {got}"
    )


def _from_array(array: NDArray[Any], place: str, full_size: tuple[int, int]) -> Image.Image:
    if array.ndim != 2 or 0 in array.shape:
        height, width = full_size
        raise ImageError(
            f"{place}: an array must be a picture, (height, width), or images, (count, {height}, "
            f"{width}) or (count, {height * width}), got {list(array.shape)}; give a colour "
            "picture as a PIL image"
        )
    return Image.fromarray(as_pixels(array, place))


def _as_file(picture: Image.Image, place: str) -> IO[bytes]:
    """Return a PIL image as a file, so that it is read as files are, limits, transparency and all.

    Raises:
        ImageError: it cannot be loaded, or converted.
    """
    from PIL import ImageOps  # noqa: PLC0415  # files need none of it

    stream = BytesIO()
    try:
        picture.load()
        picture = ImageOps.exif_transpose(picture)  # the new file has no EXIF orientation
        try:
            wide = picture.mode in ("I", "F")  # 32 bits; PNG has at most 16
            picture.save(stream, "TIFF" if wide else "PNG", compress_level=1)
        except OSError:  # a mode that PNG does not have, such as CMYK
            picture.convert("RGB").save(stream, "PNG", compress_level=1)
    except Exception as error:  # Pillow's decoders raise all sorts of errors for broken content
        raise ImageError(f"{place}: cannot be read, {first_line(error)}") from error
    return stream
