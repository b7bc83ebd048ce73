"""The page for weights of strangers: hostile names, many classes, large images."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from mlpcli.inference.bundled import BUNDLED
from tests.conftest import Mlp
from tests.support.checkpoints import altered
from tests.support.drawing import (
    DESK,
    PHONE,
    answer,
    draw_digit,
    draw_stroke,
    opened,
    wait_for_panels,
    write_page,
)

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '" onclick="alert(1)',
    "x" * 100,
    "many words " * 9,
    "\u05d0\u05d1\u05d2 right to left \u0661",
    "&lt;b&gt;",
    "{{title}}",
    "constructor",
    "<!--",
]


def is_harmless(page: Page) -> bool:
    """Tell whether no element came from a name, and nothing is wider than the window."""
    foreign = page.locator("img, script:not([type]), b, [onclick], [onerror]").count()
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return foreign == 0 and overflow <= 0


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_hostile_names(browser: Browser, tmp_path: Path, size: tuple[int, int]) -> None:
    """Names of classes are shown as the text that they are, everywhere, and fit their places."""
    weights = altered(BUNDLED, tmp_path / "w.npz", {"path": HOSTILE[1]}, classes=HOSTILE)
    file = write_page(tmp_path / "page.html", weights)
    with opened(browser, file, size) as page:
        dialogs: list[str] = []
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
        draw_digit(page, 0)
        assert HOSTILE[0] == answer(page)
        draw_digit(page, 1)
        page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
        page.get_by_role("button", name="Show the mathematics").click()
        wait_for_panels(page)
        assert is_harmless(page)
        assert HOSTILE == page.locator("#bars tbody tr:not(.none) th").all_text_contents()
        assert [] == dialogs


@pytest.fixture
def large(mlp: Mlp, tmp_path: Path) -> Path:
    """Weights of a network for 62 classes of images of 200×300 pixels, which are noise."""
    generator = np.random.default_rng(0)
    labels = np.arange(124).reshape(2, 62) % 62
    images = generator.integers(0, 256, (2, 62, 200, 300)).astype(np.uint8)
    arrays = {"x_train": images[0], "y_train": labels[0], "x_test": images[1], "y_test": labels[1]}
    names = np.array([f"class number {number}" for number in range(62)])
    np.savez(tmp_path / "large.npz", class_names=names, **arrays)
    Path("large.yaml").write_text(
        "data: {path: large.npz, validation: 10}\nmodel: {layers: [60000, 8, 62]}\n"
        "training: {epochs: 1}\n"
    )
    result = mlp("train", "--config", "large.yaml", "--out", "large")
    assert 0 == result.exit_code, result.output
    return tmp_path / "large/best.npz"


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_many_classes_and_large_images(
    browser: Browser, tmp_path: Path, large: Path, size: tuple[int, int]
) -> None:
    """The ten likeliest of 62 classes are shown, and a page for 60,000 inputs is read as well."""
    file = write_page(tmp_path / "page.html", large)
    with opened(browser, file, size) as page:
        draw_stroke(page, [(60, 60), (220, 220)])
        assert answer(page).startswith("class number ")
        rows = page.locator("#bars tbody tr:visible").all_inner_texts()
        assert 10 == len(rows)
        assert [300, 200] == page.evaluate(
            "[document.getElementById('seen').width, document.getElementById('seen').height]"
        )
        assert "are only resized, to 200×300 pixels" in page.inner_text("body")
        wait_for_panels(page)
        assert is_harmless(page)


def test_chalk(browser: Browser, tmp_path: Path, large: Path) -> None:
    """Where nothing tells dark ink from light, people choose; light on dark is the usual form."""
    file = write_page(tmp_path / "page.html", large)
    corner = "document.getElementById('seen').getContext('2d').getImageData(0, 0, 1, 1).data[0]"
    for chalk, level in ((True, 0), (False, 255)):
        with opened(browser, file) as page:
            assert page.is_checked("#chalk")
            page.set_checked("#chalk", chalk)
            draw_stroke(page, [(60, 60), (220, 220)])
            assert level == page.evaluate(corner)
