"""What a network that was trained with outliers says of digits and of other things."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli import Config, load, train
from mlpcli.config.data import DataConfig
from mlpcli.config.schema import ModelConfig, TrainingConfig
from mlpcli.datasets import Split, open_dataset
from mlpcli.datasets.synthetic.drawing import Drawing
from mlpcli.inference.classifier import Classifier
from mlpcli.runs.checkpoint import load_checkpoint
from tests.conftest import Mlp

MIX = {"synthetic": 3.0, "synthetic-outliers": 2.0}


def train_reader(directory: Path, mix: dict[str, float], epochs: int = 3) -> Path:
    """Train a small network for a few seconds and return its weights."""
    config = Config(
        data=DataConfig(mix=mix, train=12_000, test=100),
        model=ModelConfig(hidden=(64,), activation="relu", init="he"),
        training=TrainingConfig(epochs=epochs),
        threads=1,
        compiled=False,
    )
    return train(config, out=directory).best


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The weights of a network that has seen drawn digits and outliers."""
    return train_reader(tmp_path_factory.mktemp("reader") / "run", MIX)


@pytest.fixture(scope="module")
def others() -> Split:
    """Drawings of no class that the network has not seen."""
    return open_dataset("synthetic-outliers", drawing=Drawing(1, 200, seed=5)).test


def write_picture(path: Path, image: np.ndarray) -> str:
    """Write an image to a file and return its name."""
    Image.fromarray(image).save(path)
    return str(path)


@pytest.mark.slow
def test_threshold(reader: Path, others: Split) -> None:
    """The threshold in the weights lets nearly all digits pass; other things score higher."""
    threshold = load_checkpoint(reader).metadata.outlier_threshold
    assert threshold is not None
    digits = open_dataset("synthetic", drawing=Drawing(1, 1000, seed=5)).test
    judged = [load(reader).judge(images, tta=True) for images in (digits.images, others.images)]
    assert np.mean([one.outlier for one in judged[0]]) < 0.02
    typical = [np.median([one.not_a_digit or 0 for one in each]) for each in judged]
    assert typical[0] < 0.3
    assert typical[1] > 0.6
    for one in (*judged[0], *judged[1]):
        assert one.not_a_digit is not None
        assert one.outlier == (one.not_a_digit > threshold)


@pytest.mark.slow
def test_predict(mlp: Mlp, reader: Path, others: Split, tmp_path: Path) -> None:
    """What is no digit is warned of, with its score in the JSON, and once."""
    judged = load(reader).judge(others.images, tta=True)
    surest = int(np.argmax([one.not_a_digit or 0 for one in judged]))
    name = write_picture(tmp_path / "thing.png", others.images[surest])
    shown = mlp("predict", name, "--weights", reader)
    assert f"{name}: warning: does not look like a digit\n" == shown.stderr
    record = json.loads(mlp("predict", name, "--weights", reader, "--json").stdout)
    assert ["not-a-digit"] == record["warnings"]
    assert pytest.approx(judged[surest].not_a_digit, abs=1e-6) == record["not_a_digit"]
    assert pytest.approx(1) == sum(record["probabilities"])


@pytest.mark.slow
def test_resumed(mlp: Mlp, tmp_path: Path) -> None:
    """A run that is resumed ends with the weights and the threshold of one that went on."""
    whole = train_reader(tmp_path / "whole", MIX)
    best = train_reader(tmp_path / "parts", MIX, epochs=2)
    assert 0 == mlp("train", "--resume", best.parent, "--set", "training.epochs=3").exit_code
    one, other = (load_checkpoint(path.with_name("last.npz")).metadata for path in (whole, best))
    assert one.weights_sha256 == other.weights_sha256
    assert one.outlier_threshold == other.outlier_threshold is not None


@pytest.mark.slow
def test_together(reader: Path, tmp_path: Path) -> None:
    """The threshold of several networks is their mean, and none if one has not seen outliers."""
    other = train_reader(tmp_path / "other", {"synthetic": 1.0, "synthetic-outliers": 2.0})
    alone = [Classifier.load([path]).outlier_threshold for path in (reader, other)]
    assert all(alone)
    assert pytest.approx(np.mean(alone)) == Classifier.load([reader, other]).outlier_threshold  # type: ignore[arg-type]
    without = train_reader(tmp_path / "without", {"synthetic": 1.0})
    both = Classifier.load([reader, without])
    assert both.outlier_threshold is None
    (judgement,) = both.judge(np.zeros((1, 28, 28), np.uint8))
    assert judgement.not_a_digit is None
    assert not judgement.outlier


@pytest.mark.slow
def test_inspect(mlp: Mlp, reader: Path) -> None:
    """`mlp inspect` shows the threshold."""
    threshold = load_checkpoint(reader).metadata.outlier_threshold
    assert f"no class     from a score of {threshold:.3g} on" in mlp("inspect", reader).stdout
    record = json.loads(mlp("inspect", reader, "--json").stdout)
    assert threshold == record["outlier_threshold"]
