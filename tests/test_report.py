"""The page about an evaluation, as a file."""

import re
from html import unescape
from pathlib import Path

import numpy as np
import pytest
from conftest import Mlp

from mlpcli.checkpoint import load_checkpoint, save_checkpoint
from mlpcli.classifier import Classifier
from mlpcli.datasets import Dataset, Split
from mlpcli.inspection import Inspection
from mlpcli.report import page as module
from mlpcli.report.page import report_html
from mlpcli.results import evaluate


def page(weights: list[Path], split: Split) -> str:
    """Return the page about what weights make of a split."""
    evaluation = evaluate(Classifier.load(weights), "glyphs", "test", split)
    return report_html(evaluation, [Inspection.load(path) for path in weights])


def test_evaluate_report(mlp: Mlp, weak: Path) -> None:
    """--report writes the page beside what evaluate prints anyway, and says so on stderr."""
    plain = mlp("evaluate", "--weights", weak)
    result = mlp("evaluate", "--weights", weak, "--report", "page.html")
    assert 0 == result.exit_code, result.output
    assert plain.stdout == result.stdout
    assert "report: page.html\n" == result.stderr
    assert Path("page.html").read_text().startswith("<!doctype html>")


def test_train_report(mlp: Mlp, config_file: Path) -> None:
    """train --report writes the page into the run's directory, the same that evaluate writes."""
    mlp("train", "--config", config_file, "--out", "run", "--report")
    mlp("evaluate", "--weights", "run/best.npz", "--report", "page.html")
    assert Path("page.html").read_text() == Path("run/report.html").read_text()


def test_report_of_a_resumed_run(mlp: Mlp, trained: Path) -> None:
    """A run that is over can still be reported, by resuming it."""
    assert 0 == mlp("train", "--resume", trained, "--report").exit_code
    assert (trained / "report.html").exists()


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
    evaluation = evaluate(Classifier.load([weak]), "glyphs", "train", glyphs.train)
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


def test_worst_mistakes(weak: Path, glyphs: Dataset) -> None:
    """The worst mistakes stand with label, answer, probability and index, the surest first."""
    evaluation = evaluate(Classifier.load([weak]), "glyphs", "test", glyphs.test)
    html = report_html(evaluation, [Inspection.load(weak)])
    section = unescape(html[html.index('id="mistakes"') : html.index('id="classes"')])
    captions = re.findall(r"<b>(\d) read as (\d)</b><br><span>([\d.]+)\s%, #(\d+)<", section)
    expected = [
        (
            str(evaluation.split.labels[index]),
            str(evaluation.answers[index]),
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
    changed = checkpoint.metadata | {"classes": nasty}
    changed["config"]["data"] = {"path": "<b>\x1b[31m", "validation": 0}
    save_checkpoint(tmp_path / "<i>.npz", checkpoint.arrays, changed)
    html = page([tmp_path / "<i>.npz"], glyphs.test)
    assert "<script" not in html
    assert "<b>\x1b" not in html
    assert "<i>" not in html
    assert "49" not in re.findall(r"<th scope=\"col\">(.*?)</th>", html)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert not re.search(r'<[^>]*[" ]onload="x', html)


def test_many_classes(weak: Path, glyphs: Dataset) -> None:
    """With more classes than anybody can read the matrix is left out, not the rest."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CLASSES", 9)
        html = page([weak], glyphs.test)
    assert "With 10 classes it would be too large to be read." in html
    assert 'href="#pictures"' not in html


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


def test_unwritable(mlp: Mlp, weak: Path) -> None:
    """A page that cannot be written is one line."""
    result = mlp("evaluate", "--weights", weak, "--report", "none/page.html")
    assert 1 == result.exit_code
    assert result.stderr == "none/page.html: cannot be written, No such file or directory\n"


def test_dry_run(mlp: Mlp) -> None:
    """A dry run has nothing to report."""
    result = mlp("train", "--config", "mnist", "--dry-run", "--report")
    assert 2 == result.exit_code
