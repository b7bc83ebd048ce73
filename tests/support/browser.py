"""Pages and JavaScript modules opened in Chromium.

The fixture `browser` is in `tests/conftest.py`; it skips where `chromium` is not installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import mlpcli.export.page

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser, ConsoleMessage, Page, Request, Route

Scheme = Literal["dark", "light"]
DESK, PHONE = (1280, 900), (375, 800)

PAGE = Path(mlpcli.export.page.__file__).parent
ORIGIN = "http://page.test"
EMPTY = '<!doctype html><html lang="en"><title>test</title><body></body></html>'
_KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium, without a window, until the block ends."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # most tests need no browser

    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # it has none for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=sandbox)
        yield browser
        browser.close()


class Watched:
    """A page that is open, and what the browser had to say and wanted to have.

    Args:
        browser: to open it in.
        file: of the page; or its text, for a page whose modules are those of `mlpcli/export/page/`,
            served as `/script/….js` from the page's own origin.
        size: width and height of the window, in CSS pixels.
        scheme: of the colours.

    Attributes:
        page: to act on.
        messages: what was written to the console, and errors that nothing caught.
        requests: addresses other than `data:`, the page's own one first.
    """

    def __init__(
        self,
        browser: Browser,
        file: Path | str = EMPTY,
        size: tuple[int, int] = DESK,
        scheme: Scheme = "light",
    ) -> None:
        self.messages: list[str] = []
        self.requests: list[str] = []
        width, height = size
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.messages.append(str(error)))
        self.page.on("request", self._see)
        if isinstance(file, Path):
            self.page.goto(file.as_uri())
        else:
            self._text = file
            self.page.route("**/*", self._serve)
            self.page.goto(f"{ORIGIN}/")

    def run(self, code: str, argument: Any = None) -> Any:
        """Run statements with `load(name)`, which returns a module of `script/`, and `argument`.

        The code may `await`, and `return`s something that JSON can hold. For example
        `const { softmax } = await load("network.js"); return [...softmax([0, 1], 1)]`.
        """
        load = f'(name) => import("{ORIGIN}/script/" + name)'
        return self.page.evaluate(
            f"async (argument) => {{ const load = {load}; {code} }}", argument
        )

    def close(self) -> None:
        """Close the page."""
        self.page.close()

    def _hear(self, message: ConsoleMessage) -> None:
        self.messages.append(message.text)

    def _see(self, request: Request) -> None:
        if not request.url.startswith("data:"):
            self.requests.append(request.url)

    def _serve(self, route: Route) -> None:
        """Answer with the page's text, or with a file of the page's folder."""
        path = route.request.url.removeprefix(f"{ORIGIN}/")
        file = PAGE / path
        if not path:
            route.fulfill(body=self._text, content_type="text/html; charset=utf-8")
        elif file.suffix in _KINDS and file.is_file() and PAGE in file.resolve().parents:
            route.fulfill(body=file.read_bytes(), content_type=_KINDS[file.suffix])
        else:
            route.abort()


def luminance(colour: str) -> float:
    """Return the relative luminance of `rgb(r, g, b)`, as WCAG 2 defines it."""
    parts = [int(part) / 255 for part in colour[4:-1].split(",")]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours, `rgb(r, g, b)`, as WCAG 2 defines it, from 1."""
    bright, dim = sorted(map(luminance, (one, other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
