"""The page about a sweep, as a file and in Chromium."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser

from mlpcli.report.axes import Scale
from mlpcli.report.sweep_drawings import Drawings, epoch_ticks
from mlpcli.report.sweep_page import sweep_html
from mlpcli.sweep.definition import Choice, Dimension, Point, Range
from mlpcli.sweep.directory import SweepDirectory
from mlpcli.sweep.results import Results, read_results
from tests.support.browser import DESK, PHONE, Scheme, Watched, contrast, luminance
from tests.support.sweeps import RATE, WIDTH, Ended, make_sweep

SHARES = {RATE: 0.75, "model.activation": 0.25}
SPACE: list[Dimension] = [
    Range(RATE, 0.001, 1.0, log=True),
    Choice("model.activation", ("relu", "tanh")),
]


@pytest.fixture
def directory(tmp_path: Path, finished_runs: Path) -> SweepDirectory:
    """A sweep of 12 trials, of which one was pruned and one failed."""
    trials = [
        Ended({RATE: 0.001 * 2**n, "model.activation": ["relu", "tanh"][n % 2]}, 0, 0.85 + n / 100)
        for n in range(10)
    ]
    slow: Point = {RATE: 0.001, "model.activation": "tanh"}
    trials.append(Ended(slow, 0, 0.3, state="pruned", reason="<b>too</b> slow"))
    trials.append(Ended({RATE: 1.0, "model.activation": "relu"}, 0, None, state="failed"))
    return make_sweep(
        tmp_path / "own-sweep", finished_runs / "trained", SPACE, trials, seeds=[0], sampler="tpe"
    )


@pytest.fixture
def results(directory: SweepDirectory) -> Results:
    """What came of it."""
    return read_results(directory)


def test_nothing_from_outside(results: Results) -> None:
    """The page names no other file and no address, has no script, and escapes what it shows."""
    html = sweep_html(results, SHARES)
    addresses = re.findall(r"""(?:href|src|action|srcset)="([^"]+)"|url\(([^)]+)\)""", html)
    assert {"#", "data:,"} >= {
        (one or other)[:6].rstrip("abcdefghijklmnopqrstuvwxyz") for one, other in addresses
    }
    assert "<script" not in html
    assert "http" not in html.replace("http-equiv", "")
    assert "pruned: <b>too</b> slow" in unescape(html)
    assert "<b>too" not in html


def test_table(results: Results) -> None:
    """The table has a row for each recipe, best first, with the numbers of its trials."""
    html = unescape(sweep_html(results, SHARES)).replace("\xa0", " ")
    rows = re.findall(r'<tr><th scope="row">\d+</th>(.*?)</tr>', html)
    assert 12 == len(rows)
    assert '<td>0.512</td><td>tanh</td><td>94.00 %</td><td class="text">1 done ' in rows[0]
    assert "1 pruned" in rows[10]
    assert "own-sweep: validation accuracy 94.00 %" in html
    assert "2 times" not in html


def test_importance(results: Results) -> None:
    """The keys come with their shares, the most important first, or with why these are unknown."""
    html = sweep_html(results, dict(reversed(SHARES.items())))
    assert ["75.0", "25.0"] == re.findall(r'<i style="width: ([\d.]+)%">', html)
    assert "It is not known: only one trial has finished." in sweep_html(
        results, "only one trial has finished"
    )


def test_coordinates(results: Results) -> None:
    """A line goes through the values of its trial, and ends at what came of it; the best is last."""
    drawing = Drawings(results).coordinates()
    assert ["learning_rate", "activation", "validation accuracy"] == [a.title for a in drawing.axes]
    best = drawing.lines[-1]
    assert ("best", 1) == (best.look, best.share)
    assert [0, 0.5, 1] == [left for left, _ in best.places]
    rate, activation, accuracy = (up for _, up in best.places)
    assert pytest.approx(np.log10(512) / 3) == rate
    assert 0.5 < activation < 1  # tanh, above relu
    assert 1 == accuracy
    assert ["faint", "faint"] == [line.look for line in drawing.lines[:2]]
    assert {2, 3} == {len(line.places) for line in drawing.lines[:2]}  # one failed before the end
    assert [text for _, text in drawing.axes[0].ticks] == ["0.001", "0.01", "0.1", "1"]


def test_pruned(tmp_path: Path, finished_runs: Path) -> None:
    """Lines of pruned trials are dashed, and end where each of them was, below those that ended."""
    reached = {0.01: 0.95, 0.02: 0.96, 0.04: 0.9, 0.08: 0.8, 0.16: 0.6}
    trials = [
        Ended({RATE: rate}, 0, value, state="done" if value > 0.94 else "pruned")
        for rate, value in reached.items()
    ]
    trials.append(Ended({RATE: 0.32}, 0, 0.1, state="failed"))
    space: list[Dimension] = [Range(RATE, 0.01, 1.0, log=True)]
    trained = finished_runs / "trained"
    made = make_sweep(tmp_path / "s", trained, space, trials, seeds=[0], sampler="tpe")
    results = read_results(made)
    drawing = Drawings(results).coordinates()
    ends = sorted((line.places[-1][1], line.look) for line in drawing.lines if line.places[1:])
    scale = Scale("accuracy", 0.6, 0.96)
    assert [scale.place(value) for value in sorted(reached.values())] == [up for up, _ in ends]
    assert ["faint"] * 3 + ["done", "best"] == [look for _, look in ends]
    assert 3 <= len(drawing.axes[-1].ticks)
    assert [1] == [len(line.places) for line in drawing.lines if "failed" in line.text]
    assert "Dashed ones were pruned" in sweep_html(results, SHARES)


