"""The page, drawn on in Chromium with mouse, finger, pen and keyboard."""

from __future__ import annotations

import base64
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import ExifTags, Image

from mlpcli.inference.loading import load
from tests.support.browser import Scheme
from tests.support.drawing import (
    DESK,
    PHONE,
    answer,
    draw_digit,
    draw_stroke,
    on_screen,
    opened,
    settle,
    shares,
    strokes_of,
    surface,
    wait_for_panels,
)
from tests.support.pens import write

if TYPE_CHECKING:  # most tests need no browser
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawing_with_the_mouse(
    browser: Browser, file: Path, size: tuple[int, int], scheme: Scheme
) -> None:
    """A digit is read as it grows, in any window, without a request or a message."""
    with opened(browser, file, size, scheme) as page:
        assert "–" == answer(page)
        draw_digit(page, 5)
        assert "5" == answer(page)
        assert max(shares(page).values()) == shares(page)["5"] > 90


@pytest.mark.parametrize("digit", [0, 1, 2, 4, 5, 7, 8])
def test_page_reads_as_predict_reads_the_saved_drawing(
    browser: Browser, file: Path, tmp_path: Path, digit: int
) -> None:
    """The PNG that Save writes gets the same answer, probability and image from `mlp predict`."""
    with opened(browser, file) as page:
        draw_digit(page, digit)
        with page.expect_download() as download:
            page.click("#save")
        download.value.save_as(tmp_path / "drawing.png")
        reading = load("bundled").predict(tmp_path / "drawing.png")
        assert reading.name == answer(page)
        for name, share in zip("0123456789", reading.probabilities, strict=True):
            assert pytest.approx(100 * float(share), abs=0.51) == shares(page)[name]
        assert "drawing.png" == download.value.suggested_filename


def test_answer_is_seen_while_drawing_on_a_phone(browser: Browser, file: Path) -> None:
    """On a phone the drawing surface, the answer, all bars and a warning fit on the screen."""
    with opened(browser, file, PHONE) as page:
        draw_stroke(page, [(100, 140), (180, 140)])
        assert page.inner_text("#warnings")
        for name in ("#surface", "#undo", "#label", "#seen", "#bars", "#warnings li"):
            box = page.locator(name).first.bounding_box()
            assert box
            assert 0 <= box["y"] <= box["y"] + box["height"] <= PHONE[1]
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_what_is_no_digit(browser: Browser, file: Path) -> None:
    """A scribble is called no digit, apart from the digits, whose probabilities add up to 100 %."""
    points = np.random.default_rng(5).uniform(40, 240, (25, 2))
    with opened(browser, file) as page:
        draw_digit(page, 5)
        assert not page.is_visible("#doubt")
        page.click("#clear")
        draw_stroke(page, [(x, y) for x, y in points])
        assert "no digit?" == page.inner_text("#doubt")
        assert answer(page) in "0123456789"
        assert page.inner_text("#sureness").endswith("% if it is one")
        assert pytest.approx(100, abs=2) == sum(shares(page).values())
        name, share, note = page.inner_text("#shares .none").split("\n")
        assert "no digit" == name
        assert 90 < float(share.removesuffix("\u00a0%")) <= 100
        assert "The digits alone add up to 100\u00a0%." == note
        page.locator("#speech", has_text="Likeliest is").wait_for(state="attached")


def test_undo_and_redo(browser: Browser, file: Path) -> None:
    """Undo gives back the surface pixel by pixel, also after clearing, and redo does it again."""
    with opened(browser, file) as page:
        states = [surface(page)]
        for stroke in strokes_of(4):
            draw_stroke(page, stroke)
            states.append(surface(page))
        page.click("#clear")
        settle(page)
        assert states[0] == surface(page)
        for state in (states[2], states[1], states[0]):
            page.click("#undo")
            settle(page)
            assert state == surface(page)
        assert "true" == page.get_attribute("#undo", "aria-disabled")
        page.keyboard.press("Control+Shift+Z")
        page.keyboard.press("Control+Y")
        settle(page)
        assert states[2] == surface(page)
        page.keyboard.press("Control+Z")
        settle(page)
        assert states[1] == surface(page)


def test_thickness(browser: Browser, file: Path) -> None:
    """The slider makes the next strokes thicker, and leaves those that are there."""
    with opened(browser, file) as page:
        ink = [0.0]
        for width, y in (("8", 70), ("40", 200)):
            page.locator("#pen-width").fill(width)
            draw_stroke(page, [(60, y), (220, y)])
            ink.append(amount_of_ink(page))
        assert 4 < (ink[2] - ink[1]) / ink[1] < 6


