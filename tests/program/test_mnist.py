"""What the shipped configurations promise, on the real MNIST."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mlpcli.cli.main import cli
from mlpcli.datasets import Dataset
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from mlpcli.nn.metrics import measure
from tests.conftest import Mlp
from tests.support.checkpoints import metadata_of

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("mnist_root")]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The final line and the best weights of `mlp train --config mnist`."""
    run = tmp_path_factory.mktemp("runs") / "check"
    return train(run, "mnist"), run / "best.npz"


def train(run: Path, config: str, *arguments: str) -> str:
    """Train quietly and return the final line."""
    command = ["train", "--config", config, "--out", str(run), "--quiet", *arguments]
    result = CliRunner().invoke(cli, command)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_default_recipe(mlp: Mlp, weights: tuple[str, Path]) -> None:
    """The default reaches 98 %, and evaluate says what training's final line said."""
    line, path = weights
    record = json.loads(mlp("evaluate", "--weights", path, "--json").stdout)
    assert record["accuracy"] >= 0.98
    assert line.startswith(f"test accuracy {100 * record['accuracy']:.2f} % (")
    assert record["count"] == 10000


def test_same_seed_same_weights(tmp_path: Path) -> None:
    """A second training with the same seed gives byte-identical weights."""
    digests = set()
    for name in ("first", "second"):
        train(tmp_path / name, "mnist", "--set", "training.epochs=2")
        digests.add(metadata_of(tmp_path / name / "best.npz")["weights_sha256"])
    assert 1 == len(digests)


def test_notebook_recipe(tmp_path: Path) -> None:
    """The notebook's network is past 97 % after five of its sixty epochs."""
    line = train(tmp_path / "run", "notebook", "--set", "training.epochs=5")
    assert float(line.split()[2]) > 97


def test_quickstart(mnist: Dataset, mlp: Mlp, tmp_path: Path) -> None:
    """Three epochs of the quickstart, with an empty cache, make a network that reads MNIST."""
    train(tmp_path / "run", "quickstart", "--set", "training.epochs=3")
    record = json.loads(
        mlp("evaluate", "--weights", "run/best.npz", "--data", "mnist", "--json").stdout
    )
    assert (record["data"], record["count"]) == (mnist.name, 10000)
    assert record["accuracy"] >= 0.97


def test_bundled_weights_read_mnist(mnist: Dataset) -> None:
    """The weights that come with the program read MNIST's test images."""
    log_probabilities = Classifier.load([BUNDLED]).log_probabilities(mnist.test.images)
    assert measure(log_probabilities, mnist.test.labels).accuracy >= 0.993


def test_exported_pictures(
    mlp: Mlp, weights: tuple[str, Path], mnist: Dataset, tmp_path: Path
) -> None:
    """predict on exported test images predicts what evaluate predicts of the same images."""
    mlp("data", "export", "mnist", "digits", "--split", "test", "--count", "100")
    result = mlp("predict", "digits", "--weights", weights[1], "--json")
    predicted = [json.loads(line)["label"] for line in result.stdout.splitlines()]
    classifier = Classifier.load([weights[1]])
    evaluated = classifier.log_probabilities(mnist.test.images[:100]).argmax(axis=1)
    assert evaluated.tolist() == predicted
    names = sorted(path.stem for path in (tmp_path / "digits").iterdir())
    assert mnist.test.labels[:100].tolist() == [int(name.split("-")[2]) for name in names]
