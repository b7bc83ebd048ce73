"""Make the pictures of the page of `mlp draw` and of the report: docs/pictures/.

    python -m benchmarks.screenshots

They are taken in Chromium. All digits in them are drawn by the program: the network is that of the
configuration `quickstart`, or the one that comes with the program.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
import numpy as np
from PIL import Image

from benchmarks.drawn_in_browser import write_with_mouse
from mlpcli.inference.bundled import BUNDLED
from tests.pictures.strokes import write_digit
from tests.support.browser import Watched, chromium
from tests.support.drawing import wait_for_panels, write_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser

DRAWING, REPORT = (1280, 800), (900, 800)
DIGIT, SEED = 5, 3
PANELS = {"draw-contributions": "#contributions", "draw-mathematics": "#mathematics"}
SECTIONS = {
    f"report-{name}": f"#{name}" for name in ("confusion", "mistakes", "reliability", "weights")
}
TALLEST = 900  # of a picture, in pixels
COLOURS = 256  # of a picture, which keep it small


@click.command()
@click.argument("folder", default="docs/pictures", type=click.Path(path_type=Path))
def main(folder: Path) -> None:
    """Take all pictures."""
    total = 0
    with TemporaryDirectory() as work, chromium() as browser:
        for taken in (drawing_pictures(browser, Path(work)), report_pictures(browser, Path(work))):
            for name, content in taken:
                file = folder / f"{name}.png"
                save(content, file)
                total += file.stat().st_size
                click.echo(f"{file}: {file.stat().st_size:,} bytes")
    click.echo(f"together: {total:,} bytes")


def drawing_pictures(browser: Browser, work: Path) -> Iterator[tuple[str, bytes]]:
    """Draw a digit on the page, and yield the names and pictures of the page and its panels."""
    watched = Watched(browser, write_page(work / "page.html", BUNDLED), DRAWING)
    watched.page.wait_for_selector("body.ready")
    write_with_mouse(watched.page, write_digit(DIGIT, np.random.default_rng(SEED)), 0.6)
    wait_for_panels(watched.page)
    yield "draw", watched.page.screenshot()
    watched.page.get_by_role("button", name="Show the mathematics").click()
    wait_for_panels(watched.page)
    for name, section in PANELS.items():
        yield name, watched.page.locator(section).screenshot()


def report_pictures(browser: Browser, work: Path) -> Iterator[tuple[str, bytes]]:
    """Train a network, write its report, and yield the names and pictures of its sections."""
    for command in (
        ["train", "quickstart", "--quiet"],
        ["evaluate", "--weights", "runs/quickstart", "--report", "report.html"],
    ):
        run = [sys.executable, "-m", "mlpcli", *command]
        subprocess.run(run, cwd=work, check=True, capture_output=True)
    watched = Watched(browser, work / "report.html", REPORT)
    yield "report", watched.page.screenshot()
    for name, section in SECTIONS.items():
        yield name, watched.page.locator(section).screenshot()


def save(content: bytes, file: Path) -> None:
    """Write a picture with few colours, and no more than its upper part."""
    picture = Image.open(BytesIO(content)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST)))
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)


if __name__ == "__main__":
    main()
