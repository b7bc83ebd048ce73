"""Data of a stranger may have as many classes as labels have values: what that costs, and shows."""

import json
import re
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.datasets import Dataset
from mlpcli.images.normalization import to_inputs
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.evaluation import Evaluation, evaluate_split
from mlpcli.inference.inspection import Inspection
from mlpcli.nn.metrics import Predictions, compute_logits, measure, parts
from mlpcli.nn.temperature import fit_temperature, stride
from mlpcli.report.classes import MOST_ROWS
from mlpcli.report.evaluations import evaluation_record
from mlpcli.report.page import report_html
from mlpcli.training.trainer import Trainer
from tests.conftest import Mlp
from tests.support.glyphs import write_digits

DATA = ("--data", "many.npz")
MB = 1 << 20
Trained = Callable[[int], Path]


@contextmanager
def at_most(size: int) -> Iterator[None]:
    """Check that what a block allocates never comes to more than so many bytes."""
    tracemalloc.start()
    try:
        yield
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < size


@pytest.fixture
def trained_for(mlp: Mlp, tmp_path: Path) -> Trained:
    """Return what trains a network for so many classes, whose images are noise."""

    def train(classes: int) -> Path:
        generator = np.random.default_rng(0)
        labels = generator.integers(0, classes, (2, 300))
        labels[:, 0] = classes - 1
        images = generator.integers(0, 256, (2, 300, 4, 4)).astype(np.uint8)
        np.savez(
            tmp_path / "many.npz",
            x_train=images[0],
            y_train=labels[0],
            x_test=images[1],
            y_test=labels[1],
            class_names=np.arange(classes).astype(np.str_),
        )
        Path("many.yaml").write_text(
            f"data: {{path: many.npz, validation: 100}}\nmodel: {{layers: [16, 8, {classes}]}}\n"
            "training: {epochs: 1}\n"
        )
        result = mlp("train", "--config", "many.yaml", "--out", "many")
        assert 0 == result.exit_code, result.output
        return Path("many/best.npz")

    return train


def test_counts_without_a_matrix() -> None:
    """What is counted of each class takes memory for the classes, not for pairs of them."""
    logarithms = np.full((3, 65536), -20.0, dtype=np.float32)
    logarithms[[0, 1, 2], [7, 7, 65535]] = -0.1
    with at_most(50 * MB):
        metrics = measure(logarithms, np.array([7, 8, 65535]))
        assert (3, 2) == (metrics.count, metrics.correct)
        assert [1, 1, 1] == metrics.support[[7, 8, 65535]].tolist()
        assert [0.5, 0, 1] == metrics.precision[[7, 8, 65535]].tolist()
        assert [1, 0, 1] == metrics.recall[[7, 8, 65535]].tolist()
        assert [1, 0, 1] == metrics.right[[7, 8, 65535]].tolist()


def test_counted_once() -> None:
    """What is asked for each class is computed once for all of them."""
    metrics = measure(np.log([[0.9, 0.1]]), np.array([0]))
    for name in ("support", "right", "precision", "recall", "f1", "confusion"):
        assert getattr(metrics, name) is getattr(metrics, name), name


