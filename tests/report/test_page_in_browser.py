"""The page about an evaluation, opened in Chromium, wide and narrow, light and dark."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from playwright.sync_api import Browser

from mlpcli.cli.main import cli
from tests.support.browser import DESK, PHONE, Scheme, Watched, contrast, luminance

pytestmark = pytest.mark.slow


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
    assert contrast(paper, ink) >= 7
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
