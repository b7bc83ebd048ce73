"""Opens HEIC photos, as iPhones take them, with pillow-heif, which is an extra.

HEIC and AVIF share one kind of file. Which of the two it is, its first box says: a list of brands.
"""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from mlpcli.errors import ImageError
from mlpcli.utils.files import open_regular

if TYPE_CHECKING:
    from mlpcli.images.limits import Source

SUFFIXES = frozenset((".heic", ".heif", ".hif"))
"""What the names of these photos end with, in lower case; .hif is what some cameras write."""
BRANDS = 64  # bytes of a file that hold its brands, as many as anyone writes
_HEIC = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"}
_AVIF = {b"avif", b"avis"}
EXTRA = 'in mlpcli\'s folder: pip install ".[heic]"'


def is_heic(start: bytes) -> bool:
    """Tell from a file's first `BRANDS` bytes whether it is a HEIC photo."""
    brands = _brands(start)
    return bool(brands & _HEIC) and not brands & _AVIF


def is_avif(start: bytes) -> bool:
    """Tell from a file's first `BRANDS` bytes whether it is an AVIF picture."""
    return bool(_brands(start) & _AVIF)


def _brands(start: bytes) -> set[bytes]:
    """Return the brands in the first box of a file; none if it has no such box."""
    if start[4:8] != b"ftyp":
        return set()
    end = int.from_bytes(start[:4])
    others = (start[at : at + 4] for at in range(16, min(end, BRANDS), 4))
    return {start[8:12], *others}


def lacks_extra(path: Path) -> bool:
    """Tell whether a file is a HEIC photo, by name and content, and pillow-heif is not there."""
    if path.suffix.lower() not in SUFFIXES or find_spec("pillow_heif"):
        return False
    try:
        with open_regular(path) as file:
            return is_heic(file.read(BRANDS))
    except OSError:  # whoever reads it will say what is wrong
        return False


def open_heic(file: "Source", place: str) -> Image.Image:
    """Return a HEIC photo whose pixels are not decoded yet.

    It is turned upright as it is decoded, and has no orientation in its EXIF data.

    Raises:
        ImageError: pillow-heif is missing.
        SyntaxError: it is no HEIC photo, or a damaged one.
    """
    try:
        from pillow_heif import HeifImageFile  # noqa: PLC0415  # of an extra
    except ImportError as error:
        raise ImageError(
            f"{place}: is a HEIC photo, as iPhones take them, and needs pillow-heif; {EXTRA}, or "
            "save it as JPEG or PNG"
        ) from error
    photo: Image.Image = HeifImageFile(file)
    return photo