def test_predicted_in_parts(weak: Path, glyphs: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    """Images are predicted in as many parts as memory wants, and the predictions are the same."""
    classifier, split = Classifier.load([weak]), glyphs.test
    whole = evaluate_split(classifier, "glyphs", "test", split)
    monkeypatch.setattr("mlpcli.nn.metrics.PART", 70)
    assert [slice(0, 7), slice(7, 14)] == list(parts(14, 10))
    found = evaluate_split(classifier, "glyphs", "test", split)
    np.testing.assert_array_equal(whole.predicted, found.predicted)
    np.testing.assert_allclose(whole.confidence, found.confidence, rtol=1e-5)
    assert whole.metrics.loss == pytest.approx(found.metrics.loss, rel=1e-5)


def test_parts_are_whole_batches() -> None:
    """Parts hold each image once, and whole batches as long as one fits."""
    assert [slice(0, 60_000)] == list(parts(60_000, 10))
    assert [slice(0, 4000), slice(4000, 5000)] == list(parts(5000, 1000))
    assert [slice(0, 64), slice(64, 100)] == list(parts(100, 65536))


def test_training_in_parts(mlp: Mlp, config_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A validation in parts comes to what it comes to at once."""
    runs = []
    for part in (1 << 22, 70):
        monkeypatch.setattr("mlpcli.nn.metrics.PART", part)
        assert 0 == mlp("train", "--config", config_file, "--out", str(part)).exit_code
        runs.append(Inspection.load(Path(str(part), "best.npz")))
    whole, found = runs
    assert whole.history[-1].validation_accuracy == found.history[-1].validation_accuracy
    assert whole.history[-1].validation_loss == pytest.approx(found.history[-1].validation_loss)
    temperatures = [run.classifier.temperatures[0] for run in runs]
    assert temperatures[0] == pytest.approx(temperatures[1], rel=1e-4)


def test_fitting_to_some_images(
    config_file: Path, monkeypatch: pytest.MonkeyPatch, glyphs: Dataset
) -> None:
    """Of very many classes a temperature is fitted to some of the images, evenly taken."""
    sizes = ((9, 9), (800_000, 10), (500, 20_000), (10_000, 65536))
    assert [1, 1, 2, 79] == [stride(*each) for each in sizes]
    trainer = Trainer(load_config(str(config_file)), glyphs)
    inputs = to_inputs(glyphs.train.images[:9], np.empty((9, 784), np.float32))
    trainer.train_step(inputs, glyphs.train.labels[:9])
    logits = compute_logits(trainer.network, glyphs.validation.images)
    monkeypatch.setattr("mlpcli.nn.metrics.PART", 70)
    monkeypatch.setattr("mlpcli.nn.temperature.ENOUGH", 500)
    trainer.validate()
    expected = fit_temperature(logits[::2], glyphs.validation.labels[::2])
    assert expected == pytest.approx(trainer.temperature, rel=1e-5)
    assert expected != pytest.approx(fit_temperature(logits, glyphs.validation.labels), rel=1e-5)


def test_text(mlp: Mlp, trained_for: Trained) -> None:
    """Of a thousand classes the terminal shows those most often wrong, and no matrix."""
    result = mlp("evaluate", *DATA, "--weights", trained_for(1001))
    lines = result.stdout.splitlines()
    assert 0 == result.exit_code, result.output
    assert len(lines) < MOST_ROWS + 15
    assert (
        "These are the 100 of 1001 classes with the most mistakes; --json gives every class"
    ) in lines
    assert "Confusion matrix: not shown for more than 64 classes, got 1001" in lines


def test_confusion_of_fewer(mlp: Mlp, trained_for: Trained) -> None:
    """Up to a thousand classes, the JSON object has the matrix that the terminal leaves out."""
    weights = trained_for(200)
    text = mlp("evaluate", *DATA, "--weights", weights).stdout
    assert (
        "Confusion matrix: not shown for more than 64 classes, got 200; --json gives it"
    ) in text.splitlines()
    record = json.loads(mlp("evaluate", *DATA, "--weights", weights, "--json").stdout)
    assert (200, 200) == np.shape(record["confusion"])
    assert 300 == np.sum(record["confusion"])


def test_drawing(mlp: Mlp, trained_for: Trained, tmp_path: Path) -> None:
    """`predict --show` draws bars for the likeliest of very many classes."""
    write_digits(tmp_path, "3.png")
    result = mlp("predict", "3.png", "--weights", trained_for(1001), "--show")
    assert 0 == result.exit_code, result.output
    assert MOST_ROWS + 2 == len(result.stdout.splitlines())
    assert result.stdout.endswith(f"These are the {MOST_ROWS} likeliest of 1001 classes\n")


@pytest.mark.slow
@pytest.mark.parametrize("classes", [1001, 65536])
def test_commands(mlp: Mlp, trained_for: Trained, classes: int) -> None:
    """Whatever is asked of very many classes is answered, and briefly."""
    weights = trained_for(classes)
    record = json.loads(mlp("evaluate", *DATA, "--weights", weights, "--json").stdout)
    assert record["confusion"] is None
    assert classes == len(record["per_class"])
    assert 300 == sum(row["support"] for row in record["per_class"])
    for command in (
        ["evaluate", *DATA, "--weights", weights, "--mistakes", "3", "--report", "page.html"],
        ["compare", *DATA, weights, weights],
        ["inspect", *DATA, weights],
    ):
        result = mlp(*command)
        assert 0 == result.exit_code, result.output
        assert len(result.stdout) < 20_000
    page = Path("page.html").read_text()
    assert len(page) < 500_000
    assert MOST_ROWS == page.count("</tr>") - 1


def test_page(trained_for: Trained, tmp_path: Path) -> None:
    """The page says which classes it shows, and why there is no matrix."""
    weights = trained_for(200)
    page = report_html(of_test(weights, tmp_path / "many.npz"), [Inspection.load(weights)])
    assert "the 100 of 200 classes with the most mistakes" in page
    assert "It is not shown for more than 64 classes" in page
    assert 'href="#pictures"' not in page
    shown = re.findall(r'<tr><th scope="row">(\d+)</th>', page)
    assert 100 == len(shown)
    assert sorted(map(int, shown)) == [*map(int, shown)]


def of_test(weights: Path, data: Path) -> Evaluation:
    """Return what weights make of a file's test images."""
    from mlpcli.datasets import open_dataset  # noqa: PLC0415

    split = open_dataset(data, root=Path("unused"), validation=0).test
    return evaluate_split(Classifier.load([weights]), "many", "test", split)


def test_record_of_many(trained_for: Trained, tmp_path: Path) -> None:
    """The numbers of each class in the JSON object are those of the metrics."""
    evaluation = of_test(trained_for(1001), tmp_path / "many.npz")
    record = evaluation_record(evaluation, ["w"], None)
    recall = [row["recall"] for row in record["per_class"]]
    np.testing.assert_array_equal(evaluation.metrics.recall, recall)


def test_predictions_join() -> None:
    """Predictions of parts of the images, joined, are those of all of them."""
    logarithms = np.log(np.random.default_rng(0).dirichlet([1, 1, 1], 9))
    labels = np.arange(9) % 3
    whole = Predictions.of(logarithms, labels)
    joined = Predictions.join(
        [Predictions.of(logarithms[rows], labels[rows]) for rows in parts(9, 3)]
    )
    for name in ("labels", "predicted", "confidence", "of_label"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(joined, name))