def test_drawing_with_a_finger(browser: Browser, file: Path) -> None:
    """A finger draws, and does not scroll the page."""
    with opened(browser, file, PHONE) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        box: Any = page.locator("#surface").bounding_box()
        for stroke in strokes_of(7):
            points = [
                {"x": box["x"] + x * box["width"] / 280, "y": box["y"] + y * box["width"] / 280}
                for x, y in stroke
            ]
            send = touch_sender(session)
            send("touchStart", points[:1])
            for point in points[1:]:
                send("touchMove", [point])
            send("touchEnd", [])
        settle(page)
        assert "7" == answer(page)
        assert 0 == page.evaluate("scrollY")


def touch_sender(session: Any) -> Callable[[str, list[dict[str, float]]], None]:
    """Return a function that sends an event of a finger."""
    return lambda kind, points: session.send(
        "Input.dispatchTouchEvent", {"type": kind, "touchPoints": points}
    )


def test_pressure_of_a_pen(browser: Browser, file: Path) -> None:
    """A pen that is pressed harder draws a wider stroke."""
    with opened(browser, file) as page:
        session = page.context.new_cdp_session(page)
        box: Any = page.locator("#surface").bounding_box()
        amounts = []
        for force in (0.1, 0.9):
            page.keyboard.press("Control+Z")
            for kind, x in (
                ("mousePressed", 60),
                *(("mouseMoved", x) for x in range(70, 220, 10)),
                ("mouseReleased", 220),
            ):
                event = {"type": kind, "x": box["x"] + x, "y": box["y"] + 100, "force": force}
                pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
                session.send("Input.dispatchMouseEvent", event | pen)
            settle(page)
            amounts.append(amount_of_ink(page))
        assert amounts[1] > 2 * amounts[0]


def test_pen_takes_over_from_the_palm(browser: Browser, file: Path) -> None:
    """What the palm of the hand drew before the pen touched the surface is no stroke."""
    with opened(browser, file) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setTouchEmulationEnabled", {"enabled": True})
        box: Any = page.locator("#surface").bounding_box()
        palm = {"x": box["x"] + 250, "y": box["y"] + 250}
        send = touch_sender(session)
        send("touchStart", [palm])
        send("touchMove", [palm | {"x": palm["x"] + 40}])
        for kind in ("mousePressed", "mouseReleased"):
            event = {"type": kind, "x": box["x"] + 60, "y": box["y"] + 60, "force": 0.5}
            pen = {"pointerType": "pen", "button": "left", "buttons": 1, "clickCount": 1}
            session.send("Input.dispatchMouseEvent", event | pen)
        send("touchEnd", [])
        settle(page)
        assert 11**2 * 3 < amount_of_ink(page) < 11**2 * 3.3  # a dot of the pen's width, 22 pixels


def amount_of_ink(page: Page) -> float:
    """Return how much of the surface is black."""
    picture = Image.open(BytesIO(base64.b64decode(surface(page).partition(",")[2])))
    return sum(255 - level for level in picture.convert("L").tobytes()) / 255


def test_drawing_with_the_keyboard(browser: Browser, file: Path) -> None:
    """Arrows move the pen, space puts it down and lifts it, Delete clears; a reader is told."""
    with opened(browser, file) as page:
        page.keyboard.press("Tab")
        assert "surface" == page.evaluate("document.activeElement.id")
        assert page.is_visible("#pen")
        page.keyboard.press("ArrowUp")
        assert "–" == answer(page)
        page.keyboard.press("Space")
        for _ in range(16):
            page.keyboard.press("ArrowDown")
        page.keyboard.press("Space")
        settle(page)
        assert "1" == answer(page)
        page.locator("#speech", has_text="Read as 1").wait_for(state="attached")
        page.keyboard.press("Delete")
        settle(page)
        assert "–" == answer(page)


def test_answer_is_said_after_a_pause(browser: Browser, file: Path) -> None:
    """A screen reader hears one answer for a digit, not one for each of its segments."""
    with opened(browser, file) as page:
        page.evaluate(
            "() => { window.said = []; new MutationObserver(() => window.said.push("
            "document.getElementById('speech').textContent)).observe("
            "document.getElementById('speech'), { childList: true }); }"
        )
        draw_digit(page, 2)
        page.wait_for_timeout(1500)
        (said,) = [text for text in page.evaluate("window.said") if text]
        assert said.startswith("Read as 2, ")


