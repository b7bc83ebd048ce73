"""Limits on a picture's header, checked before anything is decoded.

Counting steps and bytes, as `bounded` does, is not enough where decoders written in C go over the
same bytes again and again, or where a few bytes stand for a great many pixels or parts.
"""

import os
import struct
from io import BytesIO
from typing import Any

from PIL import Image

from mlpcli.errors import ImageError
from mlpcli.images.bounded import (
    BLOCK,
    HEADER_BYTES,
    HEADER_STEPS,
    MAX_BYTES,
    MAX_EXIF,
    MAX_STEPS,
    BoundedFile,
)

MAX_PIXELS = 72_000_000  # a page in 600 dpi or more: 10,000×7,000
MAX_SIDE = 65_535  # pixels; decoders hold whole rows
_FEWER_PIXELS = {
    "WEBP": 20_000_000,  # its decoder holds three more copies
    "HEIF": 50_000_000,  # iPhones take 48; its decoder holds several copies
    "heif_deep": 24_000_000,  # with more bytes for each pixel
    "AVIF": 24_000_000,  # of a frame, which may have 12 bits
    "TIFF": 36_000_000,  # may be held a second time, in 16 bits
    "bmp_rle": 8_000_000,  # a decoder written in Python takes about a second for these
    "ppm": 4_000_000,  # in float64 in between
    "ppm_plain": 4_000_000,
}
RLE_STEPS = 2_000_000  # of such a BMP, whose decoder reads one or two bytes at a time
MAX_COEFFICIENTS = 400_000_000  # bytes of them in a JPEG of several scans, all held in memory
MAX_SCANS = 1_000_000_000  # pixels of a JPEG times its number of scans
MAX_COMMENTS = 1000  # among the numbers of a plain PPM
MAX_DECODED = 400_000_000  # pixels of a HEIC or AVIF: tiles, depth, transparency, small copies
MAX_PARTS = 200_000  # strips or tiles of a TIFF
_PLACES, _LENGTHS = (273, 324), (279, 325)  # TIFF's tags for strips and for tiles
Source = BoundedFile | BytesIO
_BYTES = (1, 2, 7)  # TIFF's types that stay bytes


def check_start(file: Source, place: str) -> None:
    """Refuse a TIFF of very many parts, because Pillow lists them as soon as it opens the file."""
    start = file.read(8)
    order = {b"II": "<", b"MM": ">"}.get(start[:2])
    if order and len(start) == 8:
        most = _longest_list(file, start, order)
        if most > MAX_PARTS:
            raise ImageError(
                f"{place}: a picture must have lists of at most {MAX_PARTS} numbers, got {most}"
            )
    file.seek(0)


def _longest_list(file: Source, start: bytes, order: str) -> int:
    """Return the length of the longest list on a TIFF's first page, lists of bytes aside."""
    if struct.unpack(f"{order}H", start[2:4]) == (43,):  # a BigTIFF
        offset, count, entry = f"{order}Q", f"{order}Q", f"{order}HHQ8x"
        start = file.read(8)
    else:
        offset, count, entry = f"{order}L", f"{order}H", f"{order}HHL4x"
        start = start[4:]
    try:
        file.seek(*struct.unpack(offset, start))
        (entries,) = struct.unpack(count, file.read(struct.calcsize(count)))
    except (struct.error, OSError, ValueError):  # Pillow will say what is wrong
        return 0
    size = struct.calcsize(entry)
    content = file.read(size * min(entries, HEADER_STEPS))
    found = struct.iter_unpack(entry, content[: len(content) // size * size])
    return max((numbers for _, kind, numbers in found if kind not in _BYTES), default=0)


def check_picture(picture: Image.Image, file: Source, place: str) -> None:
    """Refuse a picture that would take too much memory or time, and allow others to be read.

    Raises:
        ImageError: the picture is refused.
    """
    decoders = {str(picture.format), *(tile[0] for tile in getattr(picture, "tile", ()))}
    if "HEIF" in decoders and _is_deep(picture):
        decoders.add("heif_deep")
    _check_size(picture, decoders, place)
    _check_exif(picture, place)
    if isinstance(file, BoundedFile):
        file.begin_pixels(
            steps=RLE_STEPS if "bmp_rle" in decoders else MAX_STEPS,
            kept=MAX_BYTES if decoders & {"TIFF", "PPM"} else HEADER_BYTES,  # pixels read at once
        )
    if "jpeg" in decoders and not _is_one_scan(picture, file):
        _check_scans(picture, file, place)
    elif "libtiff" in decoders:
        _check_parts(picture, file, place)
    elif decoders & {"HEIF", "AVIF"}:
        _check_coded(picture, file, place)
    elif "ppm_plain" in decoders and _count(file, b"#") > MAX_COMMENTS:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_COMMENTS} comments among its numbers, "
            f"got more"
        )


