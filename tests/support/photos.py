"""HEIC photos, as iPhones take them; tests that want one skip where pillow-heif is missing."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


def heic(picture: Image.Image, orientation: int = 1, **options: Any) -> bytes:
    """Return a picture as a HEIC photo.

    Args:
        picture: in grey or in colour, as it is to be seen.
        orientation: how the camera was held, as EXIF data number it: what is stored is then turned.
        options: of pillow-heif, such as `quality` or `tile_size`.
    """
    undo = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}.get(orientation)
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = picture.convert("RGB" if picture.mode == "L" else picture.mode)
    photo = _pillow_heif().from_pillow(stored.transpose(undo) if undo else stored)
    photo.info["exif"] = exif.tobytes()
    stream = io.BytesIO()
    photo.save(stream, **options)
    return stream.getvalue()


def deep_heic(levels: NDArray[np.uint16]) -> bytes:
    """Return a photo of more than eight bits, of (height, width, 3) levels in [0, 65535]."""
    stream = io.BytesIO()
    _pillow_heif().encode("RGB;16", levels.shape[1::-1], levels.tobytes(), stream)
    return stream.getvalue()


def _pillow_heif() -> Any:
    return pytest.importorskip("pillow_heif", reason="needs pillow-heif, of the extra heic")


def write_heic(path: Path, picture: Image.Image) -> None:
    """Write a picture as a HEIC photo."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(heic(picture))
