"""Which of two runs is better, if one is."""

import json
import re
from dataclasses import replace
from math import comb
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlpcli.config import load_config
from mlpcli.config.changes import MISSING, config_changes
from mlpcli.datasets import Split
from mlpcli.images import default_recipe
from mlpcli.images.view import View
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.comparison import Comparison, mcnemar
from mlpcli.inference.evaluation import Evaluation, evaluate_split
from mlpcli.inference.networks import InputFormat
from mlpcli.nn.metrics import Predictions
from mlpcli.nn.network import Network
from mlpcli.report.comparisons import (
    comparison_record,
    comparison_text,
    verdict,
)
from tests.conftest import Mlp
from tests.support.checkpoints import altered, metadata_of


@pytest.fixture
def runs(mlp: Mlp, config_file: Path, weak: Path) -> tuple[Path, Path, Path]:
    """A run that has hardly learnt anything, and two of the same recipe that have."""
    for seed in (0, 1):
        mlp("train", "--config", config_file, "--out", f"strong-{seed}", "--set", f"seed={seed}")
    return weak.parent, Path("strong-0"), Path("strong-1")


@pytest.mark.parametrize(
    ("only_first", "only_second", "expected"),
    [
        (0, 0, 1.0),
        (5, 5, 1.0),
        (0, 1, 1.0),
        (0, 5, 2 / 2**5),
        (1, 5, 2 * (1 + 6) / 2**6),
        (8, 3, 2 * sum(comb(11, k) for k in range(4)) / 2**11),
    ],
)
def test_mcnemar(only_first: int, only_second: int, expected: float) -> None:
    """The p-value is the sum of binomial probabilities, at both ends, whichever one is better."""
    assert expected == pytest.approx(mcnemar(only_first, only_second))
    assert expected == pytest.approx(mcnemar(only_second, only_first))


@pytest.mark.slow
@pytest.mark.parametrize(("first", "second"), [(93, 17), (400, 450), (0, 60), (2000, 1)])
def test_mcnemar_is_the_binomial_test(first: int, second: int) -> None:
    """It is SciPy's exact two-sided binomial test."""
    from scipy.stats import binomtest  # noqa: PLC0415  # slow to load

    expected = binomtest(first, first + second).pvalue
    assert expected == pytest.approx(mcnemar(first, second), rel=1e-9)


def test_two_seeds(mlp: Mlp, runs: tuple[Path, Path, Path], glyph_file: Path) -> None:
    """Two seeds of one recipe differ in the seed, and not significantly."""
    result = mlp("compare", runs[1], runs[2], "--data", glyph_file)
    assert 0 == result.exit_code, result.output
    lines = result.stdout.splitlines()
    assert "seed  0 → 1" == lines[0]
    assert lines[-1].startswith("no significant difference (p = ")


@pytest.mark.parametrize("swapped", [False, True])
def test_better_one(
    mlp: Mlp, runs: tuple[Path, Path, Path], glyph_file: Path, swapped: bool
) -> None:
    """The better one is named with the difference and p, whichever comes first."""
    pair = (runs[1], runs[0]) if swapped else (runs[0], runs[1])
    lines = mlp("compare", *pair, "--data", glyph_file).stdout.splitlines()
    assert lines[-1].startswith("strong-0 is better by ")
    record = json.loads(mlp("compare", *pair, "--data", glyph_file, "--json").stdout)
    assert "strong-0" == record["better"]
    assert record["significant"]
    assert f"(p = {record['p']:.2g}, McNemar's exact test)" in lines[-1]
    assert (record["difference"] < 0) == swapped
    assert [0.01, 0.1] == sorted(record["config"]["training.optimizer.learning_rate"])
    wrong = [line.split()[1:] for line in lines[-13:-3]]
    labels = np.load(glyphs_of(record))["y_test"]
    for column, kind in enumerate(["both_wrong", "only_first_wrong", "only_second_wrong"]):
        expected = np.bincount(labels[record[kind]], minlength=10)
        assert expected.tolist() == [int(row[column]) for row in wrong]
    total = next(line for line in lines if line.startswith("total")).split()[1:]
    kinds = ["both_wrong", "only_first_wrong", "only_second_wrong"]
    assert [len(record[kind]) for kind in kinds] == list(map(int, total))


def glyphs_of(record: dict[str, Any]) -> Path:
    """Return the file of images that both have predicted."""
    return Path(record["data"])


def test_counts_agree(mlp: Mlp, runs: tuple[Path, Path, Path], glyph_file: Path) -> None:
    """What one or both have wrong are the mistakes that evaluate counts for each."""
    record = json.loads(mlp("compare", *runs[:2], "--data", glyph_file, "--json").stdout)
    both = len(record["both_wrong"])
    for run, alone, accuracy in zip(
        runs[:2], ("only_first_wrong", "only_second_wrong"), record["accuracy"], strict=True
    ):
        found = json.loads(mlp("evaluate", "--weights", run, "--data", glyph_file, "--json").stdout)
        assert found["accuracy"] == accuracy
        wrong = found["count"] - int(np.trace(found["confusion"]))
        assert wrong == both + len(record[alone])


