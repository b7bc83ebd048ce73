"""What is said of a classifier's predictions, in the terminal and as JSON."""

import json
import os
import pty
import re
import subprocess
import sys
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import Evaluation, evaluate_split
from mlpcli.nn.metrics import Predictions
from mlpcli.report.evaluations import evaluation_text, mistakes_text
from tests.conftest import Mlp


@pytest.fixture
def evaluation(weak: Path, glyphs: Dataset) -> Evaluation:
    """What these weights make of the test images."""
    return evaluate_split(Classifier.load([weak]), "glyphs", "test", glyphs.test)


def test_mistakes(evaluation: Evaluation) -> None:
    """Mistakes are the wrong predictions, the surest first, and as many as are asked for."""
    every = evaluation.mistakes()
    assert evaluation.metrics.count - evaluation.metrics.correct == len(every) > 5
    assert (evaluation.predicted[every] != evaluation.split.labels[every]).all()
    assert (np.diff(evaluation.confidence[every]) <= 0).all()
    np.testing.assert_array_equal(every[:3], evaluation.mistakes(3))


def test_cells(evaluation: Evaluation) -> None:
    """The cells of the confusion matrix hold each image once, where label and prediction meet."""
    confusion = evaluation.metrics.confusion
    cells = {place: evaluation.cell(*place) for place in np.ndindex(confusion.shape)}
    assert all(len(cells[place]) == confusion[place] for place in cells)
    together = np.sort(np.concatenate(list(cells.values())))
    np.testing.assert_array_equal(np.arange(len(evaluation.split)), together)


def test_loss_is_that_before_the_temperature(evaluation: Evaluation) -> None:
    """The loss is that of the network as it was trained, the probabilities are not."""
    _, plain = evaluation.classifier.calibrated_and_uncalibrated(evaluation.split.images)
    labels = evaluation.split.labels
    rows = np.arange(len(labels))
    assert -plain[rows, labels].mean() == pytest.approx(evaluation.metrics.loss, rel=1e-6)
    assert (1.0,) != tuple(evaluation.classifier.temperatures)
    assert evaluation.calibrated.loss != evaluation.metrics.loss


def test_text(evaluation: Evaluation) -> None:
    """The confusion matrix says each count, with a full column beside the most frequent mistake."""
    text = plain_text(evaluation_text(evaluation))
    (temperature,) = evaluation.classifier.temperatures
    assert (
        f"calibration error (ECE): {100 * evaluation.reliability.ece:.2f} %, "
        f"before temperature {temperature:.3g}: {100 * evaluation.uncalibrated_reliability.ece:.2f} %\n"
    ) in text
    assert evaluation.reliability.ece != evaluation.uncalibrated_reliability.ece
    matrix = text[text.index("label ") :].splitlines()[1:]
    confusion = evaluation.metrics.confusion
    for row, counts in zip(matrix, confusion, strict=True):
        shown = row.translate(str.maketrans("▁▂▃▄▅▆▇█·", " " * 8 + "0")).split()[1:]
        assert counts.tolist() == [int(count) for count in shown]
    wrong = confusion - np.diag(np.diag(confusion))
    label, prediction = np.unravel_index(wrong.argmax(), wrong.shape)
    assert f"{wrong.max()}█" in matrix[label]
    assert "█" not in matrix[label][: 7 + 5 * prediction]


def test_rare_and_frequent_mistakes(evaluation: Evaluation) -> None:
    """Beside a mistake that is a hundred times as rare as another one there is a little."""
    labels, predicted = np.repeat(
        [[0, 1, 2, 0, 0], [0, 1, 2, 1, 2]], [500, 500, 500, 1, 100], axis=1
    )
    inputs = replace(evaluation.classifier.inputs, classes=("a", "b", "c"))
    classifier = copy(evaluation.classifier)
    classifier.inputs = inputs
    found = Predictions(3, labels, predicted, np.full(1601, 0.9), np.full(1601, -0.1))
    text = plain_text(
        evaluation_text(
            replace(evaluation, classifier=classifier, calibrated=found, uncalibrated=found)
        )
    )
    assert "a       500    1▁ 100█" in text.splitlines()


def test_text_fits(evaluation: Evaluation) -> None:
    """Everything fits into 80 columns, and no line ends with spaces."""
    text = plain_text(evaluation_text(evaluation))
    pictures = mistakes_text(evaluation, evaluation.mistakes(10), 80)
    for line in f"{text}\n{pictures}".splitlines():
        assert len(line) <= 80
        assert line == line.rstrip()


def plain_text(text: str) -> str:
    """Return a text without its colours."""
    return re.sub(r"\x1b\[\d+m", "", text)


def test_mistakes_option(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """--mistakes N shows N pictures, each with index, label, prediction and probability."""
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--mistakes", "10")
    assert 0 == result.exit_code, result.output
    assert 10 == result.stdout.count(" read as ")
    record = json.loads(
        mlp(
            "evaluate", "--weights", weak, "--data", glyph_file, "--mistakes", "10", "--json"
        ).stdout
    )
    assert 10 == len(record["mistakes"])
    for mistake in record["mistakes"]:
        assert (
            f"#{mistake['index']}: {mistake['label']} read as {mistake['answer']}, "
            f"{100 * mistake['probability']:.2f} %"
        ) in result.stdout


def test_no_mistakes(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """Where no prediction is wrong, that is said."""
    shown = ["--split", "train", "--mistakes", "3"]
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", glyph_file, *shown)
    assert "(500 of 500)" in result.stdout
    assert result.stdout.endswith("\n\nnone\n")


def test_json(mlp: Mlp, weak: Path, evaluation: Evaluation, glyph_file: Path) -> None:
    """The JSON object gives the temperature, and the calibration error with it and without."""
    record = json.loads(mlp("evaluate", "--weights", weak, "--data", glyph_file, "--json").stdout)
    assert evaluation.reliability.ece == pytest.approx(record["ece"])
    assert evaluation.uncalibrated_reliability.ece == pytest.approx(record["ece_before"])
    assert list(evaluation.classifier.temperatures) == record["temperatures"]
    assert "mistakes" not in record


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": ""}, True)]
)
def test_colours(weak: Path, environment: dict[str, str], coloured: bool, glyph_file: Path) -> None:
    """On a terminal there are colours, unless NO_COLOR is set; in a pipe there are none."""
    command = [sys.executable, "-m", "mlpcli", "evaluate", "--weights", str(weak)]
    command += ["--data", str(glyph_file)]
    environment = {
        name: value for name, value in os.environ.items() if name != "NO_COLOR"
    } | environment
    terminal, end = pty.openpty()
    with subprocess.Popen(command, stdout=end, stderr=subprocess.DEVNULL, env=environment) as run:
        os.close(end)
        shown = b""
        while chunk := read_some(terminal):
            shown += chunk
    os.close(terminal)
    assert 0 == run.returncode
    assert coloured == (b"\x1b[" in shown)
    piped = subprocess.run(command, capture_output=True, check=True, env=environment).stdout
    assert b"\x1b" not in piped
    assert plain_text(shown.decode()).replace("\r\n", "\n") == piped.decode()


def read_some(terminal: int) -> bytes:
    """Return what a program wrote to a terminal, nothing once it has ended."""
    try:
        return os.read(terminal, 1 << 16)
    except OSError:  # Linux says so when the other end is closed
        return b""
