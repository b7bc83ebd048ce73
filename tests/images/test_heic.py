"""Photos as iPhones take them: HEIC with the extra, and without it; and AVIF."""

import io
import re
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, features

from mlpcli.errors import ImageError
from mlpcli.images import read_picture
from mlpcli.images.heic import is_avif, is_heic, lacks_extra
from tests.support.glyphs import draw_digit
from tests.support.photos import deep_heic, heic, write_heic

DIGIT = draw_digit(7, size=120).resize((120, 80))  # light on dark, wider than high
NEEDED = (
    "is a HEIC photo, as iPhones take them, and needs pillow-heif; in mlpcli's folder: "
    'pip install ".[heic]", or save it as JPEG or PNG'
)
wants_avif = pytest.mark.skipif(not features.check("avif"), reason="this Pillow knows no AVIF")


def brands(*names: str) -> bytes:
    """Return the first box of a file with these brands, and a little of what follows."""
    major, *others = (name.encode() for name in names)
    box = b"ftyp" + major + bytes(4) + b"".join(others)
    return struct.pack(">I", 4 + len(box)) + box + b"\0\0\1\0meta" + bytes(60)


def avif(picture: Image.Image, **options: object) -> bytes:
    """Return a picture as AVIF."""
    stream = io.BytesIO()
    picture.convert("RGB").save(stream, "AVIF", **options)
    return stream.getvalue()


def said(content: bytes) -> str:
    """Return the error of reading a picture."""
    with pytest.raises(ImageError) as caught:
        read_picture(io.BytesIO(content), "p")
    return str(caught.value)


def assert_reads_digit(content: bytes) -> None:
    """Check that a picture is read as the digit, but for what its format loses."""
    seen = read_picture(io.BytesIO(content), "p")
    assert np.asarray(DIGIT).shape == seen.shape
    assert np.abs(np.asarray(DIGIT).astype(float) - seen).mean() < 4


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA"])
def test_heic(mode: str) -> None:
    """A HEIC photo is read, with an opaque alpha channel as well."""
    assert_reads_digit(heic(DIGIT.convert(mode)))


def test_tiles() -> None:
    """A photo of many tiles, as telephones store them, is read whole."""
    assert_reads_digit(heic(DIGIT, tile_size=64))


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_turned_once(orientation: int) -> None:
    """A photo whose camera was held sideways or upside down is turned upright, and not twice."""
    assert_reads_digit(heic(DIGIT, orientation))


def test_sixteen_bits() -> None:
    """Of a photo of more than eight bits, as HDR photos have, the levels are not shifted."""
    grey = np.asarray(DIGIT).astype(np.uint16)[..., None] * 257
    assert_reads_digit(deep_heic(np.repeat(grey, 3, axis=2)))


@wants_avif
@pytest.mark.parametrize("orientation", [1, 3])
def test_avif(orientation: int) -> None:
    """An AVIF picture needs no extra, and is turned upright once."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = DIGIT if orientation == 1 else DIGIT.transpose(Image.Transpose.ROTATE_180)
    assert_reads_digit(avif(stored, exif=exif))


def test_content_counts(tmp_path: Path) -> None:
    """A HEIC photo called .jpg is read, and a JPEG called .heic is read without the extra."""
    write_heic(tmp_path / "photo.jpg", DIGIT)
    assert DIGIT.size[::-1] == read_picture(tmp_path / "photo.jpg", "p").shape
    DIGIT.save(tmp_path / "jpeg.heic", "JPEG")
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pillow_heif", None)
        assert DIGIT.size[::-1] == read_picture(tmp_path / "jpeg.heic", "p").shape
        assert not lacks_extra(tmp_path / "jpeg.heic")
        (tmp_path / "photo.jpg").rename(tmp_path / "photo.heic")
        assert lacks_extra(tmp_path / "photo.heic")
        assert not lacks_extra(tmp_path / "absent.heic")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("heic", "mif1", "heic"), "heic"),
        (("heix", "mif1"), "heic"),
        (("mif1", "mif1", "heic"), "heic"),
        (("msf1", "hevc"), "heic"),
        (("avif", "mif1", "miaf"), "avif"),
        (("mif1", "avif", "miaf"), "avif"),
        (("mif1",), "heic"),
        (("isom", "mp42"), ""),
        (("crx ",), ""),
    ],
)
def test_brands(names: tuple[str, ...], expected: str) -> None:
    """Brands tell HEIC from AVIF, and both from videos and raw photos."""
    start = brands(*names)
    assert (expected == "heic", expected == "avif") == (is_heic(start), is_avif(start))
    assert not is_heic(b"")


def test_without_the_extra(tmp_path: Path) -> None:
    """Where pillow-heif is not installed, one line names the extra; other pictures are read."""
    (tmp_path / "photo.heic").write_bytes(brands("heic", "mif1"))
    DIGIT.save(tmp_path / "seven.png")
    code = (
        "import sys; sys.modules['pillow_heif'] = None\n"
        "from mlpcli.cli.entry import main\n"
        "sys.argv = ['mlp', 'predict', 'photo.heic', 'seven.png', '--weights', 'bundled']\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (1, f"photo.heic: {NEEDED}\n") == (done.returncode, done.stderr)
    assert done.stdout.startswith("seven.png: ")


def test_loaded_when_it_is_met(tmp_path: Path) -> None:
    """Only a HEIC photo loads pillow-heif, and not even one that is only listed."""
    write_heic(tmp_path / "photo.heic", DIGIT)
    DIGIT.save(tmp_path / "seven.png")
    code = (
        "import sys; from pathlib import Path; from mlpcli.images import read_picture\n"
        "from mlpcli.images.unread import Unread\n"
        "read_picture(Path('seven.png'), 'p'); assert Unread().is_picture(Path('photo.heic'))\n"
        "print('pillow_heif' in sys.modules); read_picture(Path('photo.heic'), 'p')\n"
        "print('pillow_heif' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert ["False", "True"] == done.stdout.split()


def test_damaged() -> None:
    """A photo that is cut short, or only begins as one, gives one line that says so."""
    content = heic(DIGIT)
    message = "p: not a picture that can be read, got a HEIC photo; damaged, cut short or of an "
    for cut in (40, 100, 400, len(content) - 50):
        assert said(content[:cut]).startswith(message)


@wants_avif
def test_damaged_avif() -> None:
    """An AVIF picture that is cut short, likewise."""
    content = avif(DIGIT)
    assert re.match(
        "p: not a picture that can be read, got an AVIF pict.*; damaged", said(content[:60])
    )
    assert said(content[:-50]).startswith("p: ")


def test_avif_without_support(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Pillow knows no AVIF, the message says which version does."""
    monkeypatch.setattr(features, "check", lambda _name: False)
    message = "p: not a picture that can be read, got an AVIF picture; damaged, or Pillow is older "
    for content in (brands("avif", "mif1"), brands("mif1", "avif", "miaf")):
        assert f"{message}than 11.3; save it as JPEG or PNG" == said(content)