def _check_size(picture: Image.Image, decoders: set[str], place: str) -> None:
    """Refuse too many pixels."""
    width, height = picture.size
    most = min(_FEWER_PIXELS.get(name, MAX_PIXELS) for name in decoders)
    if width * height > most:
        raise ImageError(f"{place}: a picture must have at most {most} pixels, got more")
    if max(width, height) > MAX_SIDE:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_SIDE} pixels on a side, "
            f"got {width}×{height}"
        )


def _check_exif(picture: Image.Image, place: str) -> None:
    """Refuse more EXIF data than it is safe to parse."""
    text = picture.info.get("Raw profile type exif", "")  # in hexadecimal digits
    size = max(len(picture.info.get("exif") or b""), len(text) // 2)
    if size > MAX_EXIF:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_EXIF} bytes of EXIF data, got {size}"
        )


def _is_one_scan(picture: Any, file: Source) -> bool:
    """Tell whether a JPEG has one scan only, as an ordinary one has: it holds all colours.

    Pillow has left the file just after the header of the first scan.
    """
    if picture.info.get("progressive"):
        return False
    length = 6 + 2 * picture.layers
    if picture.format != "JPEG" or file.tell() < length:
        return False  # one of several pictures in a file, which starts elsewhere
    file.seek(-length, os.SEEK_CUR)
    return file.read(3) == bytes((0, length, picture.layers))


def _check_scans(picture: Image.Image, file: Source, place: str) -> None:
    """Refuse a JPEG with too many scans for its size, or with too many coefficients."""
    pixels, scans = picture.width * picture.height, _count(file, b"\xff\xda")
    coefficients = pixels * len(picture.getbands()) * 2
    if pixels * scans > MAX_SCANS or coefficients > MAX_COEFFICIENTS:
        raise ImageError(
            f"{place}: a JPEG of {picture.width}×{picture.height} pixels in {scans} scans, as "
            "progressive ones are, takes too much time or memory; save it as an ordinary one"
        )


def _check_parts(picture: Any, file: Source, place: str) -> None:
    """Refuse a TIFF whose strips or tiles share bytes, because libtiff unpacks them for each."""
    tags = picture.tag_v2
    places, lengths = (
        next((tags[tag] for tag in names if tag in tags), ()) for names in (_PLACES, _LENGTHS)
    )
    size = file.seek(0, os.SEEK_END)
    total = sum(min(length, size) for length in lengths or (size,) * len(places))
    if total > MAX_BYTES:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_BYTES} bytes in its parts, got {total}"
        )


def _is_deep(photo: Image.Image) -> bool:
    """Tell whether a HEIC photo has more bytes for each pixel than those of telephones."""
    has_alpha_in_16_bits = photo.info.get("bit_depth") != 8 and photo.has_transparency_data
    return photo.info.get("chroma") not in (400, 420) or has_alpha_in_16_bits


def _check_coded(picture: Image.Image, file: Source, place: str) -> None:
    """Refuse a HEIC photo or an AVIF picture of which more is decoded than its size says."""
    from mlpcli.images import avif, tiles  # noqa: PLC0415  # other pictures need none of it
    from mlpcli.images.boxes import UnusualError  # noqa: PLC0415  # likewise

    file.seek(0)
    content, is_avif = file.read(), picture.format == "AVIF"
    try:
        frames = avif.frame_pixels(content) if is_avif else [tiles.decoded_pixels(content)]
    except UnusualError as error:
        raise ImageError(f"{place}: cannot be read, {error}; save it as JPEG or PNG") from error
    most = _FEWER_PIXELS["AVIF"]
    if is_avif and max(frames) > most:
        raise ImageError(f"{place}: a picture must have at most {most} pixels, got more")
    if sum(frames) > MAX_DECODED:
        raise ImageError(
            f"{place}: a picture must have at most {MAX_DECODED} pixels in all its parts, got more"
        )


def _count(file: Source, pattern: bytes) -> int:
    """Count how often a pattern occurs in a file, and go back to the current position."""
    position = file.tell()
    file.seek(0)
    count, before = 0, b""
    while chunk := file.read(BLOCK):
        count += (before + chunk).count(pattern)
        before = chunk[1 - len(pattern) :] if len(pattern) > 1 else b""
    file.seek(position)
    return count
