"""The page of networks that see digits deslanted, or of one width."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from mlpcli.datasets import Dataset
from mlpcli.export.page.settings import view_settings
from mlpcli.export.page.writing import script
from mlpcli.images.normalization import Pixels
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from tests.export.test_page_network import CLOSE, read
from tests.support.browser import Watched
from tests.support.drawing import draw_digit, opened, wait_for_panels, write_page
from tests.support.networks import write_network
from tests.support.page_arrays import run, unpack
from tests.support.panels import open_network, packed_images, show
from tests.support.viewing import VIEWS, boxed_digits, odd_images

SEEN = """
    const { bytesOfBase64 } = await load("weights.js");
    const { seenBy } = await load("seeing.js");
    const bytes = bytesOfBase64(argument.images);
    const all = new Uint8Array(bytes.length);
    for (let n = 0; n < bytes.length; n += 784) {
      all.set(seenBy({ view: argument.view }, bytes.slice(n, n + 784)), n);
    }
    return pack({ height: bytes.length / 28, width: 28, data: all });
"""
UPRIGHT, NARROW = View(deslant=True), View(deslant=True, width=12)


def networks(folder: Path, *views: View) -> list[Path]:
    """Write a network for each view."""
    return [
        write_network(folder / f"{n}.npz", (784, 9, 10), seed=n, view=view)
        for n, view in enumerate(views)
    ]


def seen_by_page(watched: Watched, images: Pixels, view: View) -> Pixels:
    """Return what the page's JavaScript makes of images."""
    argument = {"images": packed_images(images), "view": view_settings(view)}
    seen: Pixels = unpack(run(watched, SEEN, argument)).reshape(images.shape)
    return seen


@pytest.mark.slow
@pytest.mark.parametrize("view", [*VIEWS, View(width=20)], ids=str)
def test_same_images(browser: Browser, view: View) -> None:
    """Each view of an image is that of Python to the bit."""
    noise = np.random.default_rng(0).integers(-600, 256, (200, 28, 28)).clip(0).astype(np.uint8)
    images = np.concatenate([boxed_digits(60), odd_images(), noise])
    watched = Watched(browser)
    np.testing.assert_array_equal(view.apply(images), seen_by_page(watched, images, view))
    watched.close()


@pytest.mark.slow
@pytest.mark.parametrize("view", VIEWS, ids=str)
def test_same_images_of_mnist(browser: Browser, mnist: Dataset, view: View) -> None:
    """So it is with real digits."""
    images, watched = mnist.test.images[:1000], Watched(browser)
    np.testing.assert_array_equal(view.apply(images), seen_by_page(watched, images, view))
    watched.close()


@pytest.mark.slow
def test_probabilities(browser: Browser, tmp_path: Path) -> None:
    """Networks with different views, and one without, come to the probabilities of Python."""
    paths = networks(tmp_path, NARROW, View(), View(width=16), NARROW)
    images = np.concatenate([boxed_digits(20), odd_images()])
    watched = open_network(browser, paths)
    _, found = read(watched, images)
    np.testing.assert_allclose(found, Classifier.load(paths).predict_proba(images), atol=CLOSE)
    assert [] == watched.messages
    watched.close()


@pytest.mark.slow
def test_panels(browser: Browser, tmp_path: Path) -> None:
    """The mathematics begin with the levels that the chosen network sees."""
    (image,) = boxed_digits(1, seed=9)
    watched = open_network(browser, networks(tmp_path, NARROW, View()))
    show(watched, image)
    mathematics = watched.page.locator("#mathematics")
    mathematics.get_by_role("button", name="Show the mathematics").click()
    seen = {"1: 784 → 9 → 10, deslanted, 12 pixels wide": NARROW.apply(image[None])[0]}
    seen["2: 784 → 9 → 10"] = image
    for option, levels in seen.items():
        mathematics.locator("select").select_option(label=option)
        text = mathematics.inner_text()
        assert f"{np.count_nonzero(levels)} of them with ink" in text
        assert ("deslanted, 12 pixels wide, as it did" in text) == (levels is not image)
        rows = mathematics.locator("tbody tr").all_inner_texts()
        for row in rows:
            words = row.replace(",", " ").split()
            assert int(words[4]) == levels[int(words[1]) - 1, int(words[3]) - 1]
    assert "as each network sees it" in watched.page.inner_text("#contributions")
    assert [] == watched.messages
    watched.close()


@pytest.mark.slow
def test_drawn(browser: Browser, tmp_path: Path) -> None:
    """A page shows what the network sees of a drawing, and how that comes about."""
    file = write_page(tmp_path / "page.html", *networks(tmp_path, NARROW))
    with opened(browser, file) as page:
        draw_digit(page, 7)
        page.locator("summary").click()
        wait_for_panels(page)
        steps = page.locator("#steps li").all_inner_texts()
        assert ["upright deslant", "12 pixels wide width"] == [
            " ".join(step.split()[1:]) for step in steps[-2:]
        ]
        assert "It is seen deslanted, 12 pixels wide." in page.inner_text("#from-drawing-to-input")
        code = "selector => [...document.querySelector(selector).getContext('2d')"
        code += ".getImageData(0, 0, 28, 28).data].filter((_, n) => n % 4 === 0)"
        image, upright, narrow = (
            np.array(page.evaluate(code, f"#steps li:nth-last-child({n}) canvas"), np.uint8)
            for n in (3, 2, 1)
        )
        shown = np.array(page.evaluate(code, "#seen"), np.uint8)
        drawn = image.reshape(1, 28, 28)
        np.testing.assert_array_equal(UPRIGHT.apply(drawn).ravel(), upright)
        np.testing.assert_array_equal(NARROW.apply(drawn).ravel(), narrow)
        np.testing.assert_array_equal(narrow, shown)


def test_page_of_different_views(tmp_path: Path) -> None:
    """A page of networks with different views says whose view it shows."""
    paths = networks(tmp_path, NARROW, View())
    text = write_page(tmp_path / "both.html", *paths).read_text("utf-8")
    assert "what the first network sees," in text
    assert "Each network then sees it in its own way." in text
    assert 1 == text.count('"view":{"deslant":true,"width":12,')


def test_page_without_views(tmp_path: Path) -> None:
    """A page whose networks see images as they are has nothing of what views need."""
    text = write_page(tmp_path / "page.html", *networks(tmp_path, View())).read_text("utf-8")
    assert "what the network sees," in text
    assert not [word for word in ("momentsOf", '"view"', "deslant") if word in text]
    assert len(script(views=False)) < len(script()) - 3000
