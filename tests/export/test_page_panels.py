"""The panels that show what happens inside the network, in Chromium."""

import json
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Locator

import mlpcli
from mlpcli.images.normalization import Pixels
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.tta import copies
from mlpcli.nn.layers import Activation, make_activation
from mlpcli.utils.arrays import Array
from tests.support.browser import DESK, PHONE, Scheme, Watched
from tests.support.drawing import settle
from tests.support.networks import cooled, spotted, write_network
from tests.support.panels import SECTIONS, open_network, show

pytestmark = pytest.mark.slow
AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
SIZES = (784, 30, 20, 10)
IMAGE = spotted(3)[1]
HOSTILE = '<img src=x onerror="console.log(1)">'

PIXELS = """(canvas) => [...canvas.getContext("2d")
    .getImageData(0, 0, canvas.width, canvas.height).data]"""


def number(text: str) -> float:
    """Return the number that a text begins or ends with, as the page writes it."""
    return float(text.replace("−", "-"))


def numbers(text: str) -> list[float]:
    """Return all numbers in a text."""
    return [number(part) for part in re.findall(r"[+−]?\d+(?:\.\d+)?", text)]


def activations_of(path: Path, image: Pixels) -> tuple[list[Array], list[Array]]:
    """Return the sums and the activations of each hidden layer; the last sums are the logits."""
    network = Classifier.load([path]).networks[0]
    sums: list[Array] = []
    activations: list[Array] = []
    x: Array = image.reshape(1, -1).astype(np.float32) / 255
    for layer in network.layers:
        x = layer.forward(x).copy()
        (activations if isinstance(layer, Activation) else sums).append(x[0])
    return sums, activations


def contributions_of(path: Path, image: Pixels, label: int) -> Array:
    """Return gradient × input of a logit, (height, width)."""
    network = Classifier.load([path]).networks[0]
    inputs = image.reshape(1, -1).astype(np.float32) / 255
    dy = np.zeros_like(network.forward(inputs))
    dy[0, label] = 1
    for layer in reversed(network.layers):
        dy = layer.backward(dy)
    return np.array(dy.reshape(image.shape) * inputs.reshape(image.shape))


def painted(canvas: Locator) -> Array:
    """Return the colours of a canvas, (height, width, 4) int."""
    width, height = canvas.evaluate("(canvas) => [canvas.width, canvas.height]")
    return np.array(canvas.evaluate(PIXELS), dtype=int).reshape(height, width, 4)


def redness(canvas: Locator) -> Array:
    """Return how much redder than blue each pixel is, (height, width) int."""
    colours = painted(canvas)
    return np.array(colours[..., 0] - colours[..., 2])


def test_nothing_drawn(browser: Browser, tmp_path: Path) -> None:
    """Before anything is drawn, and when it is cleared, each panel says what to do instead."""
    watched = open_network(browser, [write_network(tmp_path / "a.npz", SIZES)])
    bodies, hints = watched.page.locator(".panel-body"), watched.page.locator(".panel > p")
    for change in (None, "null", "{ ...window.reading, blank: true }"):
        if change:
            show(watched, IMAGE)
            assert [True] * 4 == [each.is_visible() for each in bodies.all()]
            watched.run(f"Object.values(window.panels).forEach((each) => each.show({change}));")
        assert [False] * 4 == [each.is_visible() for each in bodies.all()]
        assert all(each.inner_text().startswith("Draw something") for each in hints.all())
    assert [] == watched.messages
    watched.close()


@pytest.mark.parametrize("activation", ["sigmoid", "relu", "gelu"])
def test_activations(browser: Browser, tmp_path: Path, activation: str) -> None:
    """Each layer has as many cells as units, its strongest units by name, and a range."""
    path = write_network(tmp_path / "a.npz", SIZES, activation)
    watched = open_network(browser, [path])
    show(watched, IMAGE)
    sums, activations = activations_of(path, IMAGE)
    figures = watched.page.locator("#activations figure")
    assert 3 == figures.count()
    for figure, z, a in zip(figures.all(), sums, [*activations, sums[-1]], strict=True):
        canvas, text = figure.locator("canvas[role=img]"), figure.locator("figcaption")
        assert len(z) <= painted(canvas).shape[0] * painted(canvas).shape[1] < 2 * len(z)
        found = numbers(text.inner_text())
        assert [np.sum(z > 0), len(z), 0] == found[:3]
        best = np.argsort(-a, kind="stable")[:3]
        names = best + 1 if a is not z else best  # units count from 1, classes are 0 to 9
        assert [*names] == found[3::2]
        np.testing.assert_allclose(found[4::2], a[best], atol=0.0051)
        assert str(canvas.get_attribute("aria-label")).endswith(f": {len(z)} cells")
        low, high = (numbers(each)[0] for each in figure.locator(".legend span").all_inner_texts())
        assert low <= a.min() or activation == "gelu"
        assert high >= a.max()
    assert [*"0123456789"] == watched.page.locator(".cell-names span").all_inner_texts()
    watched.close()