def picture_of(digit: int) -> bytes:
    """Return a PNG of light ink on a dark ground, in colours, larger than the surface."""
    ink = write(digit, (500, 700))
    colours = np.stack([40 + 200 * ink, 60 + 150 * ink, 90 + 100 * ink], axis=2)
    stream = BytesIO()
    Image.fromarray(colours.astype(np.uint8)).save(stream, format="PNG")
    return stream.getvalue()


def transparent_picture(file: Path) -> None:
    """Write a PNG of black ink on nothing at all."""
    ink = (255 * write(5, (300, 300))).astype(np.uint8)
    black = np.zeros_like(ink)
    Image.fromarray(np.stack([black, black, black, ink], axis=2)).save(file)


def photo_on_its_side(file: Path) -> None:
    """Write a large JPEG that its EXIF data says to turn, as phones do."""
    light = (220 - 180 * write(7, (1500, 2000), width=40)).astype(np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = Image.fromarray(light).transpose(Image.Transpose.ROTATE_90)
    turned.save(file, format="JPEG", exif=exif, quality=90)


@pytest.mark.parametrize(("make", "digit"), [(transparent_picture, "5"), (photo_on_its_side, "7")])
def test_pictures_of_other_kinds(
    browser: Browser, file: Path, tmp_path: Path, make: Callable[[Path], None], digit: str
) -> None:
    """What shows through, and which way is up, is understood as `mlp predict` understands it."""
    make(tmp_path / "picture.png")
    reading = load("bundled").predict(tmp_path / "picture.png")
    with opened(browser, file) as page:
        page.set_input_files("#open input", tmp_path / "picture.png")
        page.locator("#label", has_text=reading.name).wait_for()
        share = 100 * float(reading.probability)
        assert pytest.approx(share, abs=0.51) == shares(page)[reading.name]
        assert digit == reading.name


def test_without_scripts(browser: Browser, file: Path) -> None:
    """Where JavaScript is turned off, a sentence says that it is needed."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert "it needs JavaScript, which is turned off" in page.inner_text("header")
    context.close()


GIVE = """async ([kind, text, type]) => {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "picture", { type }));
  const event = kind === "paste"
    ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true })
    : new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true });
  document.body.dispatchEvent(event);
}"""


@pytest.mark.parametrize("way", ["open", "drop", "paste"])
def test_pictures(browser: Browser, file: Path, tmp_path: Path, way: str) -> None:
    """A picture that is opened, dropped or pasted is read as `mlp predict` reads it."""
    (tmp_path / "picture.png").write_bytes(picture_of(2))
    reading = load("bundled").predict(tmp_path / "picture.png")
    with opened(browser, file) as page:
        if way == "open":
            page.set_input_files("#open input", tmp_path / "picture.png")
        else:
            text = base64.b64encode(picture_of(2)).decode()
            page.evaluate(GIVE, [way, text, "image/png"])
        page.locator("#label", has_text="2").wait_for()
        assert "2" == reading.name == answer(page)
        share = 100 * float(reading.probability)
        assert pytest.approx(share, abs=0.51) == shares(page)["2"]
        draw_digit(page, 7)  # on a new surface
        assert "7" == answer(page)
        page.keyboard.press("Control+Z")
        settle(page)
        assert "2" == answer(page)


def test_picture_that_the_browser_cannot_show(browser: Browser, file: Path, tmp_path: Path) -> None:
    """A sentence says so, and the drawing stays."""
    photo = tmp_path / "photo.heic"
    photo.write_bytes(b"\0\0\0\x18ftypheic and nothing that a browser reads")
    with opened(browser, file) as page:
        draw_digit(page, 1)
        page.set_input_files("#open input", photo)
        page.locator("#complaint", has_text="browser").wait_for()
        assert (
            "photo.heic is not a picture that this browser can open; save it as JPEG or PNG and "
            "open that." == page.inner_text("#complaint")
        )
        assert "1" == answer(page)
        draw_stroke(page, [(60, 60), (60, 70)])
        assert "" == page.inner_text("#complaint")


def test_complaint_on_a_phone(browser: Browser, file: Path, tmp_path: Path) -> None:
    """A file that is no picture moves nothing, and the sentence about it covers no drawing."""
    (tmp_path / "weights.npz").write_bytes(b"no picture")
    with opened(browser, file, PHONE) as page:
        draw_stroke(page, [(100, 140), (180, 140)])
        before = page.locator("#warnings").bounding_box()
        page.set_input_files("#open input", tmp_path / "weights.npz")
        page.locator("#complaint", has_text="browser").wait_for()
        assert before == page.locator("#warnings").bounding_box()
        complaint, board = (
            page.locator(f"#{name}").bounding_box() for name in ("complaint", "surface")
        )
        assert complaint
        assert board
        assert 0 == complaint["y"] < complaint["height"] <= board["y"] + 10


def test_network_is_named_on_a_phone(browser: Browser, file: Path) -> None:
    """What the network is stands once on the page, on a phone at its foot."""
    for size, place in ((DESK, "header"), (PHONE, "footer")):
        with opened(browser, file, size) as page:
            (text,) = page.locator("p:visible", has_text="units, trained on").all_inner_texts()
            assert text == page.inner_text(f"{place} p:visible >> nth=0")
            assert "trained on MNIST and digits that the program draws, reads it" in text


def test_examples(browser: Browser, file: Path) -> None:
    """An example is put on the surface, read as its class, and can be drawn on."""
    with opened(browser, file) as page:
        assert 20 == page.locator("#examples-list button").count()
        page.get_by_role("button", name="Start from an example of 3").first.click()
        settle(page)
        assert "3" == answer(page)
        before = amount_of_ink(page)
        draw_stroke(page, [(60, 100), (60, 200)])
        assert before < amount_of_ink(page)


def test_steps(browser: Browser, file: Path) -> None:
    """The steps from the drawing to the input are shown when they are asked for."""
    with opened(browser, file) as page:
        draw_digit(page, 4)
        wait_for_panels(page)
        assert 0 == page.locator("#steps li").count()
        page.click("text=Show each step")
        page.wait_for_selector("#steps li")
        found = [each.split("\n") for each in page.locator("#steps figcaption").all_inner_texts()]
        assert ["1. as it was drawn or opened", "picture"] == found[0]
        assert ["2. light ink on dark paper", "polarity"] == found[1]
        assert "in a box of 20×20" in " ".join(text for text, _ in found)
        assert ["10. centred by its mass", "centre"] == found[-1]


def test_times_are_measured(browser: Browser, file: Path) -> None:
    """Each answer is an entry `answer` of the browser's own measurements."""
    with opened(browser, file) as page:
        draw_digit(page, 0)
        times = page.evaluate("performance.getEntriesByName('answer').map((each) => each.duration)")
        assert 3 <= len(times)
        assert 0 < min(times)


