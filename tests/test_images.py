"""Pictures of digits → inputs."""

import io
from pathlib import Path

import numpy as np
import pytest
from glyphs import draw_digit
from PIL import Image

from mlpcli.datasets import Dataset
from mlpcli.errors import ImageError
from mlpcli.images import default_recipe, prepare, read_picture
from mlpcli.normalization import Pixels, is_normalized


def decode(picture: Image.Image, kind: str = "PNG") -> Pixels:
    """Encode and read a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind)
    stream.seek(0)
    return read_picture(stream, "picture")


def prepared(picture: Image.Image, kind: str = "PNG") -> Pixels:
    """Encode, read and prepare a picture of a digit."""
    image: Pixels = prepare(decode(picture, kind)).images[0]
    return image


def distance(one: Pixels, other: Pixels) -> float:
    """Return how far two images differ, as a share of the first one's ink.

    Centring rounds to whole pixels, so that a shift by one pixel is forgiven.
    """
    shifts = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
    shifted = [np.roll(other, shift, axis=(0, 1)) for shift in shifts]
    return float(min(np.abs(one.astype(float) - image).sum() for image in shifted) / one.sum())


def test_inverted() -> None:
    """Dark on light gives what light on dark gives."""
    picture = draw_digit(4, size=100)
    inverted = Image.eval(picture, lambda grey: 255 - grey)
    assert distance(prepared(picture), prepared(inverted)) < 0.02


@pytest.mark.parametrize("at", [0.3, 0.7])
@pytest.mark.parametrize("size", [120, 400])
def test_place_and_size(size: int, at: float) -> None:
    """Neither place nor size of the digit matters."""
    expected = prepared(draw_digit(5, size=150))
    assert is_normalized(expected)
    assert distance(expected, prepared(draw_digit(5, size=size, at=at))) < 0.25


def test_faint() -> None:
    """A pale digit on grey paper is stretched to full contrast."""
    picture = draw_digit(7, size=100)
    pale = Image.eval(picture, lambda grey: 180 - grey // 4)
    assert prepared(pale).max() > 200
    assert distance(prepared(picture), prepared(pale)) < 0.1


def test_empty_paper() -> None:
    """A blank picture, also one with a little noise, has no ink."""
    noise = np.random.default_rng(0).integers(240, 256, (50, 50)).astype(np.uint8)
    assert not prepared(Image.new("L", (50, 50), 200)).any()
    assert not prepared(Image.fromarray(noise)).any()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_formats(kind: str) -> None:
    """The usual formats are read."""
    picture = draw_digit(3, size=100)
    assert distance(prepared(picture), prepared(picture, kind)) < 0.1


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "I;16"])
def test_modes(mode: str) -> None:
    """Colour, palettes, transparency and 16 bits are read."""
    picture = draw_digit(3, size=100)
    if mode == "I;16":
        converted = Image.fromarray(np.asarray(picture).astype(np.uint16) * 257)
    else:
        converted = picture.convert(mode)
    assert distance(prepared(picture), prepared(converted)) < 0.25


def test_transparent_paper() -> None:
    """Dark ink on transparent paper is read as if the paper were white."""
    ink = draw_digit(6, size=100)
    picture = Image.new("RGBA", ink.size, (0, 0, 0, 0))
    picture.putalpha(ink)
    assert distance(prepared(ink), prepared(picture)) < 0.02


def test_mnist_passes_untouched(mnist: Dataset) -> None:
    """An image that already is MNIST stays as it is."""
    for image in mnist.test.images[:100]:
        np.testing.assert_array_equal(image, prepare(image).images[0])


def test_scale() -> None:
    """Where images are not boxed, a picture is only resized and laid light on dark."""
    picture = np.full((56, 56), 255, dtype=np.uint8)
    picture[:28, 20:] = 0
    expected = np.zeros((28, 28), dtype=np.uint8)
    expected[:14, 10:] = 255
    np.testing.assert_array_equal(
        expected, prepare(picture, default_recipe("scale", 28, 28)).images[0]
    )


@pytest.mark.parametrize("content", [b"", b"hello, I am text", b"\x89PNG\r\n\x1a\n", b"\xff\xd8"])
def test_not_a_picture(tmp_path: Path, content: bytes) -> None:
    """What is no picture gives one line."""
    path = tmp_path / "p.png"
    path.write_bytes(content)
    with pytest.raises(ImageError, match=f"^{path}: ") as caught:
        read_picture(path, str(path))
    assert "\n" not in str(caught.value)


def test_broken_picture(tmp_path: Path) -> None:
    """A cut picture, a missing file and a folder give one line."""
    stream = io.BytesIO()
    draw_digit(1, size=200).save(stream, "PNG")
    (tmp_path / "cut.png").write_bytes(stream.getvalue()[:200])
    (tmp_path / "folder.png").mkdir()
    for name in ("cut.png", "absent.png"):
        with pytest.raises(ImageError, match=f"{name}: cannot be read, "):
            read_picture(tmp_path / name, name)
    with pytest.raises(ImageError, match=r"folder\.png: no pictures in this folder"):
        read_picture(tmp_path / "folder.png", "folder.png")


def test_formats_that_start_programs() -> None:
    """PostScript, which Pillow would hand to another program, is no picture here."""
    with pytest.raises(ImageError, match="not a picture that can be read"):
        read_picture(io.BytesIO(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n"), "p.eps")


def test_upright() -> None:
    """A photo whose camera was held sideways is turned upright."""
    digit = draw_digit(7, size=100)
    exif = Image.Exif()
    exif[0x0112] = 6  # turn by 90 degrees clockwise to show
    stream = io.BytesIO()
    digit.rotate(90).save(stream, "PNG", exif=exif)
    stream.seek(0)
    turned = prepare(read_picture(stream, "p")).images[0]
    assert distance(prepared(digit), turned) < 0.05


def test_two_specks() -> None:
    """Specks so small and far apart that nothing of them is left make an empty image."""
    paper = np.zeros((3000, 3000), dtype=np.uint8)
    paper[0, 0] = paper[-1, -1] = 255
    assert not prepare(paper).images.any()


@pytest.mark.parametrize(("mode", "white"), [("I", 255), ("I", 65535), ("F", 1.0), ("F", 255.0)])
def test_ranges(mode: str, white: float) -> None:
    """Grey levels beyond eight bits are read in whichever range they lie."""
    digit = draw_digit(3, size=100)
    levels = np.asarray(digit) * (white / 255)
    picture = Image.fromarray(levels.astype(np.int32 if mode == "I" else np.float32))
    assert distance(prepared(digit), prepared(picture, "TIFF")) < 0.05


def test_too_large() -> None:
    """A picture whose header claims too many pixels is refused before it is decoded."""
    for header in (b"P5 100000 100000 255\n", b"P5 9000 9000 255\n"):
        with pytest.raises(ImageError, match=r"^large\.pgm: a picture has at most 64000000 pixels"):
            read_picture(io.BytesIO(header), "large.pgm")