def test_choice_of_a_network(browser: Browser, tmp_path: Path) -> None:
    """Of a committee, each network can be looked at."""
    paths = [write_network(tmp_path / f"{n}.npz", (784, 20 + n, 10), seed=n) for n in range(3)]
    watched = open_network(browser, paths)
    show(watched, IMAGE)
    chosen = watched.page.locator("#activations").get_by_label("Network")
    chosen.select_option("3: 784 → 22 → 10")
    text = watched.page.locator("#activations figcaption").first.inner_text()
    sums, _ = activations_of(paths[2], IMAGE)
    assert [np.sum(sums[0] > 0), 22] == numbers(text)[:2]
    weights = watched.page.locator("#first-weights")
    weights.get_by_label("Network").select_option(index=1)
    sums, activations = activations_of(paths[1], IMAGE)
    expected = f"unit {activations[0].argmax() + 1}:"
    assert weights.locator("figcaption").first.inner_text().startswith(expected)
    watched.close()


def test_first_weights(browser: Browser, tmp_path: Path) -> None:
    """The eight units that fire most are shown, red where a weight is positive, blue elsewhere."""
    path = write_network(tmp_path / "a.npz", SIZES, batch_norm=True)
    watched = open_network(browser, [path])
    show(watched, IMAGE)
    _, (a, _) = activations_of(path, IMAGE)
    figures = watched.page.locator("#first-weights figure").all()
    best = np.argsort(-a, kind="stable")[:8]
    expected = [f"unit {unit + 1}: {a[unit]:.2f}" for unit in best]
    assert expected == [each.locator("figcaption").inner_text() for each in figures]
    weight = Classifier.load([path]).networks[0].linears[0].weight
    for figure, unit in zip(figures, best, strict=True):
        own = weight[:, unit].reshape(28, 28)
        clear = np.abs(own) > 0.1 * np.abs(own).max()
        red = redness(figure.locator("canvas"))
        np.testing.assert_array_equal(np.sign(own)[clear], np.sign(red)[clear])
        name = str(figure.locator("canvas").get_attribute("aria-label"))
        assert f"from −{abs(own.min()):.3f} to {own.max():.3f}" in name
    watched.close()


def test_without_hidden_layers(browser: Browser, tmp_path: Path) -> None:
    """A network of one layer has the weights of its classes, and a mathematics without units."""
    path = write_network(tmp_path / "a.npz", (784, 3), classes=["x", "y", "z"])
    watched = open_network(browser, [path])
    label = show(watched, IMAGE)["label"]
    captions = watched.page.locator("#first-weights figcaption").all_inner_texts()
    assert {"x", "y", "z"} == {each.split(":")[0] for each in captions}
    assert "xyz"[label] == captions[0].split(":")[0]
    watched.page.get_by_role("button", name="Show the mathematics").click()
    watched.page.get_by_role("button", name="Next").click()
    assert not watched.page.locator("#mathematics").get_by_label("Unit").is_visible()
    assert [] == watched.messages
    watched.close()


