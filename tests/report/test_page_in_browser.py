"""The page about an evaluation, opened in Chromium, wide and narrow, light and dark."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from mlpcli.cli.main import cli

Scheme = Literal["dark", "light"]
DESK, PHONE = (1280, 900), (375, 800)
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed; apt-get install chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it has none for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=["glyphs", "mnist"])
def report(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, glyph_file: Path
) -> Path:
    """The report of a training on printed digits, and of one on the real MNIST."""
    run = tmp_path_factory.mktemp("reported") / "run"
    changes = ["training.epochs=2", "training.optimizer.learning_rate=0.02"]
    if request.param == "glyphs":
        changes += [f"data.path={glyph_file}", "data.validation=100"]
    else:
        request.getfixturevalue("mnist_root")
    options = [part for change in changes for part in ("--set", change)]
    command = ["train", "--config", "mnist", *options, "--out", str(run), "--report"]
    result = CliRunner().invoke(cli, command)
    assert 0 == result.exit_code, result.output
    return run / "report.html"


class Watched:
    """A page that is open, and what the browser had to say and wanted to have."""

    def __init__(self, browser: Browser, file: Path, size: tuple[int, int], scheme: Scheme) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        width, height = size
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", self._see)
        self.page.goto(file.as_uri())

    def _hear(self, message: ConsoleMessage) -> None:
        self.messages.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)`, as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens(browser: Browser, report: Path, size: tuple[int, int], scheme: Scheme) -> None:
    """It fits the window, shows each picture, reads well in its colours, and asks for nothing."""
    watched = Watched(browser, report, size, scheme)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    pictures = page.evaluate("[...document.images].map(i => i.complete && i.naturalWidth)")
    assert len(pictures) > 20
    assert all(width >= 28 for width in pictures)
    paper, ink = page.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert (luminance(paper) > luminance(ink)) == (scheme == "light")
    bright, dim = sorted(map(luminance, (paper, ink)), reverse=True)
    assert (bright + 0.05) / (dim + 0.05) >= 7
    assert 3 == page.locator("svg").count()
    fills = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(t => getComputedStyle(t).fill)"
    )
    assert {ink} == set(fills)
    assert [report.as_uri()] == watched.requests
    assert [] == watched.messages
    page.close()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_cell_leads_to_its_pictures(browser: Browser, report: Path, size: tuple[int, int]) -> None:
    """A click on the most frequent mistake shows its pictures, and one more leads back."""
    page = Watched(browser, report, size, "light").page
    cells = page.locator(".confusion td.wrong a")
    counts = [int(text) for text in cells.all_inner_texts()]
    link = cells.nth(counts.index(max(counts)))
    target = link.get_attribute("href")
    assert target is not None
    link.click()
    assert page.url.endswith(target)
    section = page.locator(target)
    title = f"{link.get_attribute('title')}: {max(counts)}"
    assert section.locator("h3").inner_text().startswith(title)
    pictures = section.locator("img")
    assert min(max(counts), 20) == pictures.count()
    box = pictures.first.bounding_box()
    assert box is not None
    assert 0 <= box["y"] < size[1]
    section.locator("a").click()
    assert page.url.endswith("#confusion")
    page.close()


def test_print(browser: Browser, report: Path) -> None:
    """On paper it is dark on white, whatever the screen is."""
    page = Watched(browser, report, DESK, "dark").page
    page.emulate_media(media="print", color_scheme="dark")
    assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert luminance(page.evaluate("getComputedStyle(document.body).color")) < 0.05
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()


def test_size(report: Path) -> None:
    """It is smaller than 2 MB."""
    assert report.stat().st_size < 2_000_000
