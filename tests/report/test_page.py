"""The page about an evaluation, as a file."""

import os
import re
import subprocess
import sys
from base64 import b64decode
from html import unescape
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets import Dataset, Split
from mlpcli.errors import CheckpointError
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import evaluate_split
from mlpcli.inference.inspection import Inspection
from mlpcli.nn.metrics import Predictions, measure_reliability, wilson_interval
from mlpcli.report import page as module
from mlpcli.report.page import report_html
from mlpcli.report.plots import accuracy_curve, loss_curves, reliability_diagram
from mlpcli.runs.checkpoint import load_checkpoint
from mlpcli.utils.arrays import Array
from tests.conftest import Mlp
from tests.support.checkpoints import epoch_result, metadata_of
from tests.support.checkpoints import write as write_checkpoint


def page(weights: list[Path], split: Split) -> str:
    """Return the page about what weights make of a split."""
    evaluation = evaluate_split(Classifier.load(weights), "glyphs", "test", split)
    return report_html(evaluation, [Inspection.load(path) for path in weights])


def test_evaluate_report(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """--report writes the page beside what evaluate prints anyway, and says so on stderr."""
    plain = mlp("evaluate", "--weights", weak, "--data", glyph_file)
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--report", "page.html")
    assert 0 == result.exit_code, result.output
    assert plain.stdout == result.stdout
    assert "report: page.html\n" == result.stderr
    assert Path("page.html").read_text().startswith("<!doctype html>")


@pytest.mark.slow
def test_train_report(mlp: Mlp, config_file: Path, glyph_file: Path) -> None:
    """train --report writes the page into the run's directory, the same that evaluate writes."""
    mlp("train", "--config", config_file, "--out", "run", "--report")
    mlp("evaluate", "--weights", "run", "--data", glyph_file, "--report", "page.html")
    assert Path("page.html").read_text() == Path("run/report.html").read_text()


def test_report_of_a_resumed_run(mlp: Mlp, trained: Path) -> None:
    """A run that is over can still be reported, by resuming it."""
    assert 0 == mlp("train", "--resume", trained, "--report").exit_code
    assert (trained / "report.html").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "environment",
    [
        {"MPLBACKEND": "module://matplotlib_inline.backend_inline"},
        {"MPLBACKEND": "tkagg"},
        {"SOURCE_DATE_EPOCH": "yesterday"},
        {"SOURCE_DATE_EPOCH": "9" * 30},
        {"MATPLOTLIBRC": "broken"},
        {"MATPLOTLIBRC": "undecodable"},
        {"MATPLOTLIBRC": "missing"},
        {"XDG_CONFIG_HOME": "home"},
        {"HOME": "broken", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": ""},
        {"MPLCONFIGDIR": "broken"},
    ],
    ids=str,
)
def test_any_environment(
    mlp: Mlp, weak: Path, glyph_file: Path, environment: dict[str, str]
) -> None:
    """The page does not depend on what the environment says to matplotlib, nor do warnings come."""
    weights = ["--weights", str(weak), "--data", str(glyph_file)]
    mlp("evaluate", *weights, "--report", "expected.html")
    Path("broken").write_text("backend: none\nfont.size: large\nno colon\nunknown: 1\n")
    Path("undecodable").write_bytes(b"font.size: 9\n# \xff\n")
    Path("home/matplotlib").mkdir(parents=True)
    Path("undecodable").rename("home/matplotlib/matplotlibrc")
    Path("undecodable").symlink_to("home/matplotlib/matplotlibrc")
    result = subprocess.run(
        [sys.executable, "-m", "mlpcli", "evaluate", *weights, "--report", "page.html"],
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )
    assert b"report: page.html\n" == result.stderr
    assert Path("expected.html").read_text() == Path("page.html").read_text()


@pytest.mark.slow
def test_undecodable_settings_here(weak: Path, glyph_file: Path) -> None:
    """A matplotlibrc of the working directory that is no text gives one line."""
    Path("matplotlibrc").write_bytes(b"\xff")
    command = [sys.executable, "-m", "mlpcli", "evaluate", "--weights", str(weak)]
    options = ["--data", str(glyph_file), "--report", "page.html"]
    result = subprocess.run([*command, *options], capture_output=True, check=False)
    assert 1 == result.returncode
    assert re.fullmatch(rb"--report: matplotlib cannot draw, 'utf-8' codec .*\n", result.stderr)
    assert not Path("page.html").exists()


def test_nothing_from_outside(weak: Path, glyphs: Dataset) -> None:
    """The page names no other file and no address, and has no script."""
    html = page([weak], glyphs.test)
    addresses = re.findall(r"""(?:href|src|action|srcset)="([^"]+)"|url\(([^)]+)\)""", html)
    inside = ("#", "data:image/png;base64,", "data:,")
    assert [] == [pair for pair in addresses if not (pair[0] or pair[1]).startswith(inside)]
    assert "<script" not in html
    assert "http://" not in re.sub(r'xmlns(:\w+)?="[^"]+"', "", html)


def test_each_cell(weak: Path, glyphs: Dataset) -> None:
    """Each cell of the confusion matrix links to as many pictures as it has, at most 20."""
    evaluation = evaluate_split(Classifier.load([weak]), "glyphs", "train", glyphs.train)
    html = report_html(evaluation, [Inspection.load(weak)])
    links = dict(re.findall(r'href="#(read-\d-as-\d)"[^>]*>(\d+)<', html))
    sections = dict(re.findall(r'id="(read-\d-as-\d)">(.*?)</section>', html, flags=re.DOTALL))
    confusion = evaluation.metrics.confusion
    assert np.count_nonzero(confusion) == len(links) == len(sections)
    assert confusion.max() > 20
    for name, count in links.items():
        _, label, _, answer = name.split("-")
        assert confusion[int(label), int(answer)] == int(count)
        assert min(int(count), 20) == sections[name].count("<img ")


def test_order_in_cells(weak: Path, glyphs: Dataset) -> None:
    """Of wrong answers the surest come first, of right ones the least sure."""
    html = page([weak], glyphs.train)
    for section in html.split('class="cell"')[1:]:
        label, answer = re.findall(r'id="read-(\d)-as-(\d)"', section)[0]
        shown = [float(text) for text in re.findall(r"<figcaption>([\d.]+)\s%", section)]
        assert sorted(shown, reverse=label != answer) == shown


def test_class_table(weak: Path, glyphs: Dataset) -> None:
    """The table of the classes has recall, its interval, precision and F1 of each."""
    evaluation = evaluate_split(Classifier.load([weak]), "glyphs", "test", glyphs.test)
    html = unescape(report_html(evaluation, [Inspection.load(weak)])).replace("\xa0", " ")
    metrics = evaluation.metrics
    for label in range(10):
        recall, support = metrics.recall[label], int(metrics.support[label])
        low, high = wilson_interval(int(metrics.confusion[label, label]), support)
        cells = [
            f"{support}",
            f"{100 * recall:.2f} %",
            f"{100 * low:.2f}–{100 * high:.2f} %",
            f"{100 * metrics.precision[label]:.2f} %",
            f"{100 * metrics.f1[label]:.2f} %",
        ]
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        assert f'<tr><th scope="row">{label}</th>{row}</tr>' in html


def points(svg: str, colour: str) -> Array:
    """Return the corners of the one line of a colour, (count, 2)."""
    (path,) = re.findall(
        rf'<path d="([^"]+)" clip-path="[^"]+" style="fill: none; [^"]*stroke: var\(--{colour}\)',
        svg,
    )
    return np.array(re.findall(r"[ML] (\S+) (\S+)", path), dtype=np.float64)


def check_straight(values: Array, places: Array) -> float:
    """Check that places on the page are a linear function of values, and return its slope."""
    slope, start = np.polyfit(values, places, 1)
    np.testing.assert_allclose(slope * values + start, places, atol=0.01)
    return float(slope)


def test_curves() -> None:
    """The curves go through the numbers of the history, both losses on one scale."""
    losses = [(0.9, 0.7), (0.5, 0.6), (0.45, 0.3), (0.3, 0.35)]
    history = [
        epoch_result(n, train, validation, 1 - validation / 10, 0.1, 1e4, 1.0)
        for n, (train, validation) in enumerate(losses, 1)
    ]
    svg = loss_curves(history, "own")
    train, validation = points(svg, "first"), points(svg, "second")
    assert check_straight(np.arange(1, 5), train[:, 0]) > 0
    both = np.concatenate([train, validation])
    assert check_straight(np.array(losses).T.reshape(-1), both[:, 1]) < 0  # up is less in SVG
    accuracy = points(accuracy_curve(history, "other"), "second")
    assert check_straight(1 - np.array(losses)[:, 1] / 10, accuracy[:, 1]) < 0


def test_steep_curve() -> None:
    """A loss that falls very far is on a logarithmic scale."""
    losses = np.array([1.0, 0.1, 0.01, 0.001])
    history = [epoch_result(n, x, None, None, 0.1, 1e4, 1.0) for n, x in enumerate(losses, 1)]
    places = points(loss_curves(history, "own"), "first")
    check_straight(np.log(losses), places[:, 1])


@pytest.mark.parametrize("epochs", [1, 2, 10_000])
def test_length_of_curves(epochs: int) -> None:
    """One epoch is a point at a whole number, and ten thousand do not make the page large."""
    history = [epoch_result(n, 1 / n, 1 / n, 0.5, 0.1, 1e4, 1.0) for n in range(1, epochs + 1)]
    svg = accuracy_curve(history, "own")
    ticks = re.findall(r"-xtick_\d+.*?<text[^>]*>([^<]*)<", svg, flags=re.DOTALL)
    assert all(float(tick) == int(tick) for tick in ticks)
    assert len(svg) < 100_000


def test_reliability() -> None:
    """The marks of the diagram stand where confidence and accuracy of each bin are."""
    generator = np.random.default_rng(0)
    logarithms = np.log(generator.dirichlet([0.3] * 4, 3000))
    labels = generator.integers(4, size=3000)
    before, after = (
        measure_reliability(Predictions.of(x, labels)) for x in (2 * logarithms, logarithms)
    )
    svg = reliability_diagram(after, before)
    for reliability, colour in ((before, "first"), (after, "second")):
        marks = [
            (float(x), float(y))
            for x, y, style in re.findall(
                r'<use [^>]*x="([\d.]+)" y="([\d.]+)" style="([^"]+)"', svg
            )
            if f"fill: var(--{colour})" in style
        ]
        bins = reliability.counts > 0
        places = np.array(marks[: bins.sum()])
        check_straight(reliability.confidence[bins], places[:, 0])
        check_straight(reliability.accuracy[bins], places[:, 1])


def test_weights_as_pictures(weak: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """Positive weights are red, negative ones blue, zeros white, and the longest unit is first."""
    checkpoint = load_checkpoint(weak)
    weight = np.zeros((784, 30), dtype=np.float32)
    weight[:, 3], weight[:, 5] = -2, 1
    arrays = checkpoint.arrays | {"layers.0.weight": weight}
    write_checkpoint(tmp_path / "w.npz", arrays, metadata_of(checkpoint.path))
    html = page([tmp_path / "w.npz"], glyphs.test)
    (source,) = re.findall(r'class="weights" src="data:image/png;base64,([^"]+)"', html)
    picture = np.asarray(Image.open(BytesIO(b64decode(source))).convert("RGB"))
    first, second, third = (picture[15, 15 + 30 * n].astype(int) for n in range(3))
    assert first[2] > first[0] + 100
    assert second[0] > second[2] + 100
    assert third.min() > 240


def test_best_epoch(trained: Path, tmp_path: Path, glyphs: Dataset) -> None:
    """The page says of which epoch the weights are, and which one was best."""
    checkpoint = load_checkpoint(trained / "last.npz")
    history = [
        epoch | {"validation_accuracy": accuracy}
        for epoch, accuracy in zip(
            metadata_of(checkpoint.path)["history"], (0.5, 0.75, 0.6), strict=True
        )
    ]
    write_checkpoint(
        tmp_path / "w.npz", checkpoint.arrays, metadata_of(checkpoint.path) | {"history": history}
    )
    html = page([tmp_path / "w.npz"], glyphs.test).replace("\xa0", " ")
    assert (
        "3 of 3 epochs; the weights are those of epoch 3, best validation accuracy 75.00 % "
        "in epoch 2."
    ) in html


def test_worst_mistakes(weak: Path, glyphs: Dataset) -> None:
    """The worst mistakes stand with label, answer, probability and index, the surest first."""
    evaluation = evaluate_split(Classifier.load([weak]), "glyphs", "test", glyphs.test)
    html = report_html(evaluation, [Inspection.load(weak)])
    section = unescape(html[html.index('id="mistakes"') : html.index('id="classes"')])
    captions = re.findall(r"<b>(\d) read as (\d)</b><br><span>([\d.]+)\s%, #(\d+)<", section)
    expected = [
        (
            str(evaluation.split.labels[index]),
            str(evaluation.predicted[index]),
            f"{100 * evaluation.confidence[index]:.2f}",
            str(index),
        )
        for index in evaluation.mistakes(24)
    ]
    assert expected == captions


def test_without_mistakes(trained: Path, glyphs: Dataset) -> None:
    """A network without a mistake has a page as well, that says so."""
    html = page([trained / "best.npz"], glyphs.train)
    assert "<p>There are none.</p>" in html


def test_without_validation(mlp: Mlp, config_file: Path, glyphs: Dataset) -> None:
    """A run without validation images has curves of the training alone."""
    mlp("train", "--config", config_file, "--out", "run", "--set", "data.validation=0")
    html = page([Path("run/best.npz")], glyphs.test)
    assert "validation accuracy" not in html
    assert 2 == html.count("<svg")


def test_several_networks(trained: Path, weak: Path, glyphs: Dataset) -> None:
    """Of several networks each has its curves, weights and configuration, and no name is twice."""
    html = page([trained / "best.npz", weak], glyphs.test)
    assert "the 2 networks together" in html
    assert 2 == html.count("<pre>") == html.count('class="weights"')
    names = re.findall(r'\bid="([^"]+)"', html)
    assert len(set(names)) == len(names)


def test_hostile_names(tmp_path: Path, weak: Path, glyphs: Dataset) -> None:
    """Names from a stranger's file are text on the page, whatever is in them."""
    checkpoint = load_checkpoint(weak)
    nasty = ["<script>alert(1)</script>", '" onload="x', "&amp;", "{{ 7*7 }}", *"456789"]
    changed = metadata_of(checkpoint.path) | {"classes": nasty}
    changed["config"]["data"] = {"path": "<b>\x1b[31m", "validation": 0}
    write_checkpoint(tmp_path / "<i>.npz", checkpoint.arrays, changed)
    html = page([tmp_path / "<i>.npz"], glyphs.test)
    assert "<script" not in html
    assert "<b>\x1b" not in html
    assert "<i>" not in html
    assert "49" not in re.findall(r"<th scope=\"col\">(.*?)</th>", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not re.search(r'<[^>]*[" ]onload="x', html)


def test_few_pictures_of_many_cells(weak: Path, glyphs: Dataset) -> None:
    """Where cells are many and images large, fewer pictures of each are in the page."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "PIXELS", 784 * 100 * 2)
        html = page([weak], glyphs.train)
        counts = [part.count("<img ") for part in html.split('class="cell"')[1:]]
        patch.setattr(module, "PIXELS", 784)
        none = page([weak], glyphs.train)
    assert max(counts) == 200 // len(counts)
    assert 'class="cell"' not in none
    assert 'href="#read-' not in none


@pytest.mark.parametrize(
    "arguments", [["evaluate", "--report", "page.html"], ["train", "--config", "none", "--report"]]
)
def test_missing_package(mlp: Mlp, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    """Without the extra one line says what to install, before anything is read."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    result = mlp(*arguments)
    assert 1 == result.exit_code
    assert result.stderr == (
        '--report: needs matplotlib and jinja2; in mlpcli\'s folder: pip install ".[report]"\n'
    )


def test_unwritable(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """A page that cannot be written is one line."""
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--report", "none/page.html")
    assert 1 == result.exit_code
    assert result.stderr == "none/page.html: cannot be written, No such file or directory\n"


def test_dry_run(mlp: Mlp) -> None:
    """A dry run has nothing to report."""
    result = mlp("train", "--config", "mnist", "--dry-run", "--report")
    assert 2 == result.exit_code
    assert "--dry-run writes nothing: leave out --report, --tensorboard and --json" in result.stderr


@pytest.mark.parametrize("name", ["weak/best.npz", "page.txt"])
def test_name_of_a_page(mlp: Mlp, weak: Path, name: str, glyph_file: Path) -> None:
    """A page takes the place of no other kind of file."""
    before = weak.read_bytes()
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--report", name)
    assert 2 == result.exit_code
    assert f"must end with .html, got {name}" in result.stderr
    assert before == weak.read_bytes()


def test_page_behind_a_link(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """A link stays a link, and what it points to becomes the page."""
    Path("link.html").symlink_to("page.html")
    mlp("evaluate", "--weights", weak, "--data", glyph_file, "--report", "link.html")
    assert Path("link.html").is_symlink()
    assert Path("page.html").read_text().startswith("<!doctype html>")


def test_report_that_fails(mlp: Mlp, trained: Path) -> None:
    """Where the page cannot be written one line says so, before the test images are looked at."""
    (trained / "report.html").mkdir()
    result = mlp("train", "--resume", trained, "--report")
    assert (1, "") == (result.exit_code, result.stdout)
    assert f"{trained}/report.html: must be a file, got a folder; move it away\n" == result.stderr


@pytest.mark.parametrize("layers", ["[784, 10]", "[784, 200, 5, 10]"])
def test_other_networks(mlp: Mlp, config_file: Path, glyphs: Dataset, layers: str) -> None:
    """Networks without a hidden layer, and with many units, have a page as well."""
    changes = [f"model.layers={layers}", "training.epochs=1", "model.activation=tanh"]
    options = [part for change in changes for part in ("--set", change)]
    assert 0 == mlp("train", "--config", config_file, "--out", "run", *options).exit_code
    assert 'class="weights"' in page([Path("run/best.npz")], glyphs.test)
    assert 0 == mlp("inspect", "run").exit_code


def test_images_that_are_not_square(mlp: Mlp) -> None:
    """Wide images have wide pictures."""
    generator = np.random.default_rng(0)
    x, y = generator.integers(0, 256, (60, 10, 20), dtype=np.uint8), np.arange(60) % 3
    np.savez("wide.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    changes = ["data.path=wide.npz", "data.validation=0", "model.layers=[200, 5, 3]"]
    options = [part for change in changes for part in ("--set", change)]
    result = mlp("train", "--config", "mnist", *options, "--out", "run", "--report")
    assert 0 == result.exit_code, result.output
    html = Path("run/report.html").read_text()
    source = re.findall(r'<figure><img src="data:image/png;base64,([^"]+)"', html)[0]
    assert (20, 10) == Image.open(BytesIO(b64decode(source))).size


def test_odd_metadata(tmp_path: Path, weak: Path, glyphs: Dataset) -> None:
    """A history that no training comes to is refused, as are an epoch and dropout that do not fit."""
    checkpoint = load_checkpoint(weak)
    epoch = metadata_of(checkpoint.path)["history"][0]
    config = metadata_of(checkpoint.path)["config"]
    for change in (
        {"epoch": "1"},
        {"history": [epoch | {"seconds": 10**308}]},
        {"history": [epoch | {"train_loss": None}]},
        {"history": [epoch | {"validation_accuracy": 1.5}]},
        {"history": [epoch | {"validation_accuracy": None}]},
        {"history": [epoch | {"epoch": True}]},
        {"config": config | {"model": config["model"] | {"dropout": [0.1, 0.1]}}},
    ):
        write_checkpoint(
            tmp_path / "w.npz", checkpoint.arrays, metadata_of(checkpoint.path) | change
        )
        with pytest.raises(CheckpointError, match=r"^\S+w.npz: "):
            page([tmp_path / "w.npz"], glyphs.test)