@pytest.mark.parametrize("activation", ["tanh", "leaky-relu"])
def test_contributions(browser: Browser, tmp_path: Path, activation: str) -> None:
    """Pixels are coloured by gradient × input, of the answer and of what else is asked for."""
    path = write_network(tmp_path / "a.npz", SIZES, activation)
    watched = open_network(browser, [path])
    label = show(watched, IMAGE)["label"]
    logits = activations_of(path, IMAGE)[0][-1]
    panel = watched.page.locator("#contributions")
    canvas, text = panel.locator("canvas[role=img]"), panel.locator("figcaption")
    other = (label + 1) % 10
    answer = contributions_of(path, IMAGE, label)
    difference = contributions_of(path, IMAGE, other) - answer
    for expected, logit, choice in (
        (answer, logits[label], "the answer"),
        (difference, logits[other] - logits[label], f"{other} rather than the answer"),
    ):
        panel.get_by_label("What speaks for").select_option(choice)
        found = [number(part) for part in re.findall(r"[+−]\d+\.\d+", text.inner_text())]
        for_it, against_it = expected[expected > 0].sum(), expected[expected < 0].sum()
        sums = [for_it, against_it, for_it + against_it, logit]
        np.testing.assert_allclose(found[:2], sums[:2], atol=0.0051)
        np.testing.assert_allclose(found[2:], sums[2:], atol=0.0101)  # a sum of rounded numbers
        assert pytest.approx(found[0] + found[1], abs=1e-9) == found[2]
        clear = np.abs(expected) > 0.1 * np.abs(expected).max()
        red = redness(canvas)
        np.testing.assert_array_equal(np.sign(expected)[clear], np.sign(red)[clear])
        assert 1 == len(np.unique(painted(canvas)[IMAGE == 0], axis=0))
    assert f"For {other} rather than {label}: " in text.inner_text()
    choices = panel.get_by_label("What speaks for").locator("option").all_inner_texts()
    assert f"{label}, which is the answer" == choices[1 + label]
    assert ["the answer", *(f"{n} rather than the answer" for n in range(10) if n != label)] == [
        each for each in choices if "which is" not in each
    ]
    watched.close()


def rows_of(section: Locator) -> list[list[str]]:
    """Return the cells of the table's body, row by row."""
    rows = section.locator("tbody tr").all()
    return [row.locator("th, td").all_inner_texts() for row in rows]


def check_sum(rows: list[list[str]]) -> float:
    """Check products and their sum as with a pocket calculator; return the sum."""
    *parts, (_, _, _, total) = rows
    for _, x, w, product in parts:
        if x:
            assert number(product) == pytest.approx(number(x) * number(w), abs=0.0000501)
    assert number(total) == pytest.approx(sum(number(row[3]) for row in parts), abs=1e-9)
    return number(total)


@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu", "leaky-relu", "gelu"])
def test_mathematics(
    browser: Browser, tmp_path: Path, activation: Any, *, batch_norm: bool
) -> None:
    """Every step's numbers come out right to the digits that are shown, up to the answer."""
    path = write_network(
        tmp_path / "a.npz",
        SIZES,
        activation,
        batch_norm=batch_norm,
        temperature=1.3,
        outlier_threshold=0.2,
    )
    watched = open_network(browser, [path])
    shown = show(watched, IMAGE)
    sums, activations = activations_of(path, IMAGE)
    section = watched.page.locator("#mathematics")
    onward = section.get_by_role("button", name="Next")
    section.get_by_role("button", name="Show the mathematics").click()
    for pixel, level, x in rows_of(section):
        row, column = (int(part) - 1 for part in numbers(pixel))
        assert IMAGE[row, column] == int(level)
        assert number(x) == pytest.approx(int(level) / 255, abs=0.000005)
    for n, (z, a) in enumerate(zip(sums, activations, strict=False)):
        onward.click()
        unit = int(section.get_by_label("Unit").input_value()) - 1
        assert a.argmax() == unit
        total = check_sum(rows_of(section))
        assert z[unit] == pytest.approx(total, abs=0.000051)
        result = number(section.locator(".formula").last.inner_text().rpartition("= ")[2])
        value = make_activation(activation).forward(np.array([[total]]))[0, 0]
        assert value == pytest.approx(result, abs=0.000051), n
        assert batch_norm == ("batch normalisation" in section.inner_text())
    onward.click()
    assert sums[-1][shown["label"]] == pytest.approx(check_sum(rows_of(section)), abs=0.000051)
    onward.click()
    *classes, rest, (_, _, _, total_power, _) = rows_of(section)
    assert number(total_power) == pytest.approx(
        sum(number(row[3]) for row in classes) + number(rest[3]), abs=1e-9
    )
    largest = number(classes[0][2])
    for name, logit, divided, power, share in classes:
        assert number(divided) == pytest.approx(number(logit) / 1.3, abs=0.000051)
        assert number(power) == pytest.approx(math.exp(number(divided) - largest), abs=0.00000051)
        assert number(share) == pytest.approx(number(power) / number(total_power), abs=0.000051)
        assert shown["probabilities"][int(name)] == pytest.approx(number(share), abs=0.0002)
    onward.click()
    *terms, (_, _, total_of_powers) = rows_of(section)
    total = number(total_of_powers)
    assert total == pytest.approx(sum(number(row[2]) for row in terms), rel=1e-12)
    for _, logit, power in terms[:-1]:
        half = 0.000051 if "." in power else 0.51  # of the last digit
        assert number(power) == pytest.approx(math.exp(number(logit)), abs=half)
    score = number(section.locator(".formula").last.inner_text().rpartition("= ")[2])
    assert score == pytest.approx(1 / (1 + total), abs=0.00000051)
    onward.click()
    *views, (_, sum_of_views, sum_of_none) = rows_of(section)
    assert number(views[0][2]) == pytest.approx(score, abs=0.00002)
    assert number(sum_of_views) == pytest.approx(sum(number(p) for _, p, _ in views), abs=1e-9)
    judged = Classifier.load([path]).judge(IMAGE[None], tta=True)[0]
    mean = number(section.locator(".formula").inner_text().rpartition("= ")[2])
    assert judged.probabilities[shown["label"]] == pytest.approx(mean, abs=0.00006)
    assert mean == pytest.approx(number(sum_of_views) / 7, abs=0.000051)
    assert judged.not_a_digit == pytest.approx(number(sum_of_none) / 7, abs=0.000001)
    assert "true" == onward.get_attribute("aria-disabled")
    assert [] == watched.messages
    watched.close()