def test_one_epoch(results: Results) -> None:
    """The learning curve of one epoch is a dot."""
    for trial in results.trials:
        log = trial.summary.run.log
        log.write_text(log.read_text().splitlines()[0] + "\n")
    html = sweep_html(results, SHARES)
    assert 12 == len(re.findall('<path class="line [a-z]+ dot" [^>]* d="M[0-9. ]+h0.01">', html))


def test_categories_in_order(results: Results) -> None:
    """Lines through the same value do not meet there: the better one is higher."""
    drawing = Drawings(results).coordinates()
    through = sorted((line.places[1][1], line.share) for line in drawing.lines)
    relu, tanh = through[:6], through[6:]
    for lines in (relu, tanh):
        assert sorted(share for _, share in lines) == [share for _, share in lines]
        assert len({place for place, _ in lines}) == len(lines)


@pytest.mark.parametrize(
    ("scale", "expected"),
    [
        (Scale("accuracy", 0.5, 0.99), ["99 %", "98 %", "95 %", "90 %", "80 %", "50 %"]),
        (Scale("accuracy", 0.971, 0.9725), ["97.1 %", "97.15 %", "97.2 %", "97.25 %"]),
        (Scale("accuracy", 0.83, 0.9797), ["97 %", "95 %", "93 %", "90 %"]),
        (Scale("accuracy", 1, 1), ["100 %"]),
        (Scale("linear", 0, 0.01), ["0", "0.002", "0.004", "0.006", "0.008", "0.01"]),
        (Scale("log", 1e-6, 1), [f"{10.0**n:.6g}" for n in range(-6, 1)]),
        (Scale("log", 16, 512), ["20", "50", "100", "200", "500"]),
        (Scale("loss", 0.05, 0.2), ["0.05", "0.1", "0.2"]),
        (Scale("loss", -1e30, 1e30), [f"{10.0**n:.6g}" for n in range(-5, 31, 6)]),
        (Scale("accuracy", 0, 5e-324), ["0 %"]),
        (Scale("log", 1e-300, 1.7e308), [f"{10.0**n:.6g}" for n in range(-300, 309, 87)]),
    ],
)
def test_ticks(scale: Scale, expected: list[str]) -> None:
    """Round numbers stand at an axis, where they belong, few enough to be read."""
    ticks = scale.ticks()
    assert expected == [text.replace("\xa0", " ") for _, text in ticks]
    assert all(-1e-9 <= place <= 1 + 1e-9 for place, _ in ticks)


def test_no_error() -> None:
    """An accuracy of 1 does not push all others together at the lower end."""
    scale = Scale.over("accuracy", [0.6, 0.9, 1.0])
    assert [0, 2 / 3, 1] == pytest.approx([scale.place(each) for each in (0.6, 0.9, 1.0)])
    assert ["80 %", "90 %", "100 %"] == [
        text.replace("\xa0", " ") for _, text in sorted(scale.ticks())
    ]


def test_better_is_higher() -> None:
    """A higher accuracy and a lower loss are higher on their axes; a half error is a step up."""
    accuracy, loss = Scale("accuracy", 0.6, 0.9), Scale("loss", 0.1, 0.4)
    assert [0, 0.5, 1] == pytest.approx([accuracy.place(each) for each in (0.6, 0.8, 0.9)])
    assert [1, 0.5, 0] == pytest.approx([loss.place(each) for each in (0.1, 0.2, 0.4)])


def test_epoch_ticks() -> None:
    """Of many epochs some are named, the first and the last among them, and none too close."""
    assert [(0.5, "1")] == epoch_ticks(1)
    assert ["1", "2", "3"] == [text for _, text in epoch_ticks(3)]
    assert ["1", "6", "11", "16", "21", "26", "31", "36", "41", "50"] == [
        text for _, text in epoch_ticks(50)
    ]


def test_nothing_finished(tmp_path: Path, finished_runs: Path) -> None:
    """A sweep that has only begun, or has no keys, has a page as well."""
    width: list[Dimension] = [Choice(WIDTH, (10, 20))]
    begun = make_sweep(
        tmp_path / "a", finished_runs / "trained", width, [Ended({WIDTH: 10}, 0, state=None)]
    )
    assert "No trial has finished yet." in sweep_html(read_results(begun), "none has finished")
    seeds = [Ended({}, seed) for seed in range(3)]
    bare = make_sweep(tmp_path / "b", finished_runs / "trained", [], seeds)
    html = sweep_html(read_results(bare), "no key varies")
    assert "One recipe, 3 seeds." in html
    assert "90.00\xa0±\xa00.00\xa0%" in html


@pytest.mark.slow
@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens(browser: Browser, results: Results, size: tuple[int, int], scheme: Scheme) -> None:
    """It fits the window, reads well in its colours, asks for nothing, and prints."""
    file = results.directory.report
    file.write_text(sweep_html(results, SHARES))
    watched = Watched(browser, file, size, scheme)
    page = watched.page
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    paper, ink = page.evaluate(
        "(({backgroundColor, color}) => [backgroundColor, color])(getComputedStyle(document.body))"
    )
    assert (luminance(paper) > luminance(ink)) == (scheme == "light")
    assert contrast(paper, ink) >= 7
    sizes = page.evaluate(
        "[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(sizes) > 8
    assert 24 == page.locator(".line").count()
    strokes = page.evaluate(
        "[...document.querySelectorAll('.line')].map(line => getComputedStyle(line).stroke)"
    )
    assert len(set(strokes)) > 8
    assert [file.as_uri()] == watched.requests
    assert [] == watched.messages
    page.emulate_media(media="print", color_scheme="dark")
    assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert page.pdf(format="A4").startswith(b"%PDF")
    page.close()
