"""Whether the page reads what is drawn on it as `mlp predict` reads a PNG of the same drawing.

    python -m benchmarks.drawn_in_browser

Digits of `tests.pictures`, in the program's styles and in the forms that countries teach, are drawn
on the page of `mlp draw` with the mouse in Chromium, on a phone's screen and on a desktop's, light
and dark. Each is read twice: by the page, and by the program from the canvas as a PNG. Printed are
how many agree and are right, the time from a segment of a stroke to the answer, measured in the
page, and how much the page asked for and wrote to the console, which must be nothing.
"""

from __future__ import annotations

import base64
from collections import Counter
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
from playwright.sync_api import Page
from tqdm import tqdm

from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.loading import load
from tests.pictures.countries import COUNTRIES
from tests.pictures.forms import choose_taught
from tests.pictures.strokes import Strokes, fit, lean, place, trace, write_digit
from tests.support.browser import Scheme, Watched, chromium
from tests.support.drawing import write_page

SIZES = ((390, 844), (1280, 800))
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
PENS = (10, 28)  # width in pixels of the surface, from and to
HEIGHTS = (0.4, 0.8)  # of the digit, as a share of the surface, from and to
EVERY = 2  # so manieth point of a stroke is drawn
WHERE = """() => {
  const { x, y, width } = document.getElementById("surface").getBoundingClientRect();
  return [x, y, width];
}"""
TAKE = """() => {
  const times = performance.getEntriesByName("answer").map(({ duration }) => duration);
  performance.clearMeasures("answer");
  const picture = document.getElementById("surface").toDataURL("image/png");
  return [document.getElementById("label").textContent, times, picture];
}"""


@dataclass
class Results:
    """What came of the drawings in one window.

    Attributes:
        read: counts of (digit, read by the page, read by the program).
        milliseconds: from a segment to the answer.
    """

    read: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    milliseconds: list[float] = field(default_factory=list)


@click.command()
@click.option("--count", default=300, show_default=True, help="Digits for each window.")
@click.option("--seed", default=28, show_default=True, help="Of the digits.")
def main(count: int, seed: int) -> None:
    """Draw digits in four windows and compare."""
    classifier = load(BUNDLED)
    everything = Results()
    with TemporaryDirectory() as folder, chromium() as browser:
        file = write_page(Path(folder) / "page.html", BUNDLED)
        for size in SIZES:
            for scheme in SCHEMES:
                watched = Watched(browser, file, size, scheme)
                found = draw(watched, classifier, count, seed)
                everything.read += found.read
                everything.milliseconds += found.milliseconds
                click.echo(f"{size[0]}×{size[1]} {scheme:<6} {summary(found)}")
                requests = [each for each in watched.requests if each != file.as_uri()]
                click.echo(f"  requests {len(requests)}, messages {len(watched.messages)}")
                watched.close()
    click.echo(f"all  {summary(everything)}")
    for (label, page, program), times in everything.read.items():
        if page != program:
            click.echo(f"  a {label} read as {page} by the page, {program} by the program: {times}")


def draw(watched: Watched, classifier: Classifier, count: int, seed: int) -> Results:
    """Draw digits on a page, one after the other, and have each read twice."""
    page, results = watched.page, Results()
    page.wait_for_selector("body.ready")
    generator = np.random.default_rng(seed)
    for number in tqdm(range(count), disable=None, leave=False):
        label = number % 10
        page.locator("#clear").dispatch_event("click")
        page.locator("#pen-width").fill(str(2 * round(generator.uniform(*PENS) / 2)))
        page.evaluate(TAKE)
        strokes = write(label, number, generator)
        height, right, down = generator.uniform([HEIGHTS[0], 0.45, 0.45], [HEIGHTS[1], 0.55, 0.55])
        write_with_mouse(page, strokes, height, (right, down))
        page.evaluate("() => new Promise(requestAnimationFrame)")
        read, times, address = page.evaluate(TAKE)
        picture = BytesIO(base64.b64decode(address.partition(",")[2]))
        results.read[str(label), read, classifier.predict(picture).name] += 1
        results.milliseconds += times
    return results


def write_with_mouse(
    page: Page, strokes: Strokes, height: float, middle: tuple[float, float] = (0.5, 0.5)
) -> None:
    """Draw strokes on the page.

    Args:
        page: that is open.
        strokes: one high, around the origin.
        height: as a share of the drawing surface.
        middle: of the strokes, likewise, to the right and down.
    """
    x, y, width = page.evaluate(WHERE)
    right, down = middle
    for stroke in place(strokes, height * width, (x + right * width, y + down * width)):
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in [*stroke[1:-1:EVERY], stroke[-1]]:
            page.mouse.move(*point)
        page.mouse.up()


def write(label: int, number: int, generator: np.random.Generator) -> Strokes:
    """Write a digit, by turns in a style of the program and as a country teaches it."""
    if number // 10 % 2:
        forms = [*COUNTRIES.values()][number // 20 % len(COUNTRIES)]
        return fit(lean(trace(choose_taught(forms, label, generator), generator), generator))
    return write_digit(label, generator)


def summary(results: Results) -> str:
    """Return counts and times in one line."""
    count = results.read.total()
    same = sum(times for (_, page, program), times in results.read.items() if page == program)
    right = sum(times for (label, page, _), times in results.read.items() if page == label)
    middle, most = np.quantile(results.milliseconds, (0.5, 0.95))
    return (
        f"same {same} of {count} ({same / count:.2%}), right {right} ({right / count:.2%}); "
        f"{len(results.milliseconds)} answers, median {middle:.1f} ms, 95 % within {most:.1f} ms"
    )


if __name__ == "__main__":
    main()
