"""Any picture of a digit → the image that MNIST's makers would have made of it."""

import struct
import warnings
import zlib
from pathlib import Path
from typing import IO, get_args

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from mlpcli.errors import ImageError
from mlpcli.normalization import Pixels, Preparation, is_normalized, normalize_digit, resize

MAX_PIXELS = 64_000_000
ENOUGH = 1000  # pixels on the longer side; a larger picture is averaged down first
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP")  # some others start programs
SUFFIXES = frozenset(
    (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp")
)
"""What the names of pictures end with, in lower case."""
PREPARATIONS: tuple[Preparation, ...] = get_args(Preparation)
FAINT = 0.1  # of the strongest ink; what is fainter is paper


def read_picture(source: Path | IO[bytes], place: str) -> Pixels:
    """Decode a picture to grey levels.

    Args:
        source: a file's path or its opened content.
        place: what to name in an error.

    Returns:
        (height, width) uint8, transparent parts white.

    Raises:
        ImageError: it is no picture, is damaged or has too many pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's doubts about metadata we do not use
            with Image.open(source, formats=FORMATS) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Image.DecompressionBombError
                return np.asarray(_to_grey(picture))
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


def prepare(grey: Pixels, preparation: Preparation, height: int, width: int) -> Pixels:
    """Turn a grey picture into an image like those the network was trained on.

    Args:
        grey: (any height, any width) uint8.
        preparation: digit or scale.
        height: of the network's images.
        width: of the network's images.

    Returns:
        (height, width) uint8, light on dark.
    """
    if preparation == "digit" and is_normalized(grey):
        return grey
    light = grey / 255
    if _paper(light) >= 0.5:
        light = 1 - light
    if preparation == "digit":
        return normalize_digit(_ink(light))
    return np.asarray((resize(light, height, width) * 255).round(), dtype=np.uint8)


def _paper(light: NDArray[np.float64]) -> float:
    """Return how light the paper is, in [0, 1], going by the picture's border."""
    return float(np.median(np.concatenate([light[0], light[-1], light[:, 0], light[:, -1]])))


def _ink(light: NDArray[np.float64]) -> NDArray[np.float64]:
    """Stretch light on dark so that paper is 0 and the strongest ink 1, and drop the faint."""
    paper = _paper(light)
    contrast = light.max() - paper
    if contrast < FAINT:
        return np.zeros_like(light)
    ink: NDArray[np.float64] = np.clip((light - paper) / contrast, 0, 1)
    ink[ink < FAINT] = 0
    return ink


def _to_grey(picture: Image.Image) -> Image.Image:
    """Turn upright, put on white paper, and forget colour and needless detail."""
    picture = ImageOps.exif_transpose(picture)
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture = _to_eight_bits(picture)
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        paper = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(paper, picture)
    picture = picture.convert("L")
    return picture.reduce(max(1, max(picture.size) // ENOUGH))


def _to_eight_bits(picture: Image.Image) -> Image.Image:
    """Scale grey levels of 16 bits, or of a range that shows only in the values."""
    levels = np.asarray(picture, dtype=np.float64)
    ranges = (65535,) if picture.mode.startswith("I;16") else (1, 255, 65535)
    white = next((top for top in ranges if levels.max() <= top), levels.max())
    return Image.fromarray(np.clip(levels * (255 / white), 0, 255).astype(np.uint8))
