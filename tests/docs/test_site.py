"""The site that MkDocs makes of the documentation."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config

from tests.support.browser import DESK, PHONE, Scheme, Watched

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of the libraries that make the site
]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, made with every warning an error."""
    folder = tmp_path_factory.mktemp("site")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


class Links(HTMLParser):
    """What a page refers to, and the places in it that others can refer to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.targets, self.loaded, self.places = set[str](), set[str](), set[str]()
        self.feed(page.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the addresses and the names of an element."""
        values = dict(attrs)
        self.places |= {str(values[key]) for key in ("id", "name") if values.get(key)}
        if tag == "a" and (target := values.get("href")):
            self.targets.add(target)
        address = values.get("src") or (values.get("href") if tag == "link" else None)
        if address and values.get("rel") != "canonical":
            self.loaded.add(address)


def pages(site: Path) -> Iterator[tuple[Path, Links]]:
    """Yield each page of the site."""
    for page in sorted(site.rglob("*.html")):
        if page.name != "404.html":  # its addresses begin at the root of a server
            yield page, Links(page)


def test_links(site: Path) -> None:
    """Every link within the site leads to a page, a file or a heading that is there."""
    places = {page: links.places for page, links in pages(site)}
    for page, links in pages(site):
        for target in links.targets | links.loaded:
            parts = urlsplit(target)
            if parts.scheme:
                continue
            file = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert file.is_file(), f"{page.relative_to(site)}: {target}"
            if parts.fragment and file in places:
                known = places[file] | {"__skip", "__drawer"}
                assert unquote(parts.fragment) in known, f"{page.relative_to(site)}: {target}"


def test_nothing_is_fetched(site: Path) -> None:
    """No page loads anything from anywhere else."""
    for page, links in pages(site):
        for address in links.loaded:
            assert urlsplit(address).scheme in {"", "data"}, f"{page.relative_to(site)}: {address}"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_in_a_browser(browser: Browser, site: Path, size: tuple[int, int], scheme: Scheme) -> None:
    """As a file on a desk and a phone, each page fits, asks for nothing and has nothing to say."""
    for page, _ in pages(site):
        watched = Watched(browser, page, size, scheme)
        try:
            width = watched.page.evaluate("document.documentElement.scrollWidth")
            assert width <= size[0], f"{page.relative_to(site)}: {width} pixels wide"
            assert [] == watched.messages, page.relative_to(site)
            assert all(each.startswith(("file:", "data:", "blob:")) for each in watched.requests)
        finally:
            watched.close()


def test_search(browser: Browser, site: Path) -> None:
    """The search finds a page, in pages that are opened as files."""
    watched = Watched(browser, site / "index.html", DESK)
    try:
        watched.page.locator("input[name=query]").click()
        watched.page.keyboard.type("Jacobian")
        watched.page.locator(".md-search-result__link[href*='how/softmax.html']").first.wait_for()
        assert [] == watched.messages
    finally:
        watched.close()