def test_mistakes(mlp: Mlp, runs: tuple[Path, Path, Path], glyph_file: Path) -> None:
    """--mistakes shows pictures that only one of them has wrong, or says that there are none."""
    result = mlp("compare", *runs[:2], "--data", glyph_file, "--mistakes", "2")
    record = json.loads(mlp("compare", *runs[:2], "--data", glyph_file, "--json").stdout)
    _, shown = result.stdout.split("only the first one gets wrong:")
    first, second = shown.split("only the second one gets wrong:")
    options = ("--data", glyph_file, "--mistakes", "99", "--json")
    weak = json.loads(mlp("evaluate", "--weights", runs[0], *options).stdout)
    surest = [m for m in weak["mistakes"] if m["index"] in record["only_first_wrong"]][:2]
    for mistake in surest:
        assert f"#{mistake['index']}: {mistake['label']} read as {mistake['answer']}, " in first
    assert 2 == first.count(" read as ")
    assert min(2, len(record["only_second_wrong"])) == second.count(" read as ")
    assert ("\nnone\n" in second) == (not record["only_second_wrong"])


def test_same_run(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """A run is as good as itself, and files of weights can be compared as runs can."""
    result = mlp("compare", trained, trained / "best.npz", "--data", glyph_file)
    assert "the same configuration" in result.stdout
    assert result.stdout.endswith("no significant difference (p = 1, McNemar's exact test)\n")


def test_changes() -> None:
    """Every key that differs is named with both values, or as missing in one of them."""
    first = load_config("mnist")
    second = load_config(
        "mnist", ["training.optimizer={name: adam}", "training.early_stopping={patience: 5}"]
    )
    changes = {key: (old, new) for key, old, new in config_changes(first, second)}
    assert ("sgd", "adam") == changes["training.optimizer.name"]
    assert (0.9, MISSING) == changes["training.optimizer.momentum"]
    assert (MISSING, [0.9, 0.999]) == changes["training.optimizer.betas"]
    assert (MISSING, 5) == changes["training.early_stopping.patience"]
    assert "training.early_stopping" not in changes
    assert "seed" not in changes


def test_other_classes(mlp: Mlp, trained: Path) -> None:
    """Runs that tell other classes apart are not compared."""
    x = np.zeros((20, 28, 28), dtype=np.uint8)
    x[:, 4:24, 4:24] = 255
    y = np.arange(20) % 3
    np.savez("three.npz", x_train=x, y_train=y, x_test=x, y_test=y)
    changes = ["data.path=three.npz", "data.validation=0", "model.layers=[784, 3]"]
    options = [part for change in changes for part in ("--set", change)]
    assert 0 == mlp("train", "--config", "mnist", *options, "--out", "three").exit_code
    result = mlp("compare", trained, "three")
    assert 1 == result.exit_code
    assert result.stderr == (
        f"three/best.npz: the classes must be the same as those of {trained}/best.npz, "
        "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, got 0, 1, 2\n"
    )


def test_other_data(mlp: Mlp, trained: Path) -> None:
    """Of runs that learnt different data a note says on which of these both are evaluated."""
    data = {"name": "synthetic", "train": 300, "test": 50, "validation": 100}
    summary = metadata_of(trained / "best.npz")["data"] | {"name": "synthetic"}
    altered(trained / "best.npz", Path("other.npz"), data, data=summary)
    result = mlp("compare", "other.npz", trained)
    assert 0 == result.exit_code
    assert result.stderr == (
        "note: the two were trained on different data; both are evaluated on the data of other.npz; "
        "--data chooses other data\n"
    )
    assert "synthetic test, 50 images:" in result.stdout
    assert "" == mlp("compare", "other.npz", trained, "--data", "synthetic").stderr


def test_certain_difference(mlp: Mlp, runs: tuple[Path, Path, Path], glyph_file: Path) -> None:
    """A p-value that is too small for a number is said to be below one."""
    text = mlp("compare", *runs[:2], "--data", glyph_file).stdout
    assert re.search(r"strong-0 is better by \d+\.\d\d percentage points \(p = ", text)
    many = Comparison(*(predicting(5000 * [label]) for label in (0, 1)))
    assert verdict(many, ("zeros", "ones")) == (
        "ones is better by 100.00 percentage points (p < 1e-300, McNemar's exact test)"
    )


def test_not_significant() -> None:
    """A difference that chance makes is not called better, nor named in the JSON object."""
    pair = Comparison(predicting([1, 1, 0, 1, 1]), predicting([1, 1, 1, 1, 1]))
    assert "no significant difference (p = 1, McNemar's exact test)" == verdict(pair, ("a", "b"))
    assert comparison_record(pair, ("a", "b"), [])["better"] is None


def test_mistakes_of_each() -> None:
    """The pictures of each are below what it predicted itself."""
    pair = Comparison(predicting([0, 1, 1]), predicting([1, 1, 0]))
    text = comparison_text(pair, ("a", "b"), [], mistakes=5, width=80)
    _, first, second = re.split(r"only the .* one gets wrong:", text)
    assert "#0: one read as zero, 90.00 %" in first
    assert "#2: one read as zero, 90.00 %" in second


def predicting(predictions: list[int]) -> Evaluation:
    """Return an evaluation of as many blank images of class 1."""
    count = len(predictions)
    network = Network.mlp((4, 2), "relu")
    inputs = InputFormat(("zero", "one"), "scale", 2, 2, default_recipe("scale", 2, 2))
    classifier = Classifier(
        [network],
        [1.0],
        [View()],
        inputs,
        outlier_thresholds=[None],
        trained_on={},
        seed=0,
        name="own",
    )
    labels = np.ones(count, dtype=np.int64)
    split = Split(np.zeros((count, 2, 2), dtype=np.uint8), labels)
    whole = evaluate_split(classifier, "blank", "test", split)
    logarithms = np.log(np.where(np.arange(2) == np.array(predictions)[:, None], 0.9, 0.1))
    return replace(whole, calibrated=Predictions.of(logarithms, labels))
