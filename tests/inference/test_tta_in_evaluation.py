"""Test-time augmentation in evaluations, which is that of predictions."""

import json
from pathlib import Path

import numpy as np
import pytest

import mlpcli
from mlpcli.datasets import Dataset
from mlpcli.errors import CheckpointError
from mlpcli.inference.copy_counts import USUAL
from mlpcli.report.page import report_html
from tests.conftest import Mlp
from tests.support.checkpoints import altered

AS_DIGITS = {"kind": "digit", "height": 28, "width": 28}


@pytest.fixture
def digits(weak: Path, tmp_path: Path) -> Path:
    """Weights that take printed digits for digits like MNIST's."""
    return altered(weak, tmp_path / "digits.npz", preparation=AS_DIGITS)


@pytest.mark.parametrize(("options", "count"), [([], 1), (["--tta"], USUAL), (["--tta", "3"], 3)])
def test_as_predicted(
    mlp: Mlp, digits: Path, glyph_file: Path, glyphs: Dataset, options: list[str], count: int
) -> None:
    """`--tta N` averages the first N copies; JSON, text and tables are of their mean."""
    command = ("evaluate", "--weights", digits, "--data", glyph_file, *options)
    record = json.loads(mlp(*command, "--json").stdout)
    judged = mlpcli.load(digits).judge(glyphs.test.images, tta=count)
    shares = np.stack([each.probabilities for each in judged])
    right = shares.argmax(axis=1) == glyphs.test.labels
    assert (count, pytest.approx(right.mean())) == (record["tta"], record["accuracy"])
    text = mlp(*command).stdout
    assert (count > 1) == (f"test, mean of {count} copies of each image: accuracy" in text)
    rows = mlp(*command, "--predictions", "-").stdout.splitlines()[1:]
    page = report_html(mlpcli.evaluate(digits, glyphs, tta=count), [])
    assert (count > 1) == (f", each the mean for {count} slightly changed copies" in page)
    table = np.array([row.split(",")[4:] for row in rows], dtype=np.float64)
    np.testing.assert_allclose(shares, table, atol=1e-6)


def test_as_many_as_predict(digits: Path, glyph_file: Path) -> None:
    """Without N there are as many copies as `mlp predict` averages."""
    data = mlpcli.open_dataset(glyph_file)
    evaluated = mlpcli.evaluate(digits, data, tta=True)
    by_default = mlpcli.load(digits).judge(data.test.images, tta=True)
    expected = [each.probabilities.max() for each in by_default]
    np.testing.assert_allclose(expected, evaluated.confidence, atol=1e-6)
    assert USUAL == evaluated.copies


def test_digits_only(mlp: Mlp, weak: Path, glyph_file: Path, glyphs: Dataset) -> None:
    """Networks of images without empty margins have no copies to average."""
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--tta")
    assert 1 == result.exit_code
    assert "must be trained on digits like MNIST's for test-time augmentation" in result.stderr
    with pytest.raises(CheckpointError):
        mlpcli.evaluate(weak, glyphs, tta=2)
    assert 2 == mlp("evaluate", "--weights", weak, "--tta", "0").exit_code
