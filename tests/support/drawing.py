"""Drawing on the page that a network is exported to, as a person does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlpcli.export.exported import Exported
from mlpcli.export.page.examples import find_examples
from mlpcli.export.page.writing import page_html
from mlpcli.inference.loading import open_weights
from tests.support.browser import Scheme, Watched
from tests.support.pens import DIGITS, Stroke

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser, Page

DESK, PHONE = (1280, 800), (390, 844)
SIDE = 280  # of the drawing surface, in its own pixels


def write_page(file: Path, *weights: Path) -> Path:
    """Write the page for some weights."""
    classifier, checkpoints = open_weights(weights, print)
    examples = find_examples(classifier, None, print)
    file.write_text(page_html(Exported.of(classifier, checkpoints), checkpoints, examples), "utf-8")
    return file


@contextmanager
def opened(
    browser: Browser, file: Path, size: tuple[int, int] = DESK, scheme: Scheme = "light"
) -> Iterator[Page]:
    """Open a page, and check afterwards that it had nothing to say and asked for nothing."""
    watched = Watched(browser, file, size, scheme)
    try:
        watched.page.wait_for_selector("body.ready")
        yield watched.page
        assert [] == watched.messages
        assert [file.as_uri()] == watched.requests
    finally:
        watched.close()


def draw_stroke(page: Page, points: Sequence[tuple[float, float]]) -> None:
    """Draw a stroke with the mouse, through points of the drawing surface."""
    (first, *others) = [on_screen(page, point) for point in points]
    page.mouse.move(*first)
    page.mouse.down()
    for point in others:
        page.mouse.move(*point)
    page.mouse.up()
    settle(page)


def draw_digit(page: Page, digit: int) -> None:
    """Draw a digit with the mouse, in the middle of the drawing surface."""
    for stroke in strokes_of(digit):
        draw_stroke(page, stroke)


def strokes_of(digit: int) -> list[Stroke]:
    """Return the strokes of a digit, in pixels of the drawing surface."""
    return [[(70 + 170 * x, 50 + 170 * y) for x, y in stroke] for stroke in DIGITS[digit]]


def settle(page: Page) -> None:
    """Wait until what happened is drawn and read."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 20)))")


def wait_for_panels(page: Page) -> None:
    """Wait until the panels that are not on the screen are up to date as well."""
    page.wait_for_timeout(500)


def answer(page: Page) -> str:
    """Return the answer that the page shows."""
    return page.inner_text("#label")


def shares(page: Page, table: str = "bars") -> dict[str, float]:
    """Return the share of each bar that is shown, in per cent."""
    rows = page.locator(f"#{table} tbody tr:visible").all_inner_texts()
    parts = [row.split() for row in rows]
    return {first: float(rest[-2].replace("–", "nan")) for first, *rest in parts}


def surface(page: Page) -> str:
    """Return the drawing surface as the data URL of a PNG."""
    return str(page.evaluate("document.getElementById('surface').toDataURL()"))


def on_screen(page: Page, point: tuple[float, float]) -> tuple[float, float]:
    """Return where a point of the drawing surface is in the window, in pixels."""
    box = page.locator("#surface").bounding_box()
    assert box, "the drawing surface is on the page"
    scale = box["width"] / SIDE
    return box["x"] + scale * point[0], box["y"] + scale * point[1]