MOVES = """(points) => points.forEach(([clientX, clientY]) => {
    const move = new PointerEvent("pointermove", { pointerId: 1, clientX, clientY });
    document.getElementById("surface").dispatchEvent(move);
})"""


def test_slow_device(browser: Browser, file: Path) -> None:
    """Where reading takes several frames, some are left out, but not the last one."""
    with opened(browser, file) as page:
        session = page.context.new_cdp_session(page)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 10})
        for stroke in strokes_of(5):
            first, *rest = [on_screen(page, point) for point in stroke]
            page.mouse.move(*first)
            page.mouse.down()
            page.evaluate(MOVES, rest)  # at once, however busy this machine is
            page.mouse.move(*rest[-1])
            page.mouse.up()
        page.locator("#label", has_text="5").wait_for()
        answers = page.evaluate("performance.getEntriesByName('answer').length")
        session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
        wait_for_panels(page)
        assert 1 < answers < sum(map(len, strokes_of(5))) / 2
        assert "5" == answer(page)


def test_print(browser: Browser, file: Path) -> None:
    """The sheet shows drawing and answer, and none of the tools."""
    with opened(browser, file) as page:
        draw_digit(page, 8)
        page.emulate_media(media="print")
        assert page.is_visible("#surface")
        assert page.is_visible("#bars")
        for hidden in ("#undo", "#pen-width", "#examples", "#what-if"):
            assert not page.is_visible(hidden)
        assert page.pdf(format="A4").startswith(b"%PDF")


def test_without_motion(browser: Browser, file: Path) -> None:
    """Who wants no motion sees bars that jump, and colours that are forced show which is best."""
    with opened(browser, file) as page:
        draw_digit(page, 1)
        style = "getComputedStyle(document.querySelector('.best .bar'))"
        page.emulate_media(reduced_motion="reduce", forced_colors="active")
        assert "0s" == page.evaluate(f"{style}.transitionDuration")
        assert page.evaluate(f"{style}.backgroundColor") != page.evaluate(
            "getComputedStyle(document.querySelector('#bars tr:not(.best) .bar')).backgroundColor"
        )
