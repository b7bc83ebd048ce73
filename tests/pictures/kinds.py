"""The table of all kinds of pictures: how one is drawn, the file it comes in, how many there are."""

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from tests.pictures import files, photos, screens, spoiled
from tests.pictures.files import File
from tests.pictures.paint import Order


@dataclass(frozen=True)
class Kind:
    """One kind of picture.

    Attributes:
        draw: the digit, as it looks.
        save: the file it comes in.
        count: how many there are; of each digit the same number, or nearly.
        labels: the digits there are of it.
    """

    draw: Callable[[Order], Image.Image]
    save: Callable[[Image.Image, Order], File] = files.as_png
    count: int = 20
    labels: tuple[int, ...] = tuple(range(10))


KINDS: dict[str, Kind] = {
    # drawn on a screen
    "28x28 dark on light": Kind(screens.small_dark),
    "28x28 light on dark": Kind(screens.small_light),
    "28x28 pixel pen": Kind(screens.pixel_pen),
    "12x12 to 20x20": Kind(screens.icon),
    "canvas black on white": Kind(screens.black_on_white, files.as_any),
    "canvas white on black": Kind(screens.white_on_black, files.as_any),
    "tiny in a corner": Kind(screens.corner),
    "thin pen": Kind(screens.thin_pen),
    "thick marker": Kind(screens.thick_marker),
    "tight crop": Kind(screens.tight),
    "coloured": Kind(screens.coloured),
    "gradient": Kind(screens.gradient),
    "frame": Kind(spoiled.framed),
    "arrow or specks": Kind(spoiled.littered),
    "broken strokes": Kind(spoiled.broken),
    "roof apart": Kind(spoiled.roof_apart, count=10, labels=(5,)),
    "noise": Kind(spoiled.noisy),
    # files that readers trip over
    "transparent black ink": Kind(screens.transparent_black),
    "transparent white ink": Kind(screens.transparent_white),
    "transparent all black": Kind(screens.transparent_hidden),
    "palette": Kind(screens.coloured, files.as_palette),
    "palette transparent": Kind(screens.black_on_white, files.as_transparent_palette),
    "poor JPEG": Kind(spoiled.reduced, files.as_poor_jpeg),
    "JPEG named .png": Kind(screens.black_on_white, files.as_misnamed_jpeg),
    "CMYK JPEG": Kind(screens.black_on_white, files.as_cmyk_jpeg),
    "grey in 16 bits": Kind(screens.gradient, files.as_deep_grey),
    "animated GIF": Kind(screens.black_on_white, files.as_animation),
    # on paper and boards
    "photo, lamp": Kind(photos.lamp_photo, files.as_jpeg),
    "photo, hard shadow": Kind(photos.hard_shadow_photo, files.as_jpeg),
    "photo, dusk": Kind(photos.dusk_photo, files.as_jpeg),
    "photo, turned": Kind(photos.turned_photo, files.as_turned_jpeg),
    "photo, large": Kind(photos.large_photo, files.as_jpeg, count=10),
    "photo, lines": Kind(photos.ruled_photo, files.as_jpeg),
    "squared paper": Kind(photos.squared_scan),
    "ruled paper": Kind(photos.ruled_scan),
    "scan with dark edge": Kind(photos.scan_with_edge, files.as_jpeg),
    "pencil": Kind(photos.pencil, files.as_jpeg),
    "blackboard": Kind(photos.blackboard, files.as_jpeg),
    "whiteboard": Kind(photos.whiteboard, files.as_jpeg),
}
