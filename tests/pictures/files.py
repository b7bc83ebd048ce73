"""The files pictures come in: formats, colour modes and metadata that readers trip over."""

import io
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from tests.pictures.paint import Order

ORIENTATION = 0x0112  # the EXIF tag
TURNED = {  # how a camera held that way stores what is upright
    3: Image.Transpose.ROTATE_180,
    6: Image.Transpose.ROTATE_90,
    8: Image.Transpose.ROTATE_270,
}

File = tuple[bytes, str]
"""A file's content and the suffix of its name."""


def as_png(image: Image.Image, _: Order) -> File:
    """Lossless."""
    return encode(image, "PNG", compress_level=1), ".png"


def as_jpeg(image: Image.Image, order: Order) -> File:
    """As a camera or a scanner saves it."""
    return encode(image, "JPEG", quality=order.whole(60, 85)), ".jpg"


def as_poor_jpeg(image: Image.Image, order: Order) -> File:
    """Sent through a messenger or two."""
    return encode(image, "JPEG", quality=order.whole(5, 14)), ".jpg"


def as_misnamed_jpeg(image: Image.Image, order: Order) -> File:
    """A JPEG that was renamed."""
    return encode(image, "JPEG", quality=order.whole(60, 90)), ".png"


def as_any(image: Image.Image, order: Order) -> File:
    """PNG, BMP, GIF or WebP by turns, as drawing programs offer them."""
    kind, suffix = (("PNG", ".png"), ("BMP", ".bmp"), ("GIF", ".gif"), ("WEBP", ".webp"))[
        order.turn % 4
    ]
    return encode(image, kind), suffix


def as_turned_jpeg(image: Image.Image, order: Order) -> File:
    """A photo stored on its side or head, with the tag that says so."""
    orientation, how = list(TURNED.items())[order.turn % len(TURNED)]
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored = image.transpose(how)
    return encode(stored, "JPEG", quality=order.whole(60, 85), exif=exif), ".jpg"


def as_cmyk_jpeg(image: Image.Image, order: Order) -> File:
    """As programs for print save it."""
    return encode(image.convert("CMYK"), "JPEG", quality=order.whole(70, 90)), ".jpg"


def as_deep_grey(image: Image.Image, order: Order) -> File:
    """Grey in 16 bits, PNG and TIFF by turns."""
    levels = np.asarray(image.convert("L"), dtype=np.float64) / 255
    levels += order.generator.normal(0, 0.002, levels.shape)
    deep = Image.fromarray((levels.clip(0, 1) * 65535).astype(np.uint16))
    return (encode(deep, "PNG"), ".png") if order.turn % 2 else (encode(deep, "TIFF"), ".tif")


def as_palette(image: Image.Image, order: Order) -> File:
    """A few colours in a palette, GIF and PNG by turns."""
    few = image.quantize(order.pick((2, 4, 16)), dither=Image.Dither.NONE)
    return (encode(few, "GIF"), ".gif") if order.turn % 2 else (encode(few, "PNG"), ".png")


def as_transparent_palette(image: Image.Image, order: Order) -> File:
    """A palette in which the paper's colour is transparent, GIF and PNG by turns.

    The paper's colour comes first in the palette, and is the ink's: a reader that overlooks the
    transparency sees nothing at all.
    """
    covered = np.asarray(image.convert("L")) < 128
    few = Image.fromarray(covered.astype(np.uint8), mode=None)
    few = few.convert("P")
    few.putpalette([0, 0, 0, 0, 0, 0])
    kind, suffix = ("GIF", ".gif") if order.turn % 2 else ("PNG", ".png")
    return encode(few, kind, transparency=0, optimize=False), suffix


def as_animation(image: Image.Image, order: Order) -> File:
    """A GIF whose first frame is the picture; after it, other things happen."""
    later = [image.rotate(order.between(30, 330), fillcolor="white"), ImageOps.invert(image)]
    options = {"save_all": True, "append_images": later, "duration": 300, "loop": 0}
    return encode(image, "GIF", **options), ".gif"


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    """Return the bytes of a file."""
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def file_name(kind: str, index: int, suffix: str) -> str:
    """Return the name of a picture's file; of its kind only letters and digits stay."""
    plain = "-".join("".join(c if c.isalnum() else " " for c in kind).split())
    return f"{plain}-{index:02}{suffix}"
