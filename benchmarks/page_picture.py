"""Make the picture of `mlp draw` in the README: docs/draw.png.

    python -m benchmarks.page_picture

A digit is drawn on the page of the bundled weights in Chromium. The examples on it are drawn by the
program.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from PIL import Image

from benchmarks.drawn_in_browser import write_with_mouse
from mlpcli.inference.bundled import BUNDLED
from tests.pictures.strokes import write_digit
from tests.support.browser import Watched, chromium
from tests.support.drawing import wait_for_panels, write_page

SIZE = (1280, 800)
DIGIT, SEED = 5, 3
COLOURS = 256  # of the picture, which keep it small


@click.command()
@click.argument("file", default="docs/draw.png", type=click.Path(dir_okay=False, path_type=Path))
def main(file: Path) -> None:
    """Draw a digit and keep a picture of the page."""
    with TemporaryDirectory() as folder, chromium() as browser:
        page = write_page(Path(folder) / "page.html", BUNDLED)
        watched = Watched(browser, page, SIZE)
        watched.page.wait_for_selector("body.ready")
        write_with_mouse(watched.page, write_digit(DIGIT, np.random.default_rng(SEED)), 0.6)
        wait_for_panels(watched.page)
        content = watched.page.screenshot()
    picture = (
        Image.open(BytesIO(content)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    )
    picture.save(file, optimize=True)
    click.echo(f"{file}: {file.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
