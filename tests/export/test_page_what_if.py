"""The sliders that change the image after it has been boxed and centred, in Chromium."""

from __future__ import annotations

import base64
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from mlpcli.utils.arrays import Array
from tests.support.drawing import (
    draw_digit,
    draw_stroke,
    opened,
    shares,
    strokes_of,
    wait_for_panels,
)

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow


def test_what_if(browser: Browser, file: Path) -> None:
    """Moving the image by a few pixels changes what is read, and Reset gives the answer back."""
    with opened(browser, file) as page:
        draw_digit(page, 7)
        wait_for_panels(page)
        assert shares(page) == shares(page, "what-if-bars")
        page.locator("#what-if-right").fill("7")
        page.locator("#what-if-turn").fill("60")
        assert "7 px" == page.inner_text("#what-if-right-value")
        assert shares(page)["7"] - shares(page, "what-if-bars")["7"] > 20
        assert page.is_visible("#what-if-marks")
        page.click("#what-if-reset")
        assert not page.is_visible("#what-if-marks")
        assert shares(page) == shares(page, "what-if-bars")
        assert page.inner_text("#what-if-answer").startswith("As it is: \u20687\u2069, ")


def test_slider_that_turns(browser: Browser, file: Path) -> None:
    """To the right is clockwise, as the text says that a screen reader reads as well."""
    with opened(browser, file) as page:
        draw_digit(page, 1)
        wait_for_panels(page)
        for turn, text, sign in (("30", "30° right", 1), ("-30", "30° left", -1), ("0", "0°", 0)):
            page.locator("#what-if-turn").fill(turn)
            assert text == page.inner_text("#what-if-turn-value")
            assert text == page.get_attribute("#what-if-turn", "aria-valuetext")
            image = levels(page, "what-if-image")
            top, bottom = (
                float(half.sum(0) @ np.arange(28) / half.sum()) for half in (image[:14], image[14:])
            )
            assert sign == round((top - bottom) / 7)


def levels(page: Page, canvas: str) -> Array:
    """Return the grey levels of a canvas of 28 × 28 pixels."""
    address = str(page.evaluate("(id) => document.getElementById(id).toDataURL()", canvas))
    picture = Image.open(BytesIO(base64.b64decode(address.partition(",")[2])))
    return np.array(picture.convert("L"), dtype=float)


def test_sliders_are_reset_for_another_drawing(browser: Browser, file: Path) -> None:
    """The sliders stay for the next stroke of a drawing, and go back to 0 for another one."""
    turn = "#what-if-turn"
    with opened(browser, file) as page:
        first, second = strokes_of(4)
        draw_stroke(page, first)
        page.locator(turn).fill("30")
        draw_stroke(page, second)
        wait_for_panels(page)
        assert "30" == page.input_value(turn)
        page.click("#clear")
        wait_for_panels(page)
        assert "0" == page.input_value(turn)
        for number in range(2):
            page.locator(turn).fill("30")
            page.locator("#examples-list button").nth(number).click()
            wait_for_panels(page)
            assert "0" == page.input_value(turn)