def test_tempered_mean(browser: Browser, tmp_path: Path) -> None:
    """The mathematics ends with what the temperature of the mean makes of it."""
    folder = cooled(tmp_path, 0.6)
    watched = open_network(browser, [folder])
    label = show(watched, IMAGE)["label"]
    section = watched.page.locator("#mathematics")
    section.get_by_role("button", name="Show the mathematics").click()
    onward = section.get_by_role("button", name="Next")
    while onward.get_attribute("aria-disabled") != "true":
        onward.click()
    judged = mlpcli.load(folder).judge(IMAGE[None], tta=True)[0]
    found = number(section.locator(".formula").last.inner_text().rpartition("= ")[2])
    assert judged.probabilities[label] == pytest.approx(found, abs=0.00006)
    assert "to the power of 1.6667, and divided" in section.inner_text()
    assert [] == watched.messages
    watched.close()


def test_names_of_views(browser: Browser, tmp_path: Path) -> None:
    """The mathematics calls a view turned right which is turned clockwise."""
    path = write_network(tmp_path / "a.npz", (784, 10))
    image = np.zeros((28, 28), dtype=np.uint8)
    image[2:26, 12:16] = 255
    watched = open_network(browser, [path])
    label = show(watched, image)["label"]
    section = watched.page.locator("#mathematics")
    section.get_by_role("button", name="Show the mathematics").click()
    for _ in range(3):
        section.get_by_role("button", name="Next").click()
    found = {name: number(share) for name, share in rows_of(section)}
    right = next(
        view[0] for view in copies(image[None]) if view[0, 4].argmax() > view[0, 23].argmax()
    )
    judged = Classifier.load([path]).judge(right[None], tta=False)[0]
    assert judged.probabilities[label] == pytest.approx(found["turned right by 6°"], abs=1e-5)
    watched.close()


