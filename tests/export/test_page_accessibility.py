"""The page as axe-core sees it: no serious violation of what people with impairments need."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.browser import Scheme
from tests.support.drawing import (
    DESK,
    PHONE,
    draw_digit,
    draw_stroke,
    opened,
    wait_for_panels,
)

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed; npm install --no-package-lock in tests/export/")
    return AXE.read_text("utf-8")


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_serious_violation(
    browser: Browser, file: Path, axe: str, size: tuple[int, int], scheme: Scheme
) -> None:
    """Nothing is wrong when it opens, with everything unfolded, or with what is no digit."""
    with opened(browser, file, size, scheme) as page:
        page.evaluate(axe)
        violations = page.evaluate("axe.run()")["violations"]
        draw_digit(page, 5)
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        page.get_by_role("button", name="Show the mathematics").click()
        wait_for_panels(page)
        violations += page.evaluate("axe.run()")["violations"]
        page.click("#clear")
        draw_stroke(page, [(x, y) for x in (50, 110, 170, 230) for y in (60, 220, 140)])
        assert page.is_visible("#doubt")
        violations += page.evaluate("axe.run()")["violations"]
        found = [(each["id"], each["nodes"][0]["html"]) for each in violations]
        assert [] == found


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_targets_are_large_enough(browser: Browser, file: Path, size: tuple[int, int]) -> None:
    """Everything that is clicked is at least 24 pixels high and wide (WCAG 2.2, 2.5.8)."""
    with opened(browser, file, size) as page:
        draw_digit(page, 1)
        for each in page.locator("button:visible, .file:visible, input[type=range]:visible").all():
            box = each.bounding_box()
            assert box
            assert min(box["width"], box["height"]) >= 24


def test_everything_is_reached_by_the_keyboard(browser: Browser, file: Path) -> None:
    """Tab leads to each control once, in the order of the page."""
    with opened(browser, file) as page:
        reached = []
        while True:
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.id"))
            if page.evaluate("document.activeElement === document.body") or len(reached) > 80:
                break
        assert ["surface", "undo", "redo", "clear", "save", "pen-width"] == reached[:6]
        assert {"what-if-turn", "what-if-thicker", "what-if-reset"} <= {*reached}
        assert len(reached) <= 80
