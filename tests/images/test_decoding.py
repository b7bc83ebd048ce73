"""Files of pictures → grey levels."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.images import SUFFIXES, read_picture
from mlpcli.images.colours import ColourSettings
from mlpcli.images.decoding import DECODING, DecodingSettings
from mlpcli.images.normalization import Pixels
from tests.support.glyphs import draw_digit
from tests.support.pens import write

DIGIT = draw_digit(3, size=100)  # light on dark
RED, GREEN = (200, 0, 0), (0, 102, 0)  # equally light, to the eye


def decode(picture: Image.Image, kind: str = "PNG", **options: object) -> Pixels:
    """Encode and read a picture."""
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    stream.seek(0)
    return read_picture(stream, "picture")


def assert_looks_like(expected: Image.Image | Pixels, actual: Pixels, within: float = 2) -> None:
    """Check that grey levels are the same but for rounding, or for what a format loses."""
    assert np.asarray(expected).shape == actual.shape
    assert np.abs(np.asarray(expected).astype(float) - actual).mean() < within


def inked(colour: tuple[int, int, int], alpha: Image.Image = DIGIT) -> Image.Image:
    """Draw a digit of one colour on nothing."""
    picture = Image.new("RGBA", alpha.size, (*colour, 0))
    picture.putalpha(alpha)
    return picture


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "PPM", "TIFF", "WEBP"])
def test_formats(kind: str) -> None:
    """The usual formats are read."""
    assert_looks_like(DIGIT, decode(DIGIT, kind))


@pytest.mark.parametrize("mode", ["P", "RGB", "RGBA", "LA", "I;16"])
def test_modes(mode: str) -> None:
    """Colour, palettes, transparency and 16 bits mean the same grey levels."""
    deep = Image.fromarray(np.asarray(DIGIT).astype(np.uint16) * 257)
    assert_looks_like(DIGIT, decode(deep if mode == "I;16" else DIGIT.convert(mode)))


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA", "I;16"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_every_grey_level(kind: str, mode: str) -> None:
    """Nothing is rounded: each of the 256 grey levels comes back, whichever way it is written."""
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    picture = Image.fromarray(levels)
    deep = Image.fromarray(levels.astype(np.uint16) * 257)
    encoded = deep if mode == "I;16" else picture.convert(mode)
    np.testing.assert_array_equal(levels, decode(encoded, kind))


def test_left_whole() -> None:
    """A picture of the size that a network takes is not averaged down, a larger one is."""
    levels = np.random.default_rng(0).integers(0, 256, (3, 2000)).astype(np.uint8)
    for grey, whole in ((levels, True), (levels[:, :-1], False)):
        stream = io.BytesIO()
        Image.fromarray(grey).save(stream, "PNG")
        seen = read_picture(stream, "picture", (3, 2000))
        assert (grey.shape if whole else (1, DECODING.longest)) == seen.shape
        assert not whole or (grey == seen).all()


def test_one_bit() -> None:
    """One bit is black or white."""
    picture = DIGIT.point(lambda grey: 255 * (grey > 127)).convert("1")
    np.testing.assert_array_equal(np.asarray(picture) * 255, decode(picture))


def test_printers_colours() -> None:
    """A JPEG of printer's inks is read as what they look like on paper."""
    assert_looks_like(DIGIT, decode(DIGIT.convert("RGB").convert("CMYK"), "JPEG"), 4)


@pytest.mark.parametrize(
    ("mode", "white"), [("I;16", 65535), ("I", 255), ("I", 65535), ("F", 1.0), ("F", 255.0)]
)
def test_ranges(mode: str, white: float) -> None:
    """Grey levels beyond eight bits are read in whichever range they lie."""
    kinds = {"I;16": np.uint16, "I": np.int32, "F": np.float32}
    levels = (np.asarray(DIGIT) * (white / 255)).astype(kinds[mode])
    assert_looks_like(DIGIT, decode(Image.fromarray(levels), "TIFF"))


def test_dim_in_sixteen_bits() -> None:
    """Levels of 16 bits are not stretched: what is dark stays dark."""
    levels = np.full((4, 5), 257 * 20, dtype=np.uint16)
    np.testing.assert_array_equal(np.full((4, 5), 20), decode(Image.fromarray(levels)))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (inked((0, 0, 0)), 255 - np.asarray(DIGIT)),
        (inked((255, 255, 255)), np.asarray(DIGIT)),
        (Image.new("RGBA", (7, 5), (9, 80, 200, 0)), np.full((5, 7), 255)),
        (DIGIT.convert("RGBA"), np.asarray(DIGIT)),
    ],
    ids=["black ink", "white ink", "nothing visible", "nothing transparent"],
)
def test_transparent_parts(picture: Image.Image, expected: Pixels) -> None:
    """Transparent parts are as light as the likelier paper."""
    assert_looks_like(np.asarray(expected), decode(picture))


