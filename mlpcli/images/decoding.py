"""A picture in any usual file format → how light each of its points is.

What only the format decides is settled here: which way is up, what shows through transparent parts,
what colours mean. Pictures come from strangers, so sizes are checked before anything is decoded.
"""

import struct
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mlpcli.errors import ImageError
from mlpcli.normalization import Pixels

FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # some others start programs
SUFFIXES = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
"""What the names of pictures end with, in lower case."""
MAX_PIXELS = 64_000_000
ENOUGH = 640  # pixels on the longer side; a larger picture is averaged down to it
LUMA = (0.299, 0.587, 0.114)  # of red, green and blue: how light they look (ITU-R BT.601)
EVEN = 0.12  # standard deviation of lightness below which visible parts are of one colour
DULL = 0.4  # share of the spread of colours: if lightness shows less, colours are used

Floats = NDArray[np.float64]


def read_picture(source: Path | IO[bytes], place: str) -> Pixels:
    """Decode a picture to grey levels.

    Args:
        source: a file's path or its opened content.
        place: what to name in an error.

    Returns:
        (height, width) uint8, neither side above `ENOUGH`: upright, the first frame of an
        animation, transparent parts as light as the paper is likely to be.

    Raises:
        ImageError: it is no picture, is damaged or has too many pixels.
    """
    with _explained(place), Image.open(source, formats=FORMATS) as picture:
        if picture.width * picture.height > MAX_PIXELS:
            raise Image.DecompressionBombError
        picture.draft(None, (ENOUGH, ENOUGH))  # a large JPEG is decoded at a fraction of its size
        upright = ImageOps.exif_transpose(picture)
        if upright.mode in ("I", "F") or upright.mode.startswith("I;16"):
            upright = _to_eight_bits(upright)
        if upright.has_transparency_data:
            return _as_bytes(_on_paper(_small(upright.convert("RGBA"))))
        if upright.mode in ("1", "L"):
            return np.asarray(_small(upright.convert("L")))
        return _as_bytes(_lightness(_small(upright.convert("RGB"))))


@contextmanager
def _explained(place: str) -> Iterator[None]:
    """Make one clear line of whatever goes wrong in a stranger's picture."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's doubts about metadata we do not use
            yield
    except IsADirectoryError as error:
        raise ImageError(f"{place}: no pictures in this folder") from error
    except UnidentifiedImageError as error:
        raise ImageError(f"{place}: not a picture that can be read") from error
    except Image.DecompressionBombError as error:
        raise ImageError(f"{place}: a picture has at most {MAX_PIXELS} pixels, got more") from error
    except (
        OSError,
        EOFError,
        NotImplementedError,
        OverflowError,
        SyntaxError,  # Pillow's word for broken content
        ValueError,
        struct.error,
        zlib.error,
    ) as error:
        reason = getattr(error, "strerror", None) or str(error) or "cut short"
        raise ImageError(f"{place}: cannot be read, {reason}") from error


def _small(picture: Image.Image) -> Image.Image:
    """Average a picture down until its longer side is at most `ENOUGH`."""
    share = ENOUGH / max(picture.size)
    if share >= 1:
        return picture
    width, height = (max(1, round(side * share)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BOX)


def _lightness(picture: Image.Image) -> Floats:
    """Return how light an RGB picture is at each point, (height, width) in [0, 1].

    Where ink and paper differ in colour but hardly in lightness, it is the principal component of
    the colours instead, stretched to the same range.
    """
    colours = np.asarray(picture, dtype=np.float64) / 255
    light = colours @ np.array(LUMA)
    centred = colours.reshape(-1, 3) - colours.mean(axis=(0, 1))
    variances, directions = np.linalg.eigh(centred.T @ centred / len(centred))
    if light.std() >= DULL * np.sqrt(max(variances[-1], 0)):
        return np.asarray(light)
    component = (centred @ directions[:, -1]).reshape(light.shape)
    if component[light > np.median(light)].sum() < 0:
        component = -component  # so that lighter stays lighter, where that can be told
    return np.asarray((component - component.min()) / max(np.ptp(component), 1e-12))


def _on_paper(picture: Image.Image) -> Floats:
    """Lay an RGBA picture on paper, and return how light it is then.

    If what is visible is of one colour, or is the smaller part, it is ink, and the paper is white
    or black, whichever differs more. Otherwise the paper is visible, and only goes on.
    """
    light = _lightness(picture.convert("RGB"))
    alpha = np.asarray(picture.getchannel("A"), dtype=np.float64) / 255
    visible = light[alpha > 0.5]
    if not visible.size:
        return np.ones_like(light)
    if visible.std() < EVEN or alpha.mean() < 0.5:
        paper = 0.0 if np.median(visible) > 0.5 else 1.0
    else:
        paper = float(np.median(visible))
    return np.asarray(alpha * light + (1 - alpha) * paper)


def _as_bytes(light: Floats) -> Pixels:
    """Return grey levels for lightness in [0, 1]."""
    return np.asarray(np.rint(255 * light), dtype=np.uint8)


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """Scale grey levels of 16 bits, or of a range that shows only in the values."""
    levels = np.asarray(picture, dtype=np.float64)
    ranges = (65535,) if picture.mode.startswith("I;16") else (1, 255, 65535)
    white = next((top for top in ranges if levels.max() <= top), levels.max())
    return Image.fromarray(np.clip(levels * (255 / white), 0, 255).astype(np.uint8))