def test_mathematics_by_keyboard(browser: Browser, tmp_path: Path) -> None:
    """Keys open it, go on and back, and choose another unit."""
    path = write_network(tmp_path / "a.npz", SIZES)
    watched = open_network(browser, [path])
    show(watched, IMAGE)
    page, section = watched.page, watched.page.locator("#mathematics")
    heading = section.locator("h3")
    section.get_by_role("button", name="Show").focus()
    page.keyboard.press("Enter")
    assert heading.inner_text().startswith("Step 1 of 6")
    for key in ("Tab", "Space", "Tab", "Space"):  # Back, which does nothing yet, and Next
        page.keyboard.press(key)
    assert heading.inner_text().startswith("Step 2 of 6")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+A")
    page.keyboard.type("17")
    page.keyboard.press("Enter")
    assert "here unit 17," in section.inner_text()
    z = activations_of(path, IMAGE)[0][0][16]
    assert z == pytest.approx(check_sum(rows_of(section)), abs=0.000051)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert "here unit 17," not in section.inner_text()
    section.get_by_role("button", name="Hide the mathematics").click()
    assert not heading.is_visible()
    watched.close()


def test_names_of_a_stranger(browser: Browser, tmp_path: Path) -> None:
    """A class name that is HTML is shown as it is, and does nothing."""
    names = [HOSTILE, *"123456789"]
    path = write_network(tmp_path / "a.npz", (784, 10), classes=names)
    watched = open_network(browser, [path])
    show(watched, IMAGE)
    watched.page.get_by_role("button", name="Show the mathematics").click()
    for _ in range(3):
        watched.page.get_by_role("button", name="Next").click()
    assert 0 == watched.page.locator("img").count()
    assert HOSTILE in watched.page.locator("#first-weights").inner_text()
    assert [] == watched.messages
    watched.close()


def test_colour_scheme(browser: Browser, tmp_path: Path) -> None:
    """Canvases follow the colours of the system, and are light on paper."""
    watched = open_network(browser, [write_network(tmp_path / "a.npz", SIZES)])
    show(watched, IMAGE)
    canvas = watched.page.locator("#contributions canvas[role=img]")

    def wait_for_paper(expected: Callable[[int], bool]) -> None:
        while not expected(level := int(painted(canvas)[IMAGE == 0][0, :3].max())):
            assert time.monotonic() < deadline, level
            settle(watched.page)  # it is painted again soon after the colours change

    deadline = time.monotonic() + 20
    wait_for_paper(lambda level: level > 240)
    watched.page.emulate_media(color_scheme="dark")
    wait_for_paper(lambda level: level < 60)
    watched.page.emulate_media(color_scheme="dark", media="print")
    wait_for_paper(lambda level: level > 240)
    watched.close()


@pytest.mark.parametrize(
    ("size", "scheme"), [(DESK, "light"), (DESK, "dark"), (PHONE, "light"), (PHONE, "dark")]
)
def test_accessible(
    browser: Browser, tmp_path: Path, size: tuple[int, int], scheme: Scheme
) -> None:
    """axe-core finds nothing, in any step of the mathematics, and nothing is wider than the window."""
    if not AXE.exists():
        pytest.skip("axe-core is not installed; npm install in tests/export")
    paths = [
        write_network(tmp_path / f"{n}.npz", SIZES, "gelu", seed=n, outlier_threshold=0.2)
        for n in range(2)
    ]
    watched = open_network(browser, paths, size, scheme)
    page = watched.page
    show(watched, IMAGE)
    page.evaluate(AXE.read_text())
    page.get_by_role("button", name="Show the mathematics").click()
    onward = page.get_by_role("button", name="Next")
    for step in range(1, 8):
        assert f"Step {step} of 7" in page.locator("#mathematics h3").inner_text()
        found = page.evaluate("axe.run()")["violations"]
        assert [] == found, json.dumps([(each["id"], each["nodes"]) for each in found])
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        if step < 7:
            onward.click()
    assert {*SECTIONS} == {str(each.get_attribute("id")) for each in page.locator(".panel").all()}
    watched.close()


def test_work_of_a_stroke(browser: Browser, tmp_path: Path) -> None:
    """A trace is computed once for all panels, and the mathematics does nothing while it is closed."""
    watched = open_network(browser, [write_network(tmp_path / "a.npz", SIZES)])
    show(watched, IMAGE)
    assert 0 == watched.page.locator("#mathematics table").count()
    assert traces_are_shared(watched)
    watched.close()


def traces_are_shared(watched: Watched) -> bool:
    """Tell whether a second question for the trace of a reading gets the same object."""
    return bool(
        watched.run(
            'const { traceOf } = await load("panels/elements.js"); const { model, reading } = window;'
            "return traceOf(model, reading, 0) === traceOf(model, reading, 0);"
        )
    )