def test_hidden_colours() -> None:
    """What colour transparent pixels have does not matter."""
    hidden = np.random.default_rng(0).integers(0, 256, (100, 100, 3)).astype(np.uint8)
    picture = np.dstack([hidden, np.asarray(DIGIT)])
    picture[np.asarray(DIGIT) > 0, :3] = 0
    assert_looks_like(255 - np.asarray(DIGIT), decode(Image.fromarray(picture)), 4)


def test_cut_out_paper() -> None:
    """Around visible paper that is written on, the paper goes on."""
    card = Image.eval(DIGIT, lambda grey: 230 - grey * 200 // 255).convert("RGBA")
    picture = Image.new("RGBA", (120, 120), (0, 0, 0, 0))
    picture.paste(card, (10, 10))
    grey = decode(picture)
    np.testing.assert_array_equal(230, grey[:10])
    assert_looks_like(card.convert("L"), grey[10:110, 10:110])


def test_transparent_palette() -> None:
    """A palette's transparent colour is paper, whatever it would look like."""
    picture = Image.fromarray((np.asarray(DIGIT) > 127).astype(np.uint8)).convert("P")
    picture.putpalette([200, 30, 30, 0, 0, 0])  # paper, ink
    expected = np.where(np.asarray(DIGIT) > 127, 0, 255).astype(np.uint8)
    assert_looks_like(expected, decode(picture, "GIF", transparency=0))


def test_equally_light_colours() -> None:
    """Red ink on green paper is seen, though neither is lighter."""
    picture = Image.new("RGB", DIGIT.size, GREEN)
    picture.paste(RED, mask=DIGIT)
    assert np.ptp(np.asarray(picture.convert("L"))) < 10
    grey = decode(picture).astype(float)
    correlation = np.corrcoef(grey.ravel(), np.asarray(DIGIT, dtype=float).ravel())[0, 1]
    assert abs(correlation) > 0.99
    assert 255 == np.ptp(grey)


def test_first_frame() -> None:
    """Of an animation the first frame is read."""
    others = [draw_digit(digit, size=100) for digit in (8, 9)]
    assert_looks_like(DIGIT, decode(DIGIT, "GIF", save_all=True, append_images=others))


def test_wrong_suffix(tmp_path: Path) -> None:
    """The content counts, not the name."""
    assert ".png" in SUFFIXES
    DIGIT.save(tmp_path / "digit.png", "JPEG")
    assert_looks_like(DIGIT, read_picture(tmp_path / "digit.png", "p"))


@pytest.mark.parametrize(
    ("orientation", "undo"),
    [
        (2, Image.Transpose.FLIP_LEFT_RIGHT),
        (3, Image.Transpose.ROTATE_180),
        (6, Image.Transpose.ROTATE_90),
        (8, Image.Transpose.ROTATE_270),
    ],
)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_upright(kind: str, orientation: int, undo: Image.Transpose) -> None:
    """A photo whose camera was held sideways is turned upright."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert_looks_like(DIGIT, decode(DIGIT.transpose(undo), kind, exif=exif))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large(kind: str) -> None:
    """A large picture is averaged down."""
    large = Image.fromarray(np.uint8(255 * write(2, (1500, 2000), width=120)))
    expected = large.resize((DECODING.longest, DECODING.longest * 3 // 4), Image.Resampling.BOX)
    assert_looks_like(expected, decode(large, kind))


def test_long_and_thin() -> None:
    """No side of a picture is averaged down to nothing."""
    assert (1, DECODING.longest) == decode(Image.new("L", (5000, 2))).shape


def test_other_settings() -> None:
    """Another `longest` averages down further; with `dull` at 0 lightness is always used."""
    stream = io.BytesIO()
    Image.new("RGB", (400, 200), RED).save(stream, "PNG")
    assert (50, 100) == read_picture(stream, "picture", None, DecodingSettings(longest=100)).shape
    picture = Image.new("RGB", (40, 40), RED)
    picture.paste(GREEN, (10, 10, 30, 30))
    assert np.ptp(decode(picture)) > 100
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    light_only = DecodingSettings(colours=ColourSettings(dull=0))
    assert np.ptp(read_picture(stream, "picture", None, light_only)) < 5
