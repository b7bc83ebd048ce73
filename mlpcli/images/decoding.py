"""A picture in any usual file format → how light each of its points is.

What depends on the file format is settled here: which way is up, what shows through transparent
parts, what colours mean. Pictures come from strangers, so sizes are checked before anything is
decoded.
"""

import logging
import os
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor, prod
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError, features

from mlpcli.errors import ImageError
from mlpcli.images import heic
from mlpcli.images.bounded import bounded
from mlpcli.images.colours import COLOURS, ColourSettings, lightness, on_paper
from mlpcli.images.limits import MAX_PIXELS, Source, check_picture, check_start
from mlpcli.images.normalization import Pixels
from mlpcli.utils.arrays import Float64
from mlpcli.utils.escaping import first_line
from mlpcli.utils.files import open_regular, reason_of

if TYPE_CHECKING:
    from mlpcli.utils.foreign import Kind

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # some of the others start programs
SUFFIXES = heic.SUFFIXES | {
    *(".avif", ".bmp", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"),
    *(".pbm", ".pgm", ".pnm", ".ppm"),
}
"""What the names of picture files end with, in lower case."""
_SMALLER, _OTHER_PAGES, _DNG_VERSION = 254, 330, 50706  # tags of a TIFF
BAND_PIXELS = 2_000_000  # converted at a time

logging.getLogger("PIL").addHandler(logging.NullHandler())  # otherwise its errors would be printed

Conversion = Callable[[Image.Image], Image.Image]


@dataclass(frozen=True)
class DecodingSettings:
    """What tunes how a picture becomes grey levels.

    Attributes:
        longest: pixels on the longer side; a larger picture is averaged down to it.
        colours: settings for colours and transparency.
    """

    longest: int = 640
    colours: ColourSettings = COLOURS


DECODING = DecodingSettings()
PAGE = DecodingSettings(longest=2560)
"""For pages of any number of digits, which may be small."""

_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""How to turn a picture upright, for each orientation in EXIF data."""
_ON_ITS_SIDE = (5, 6, 7, 8)  # those in which height and width change places


def read_picture(
    source: Path | IO[bytes],
    place: str,
    whole: tuple[int, int] | None = None,
    settings: DecodingSettings = DECODING,
) -> Pixels:
    """Decode a picture to grey levels.

    Args:
        source: a file's path or its opened content.
        place: what error messages call it.
        whole: height and width of pictures that are never averaged down.
        settings: what decides on size and colours.

    Returns:
        (height, width) uint8, neither side longer than the settings say unless it is `whole`:
        upright, the first frame of an animation, transparent parts as light as the paper probably
        is.

    Raises:
        ImageError: it is not a picture, is damaged or has too many pixels.
    """
    return read_with_size(source, place, whole, settings)[0]


def read_with_size(
    source: Path | IO[bytes],
    place: str,
    whole: tuple[int, int] | None = None,
    settings: DecodingSettings = DECODING,
) -> tuple[Pixels, tuple[int, int]]:
    """Decode a picture as `read_picture` does, and return with it its own height and width.

    Raises:
        ImageError: it is not a picture, is damaged or has too many pixels.
    """
    with _explained(place):
        if isinstance(source, Path):
            with open_regular(source) as file:
                return _decode(file, place, whole, settings)
        return _decode(source, place, whole, settings)


def _decode(
    source: IO[bytes], place: str, whole: tuple[int, int] | None, settings: DecodingSettings
) -> tuple[Pixels, tuple[int, int]]:
    file = bounded(source, place)
    check_start(file, place)
    with _open(file, place) as picture:
        check_picture(picture, file, place)
        size = picture.size[::-1]  # before it is decoded, perhaps at a fraction of it
        longest = max(size) if size == whole else settings.longest
        picture.draft(None, (longest, longest))  # a large JPEG is decoded at a fraction of its size
        loaded = _load(picture, file)
        orientation: Any = picture.getexif().get(ExifTags.Base.Orientation)
        turn = _UPRIGHT.get(orientation)
        small = _small(loaded, _conversion(loaded), longest)
    if turn is not None:
        small = small.transpose(turn)
        size = size[::-1] if orientation in _ON_ITS_SIDE else size
    return _grey(small, settings.colours), size


def _grey(picture: Image.Image, settings: ColourSettings) -> Pixels:
    """Return the grey levels of a picture of mode L, RGB or RGBA."""
    if picture.mode == "RGBA":
        return _as_bytes(on_paper(picture, settings))
    return np.asarray(picture) if picture.mode == "L" else _as_bytes(lightness(picture, settings))


def _open(file: Source, place: str) -> Image.Image:
    """Return a picture whose pixels are not decoded yet.

    Raises:
        ImageError: it is none; the message says what it is instead, if its first bytes show it.
    """
    start = file.read(heic.BRANDS)
    file.seek(0)
    try:
        if heic.is_heic(start):
            return heic.open_heic(file, place)
        formats = ("AVIF",) if _reads_avif(start) else FORMATS
        # Pillow takes whatever has these methods, though its types say less.
        picture = Image.open(cast("IO[bytes]", file), formats=formats)
    except (UnidentifiedImageError, SyntaxError) as error:
        from mlpcli.utils.foreign import START, kind_of_start  # noqa: PLC0415  # pictures need it not

        file.seek(0)
        raise _no_picture(place, kind_of_start(file.read(START))) from error
    tags = getattr(picture, "tag_v2", {})
    if _DNG_VERSION in tags or (tags.get(_SMALLER) == 1 and _OTHER_PAGES in tags):
        from mlpcli.utils.foreign import RAW  # noqa: PLC0415  # likewise

        raise _no_picture(place, RAW)  # Pillow would read the small copy at its beginning
    return picture


def _reads_avif(start: bytes) -> bool:
    """Tell whether a file begins as AVIF, and Pillow, which must be new enough, reads it."""
    return heic.is_avif(start) and bool(features.check("avif"))


def _no_picture(place: str, kind: "Kind | None") -> ImageError:
    got = f", got {kind.name}; {kind.as_picture}" if kind else ""
    return ImageError(f"{place}: not a picture that can be read{got}")


def _load(picture: Any, file: Source) -> Image.Image:
    """Return a picture with its pixels."""
    decoder, _, offset, arguments = (*picture.tile, ("", (), 0, ()))[0]
    if decoder == "ppm":
        file.seek(offset)
        return _scaled_ppm(picture, file, arguments[-1])
    with _silent_libtiff(picture.format):
        picture.load()
    return cast("Image.Image", picture)


def _scaled_ppm(picture: Image.Image, file: Source, white: int) -> Image.Image:
    """Return the pixels of a PPM with any maximum value, which Pillow takes seconds to scale.

    Args:
        picture: of grey levels or colours.
        file: at the position where the pixels begin, one or two bytes for each level.
        white: the maximum value, up to 65,535.
    """
    kind = np.dtype(">u2" if white > 255 else "u1")
    shape = (picture.height, picture.width, len(picture.getbands()))
    levels = np.frombuffer(file.read(prod(shape) * kind.itemsize), kind)
    top, out = (65535, np.int32) if picture.mode == "I" else (255, np.uint8)
    scaled = np.minimum(np.rint(levels / white * top), top).astype(out)
    return Image.fromarray(
        scaled.reshape(shape).squeeze(-1) if shape[2] == 1 else scaled.reshape(shape)
    )


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Turn whatever goes wrong in a stranger's picture into one clear line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's warnings about metadata that is not used
            yield
    except ImageError:
        raise
    except IsADirectoryError as error:
        raise ImageError(f"{place}: no pictures in this folder") from error
    except Image.DecompressionBombError as error:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_PIXELS} pixels, got more"
        ) from error
    except Exception as error:  # Pillow's decoders raise all sorts of errors for broken content
        reason = first_line(reason_of(error))
        raise ImageError(f"{place}: cannot be read, {reason or 'cut short'}") from error


@contextmanager
def _silent_libtiff(kind: str | None) -> Iterator[None]:
    """Keep off the terminal what libtiff itself prints there about a broken file."""
    if kind != "TIFF":
        yield
        return
    terminal = os.dup(2)
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  # the system's, not a file
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(terminal, 2)
        os.close(terminal)


def _conversion(picture: Image.Image) -> Conversion:
    """Return a function that converts any band of a picture to RGBA, L or RGB."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        white = _white(picture)
        return lambda band: _to_eight_bits(band, white)
    mode = "RGBA" if picture.has_transparency_data else "RGB"
    return lambda band: band.convert("L" if picture.mode in ("1", "L") and mode == "RGB" else mode)


def _small(picture: Image.Image, convert: Conversion, longest: int) -> Image.Image:
    """Average a picture down until its longer side is at most `longest`.

    It is converted in bands of rows, because all of it at once may take a lot of memory.
    """
    scale = max(picture.size) / longest
    if scale <= 1:
        return convert(picture)
    width, height = (max(1, round(side / scale)) for side in picture.size)
    step, rows = picture.height / height, max(1, round(BAND_PIXELS / scale / picture.width))
    bands = []
    for start in range(0, height, rows):
        top, bottom = start * step, min(start + rows, height) * step
        first, last = floor(top), min(ceil(bottom), picture.height)
        band = convert(picture.crop((0, first, picture.width, last)))
        size = width, min(rows, height - start)
        box = 0, top - first, picture.width, min(bottom, last) - first
        bands.append(band.resize(size, Image.Resampling.BOX, box))
    small = Image.new(bands[0].mode, (width, height))
    for index, band in enumerate(bands):
        small.paste(band, (0, index * rows))
    return small


def _as_bytes(light: Float64) -> Pixels:
    """Return grey levels for lightness in [0, 1]."""
    return np.asarray(np.rint(255 * light), dtype=np.uint8)


def _white(picture: Image.Image) -> float:
    """Return the level of white, in 16 bits or in a range that only the values show."""
    if picture.mode.startswith("I;16"):
        return 65535
    highest: Any = picture.getextrema()[1]
    return float(next((top for top in (1, 255, 65535) if highest <= top), highest))


def _to_eight_bits(picture: Image.Image, white: float) -> Image.Image:
    levels = np.asarray(picture, dtype=np.float64)
    return Image.fromarray(np.clip(levels * (255 / white), 0, 255).astype(np.uint8))
