"""Images that the page offers to start from: whose they are, and how many."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mlpcli.errors import MlpError
from mlpcli.export.page.examples import MOST, Example, find_examples
from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.conftest import Mlp
from tests.support.checkpoints import altered
from tests.support.watching import opened_below


def examples_of(weights: Path, data: str | None = None) -> tuple[list[Example], list[str]]:
    """Return the examples for some weights, and the notes about them."""
    notes: list[str] = []
    return find_examples(Classifier.load([weights]), data, notes.append), notes


def test_bundled_weights_get_drawn_digits(mnist_root: Path) -> None:
    """Though MNIST is at hand, none of its images is passed on with weights trained on a mix."""
    del mnist_root  # only so that MNIST is at hand
    examples, notes = examples_of(BUNDLED)
    drawn, _ = examples_of(BUNDLED, "synthetic")
    assert [] == notes
    assert dict.fromkeys(range(10), 2) == Counter(example.label for example in examples)
    assert all(
        np.array_equal(one.image, other.image) for one, other in zip(drawn, examples, strict=True)
    )


def test_data_that_the_network_was_trained_on(tmp_path: Path, mnist_root: Path) -> None:
    """A network that was trained on a named data set alone gets its test images, if at hand."""
    weights = altered(BUNDLED, tmp_path / "w.npz", {"name": "mnist", "root": str(mnist_root)})
    ours, _ = examples_of(weights)
    asked, _ = examples_of(weights, "mnist")
    drawn, _ = examples_of(BUNDLED)
    assert [one.image.tolist() for one in asked] == [one.image.tolist() for one in ours]
    assert drawn[0].image.tolist() != ours[0].image.tolist()


def test_data_that_is_not_at_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is downloaded: a network trained on MNIST gets drawn digits where MNIST is not."""
    monkeypatch.setenv("MLP_DATA", str(tmp_path / "none"))
    trained_on = {"name": "mnist", "root": str(tmp_path / "none")}
    weights = altered(BUNDLED, tmp_path / "w.npz", trained_on)
    assert 20 == len(examples_of(weights)[0])
    with pytest.raises(MlpError, match="mlp data fetch mnist downloads it"):
        examples_of(weights, "mnist")
    assert not (tmp_path / "none").exists()


def test_path_that_only_the_weights_name_is_not_opened(tmp_path: Path) -> None:
    """A folder that a weights file names is left alone, and digits are drawn instead."""
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    weights = altered(BUNDLED, tmp_path / "w.npz", {"path": str(theirs)})
    with opened_below(theirs) as opened:
        examples, notes = examples_of(weights)
    assert [] == opened
    assert 20 == len(examples)
    assert [] == notes


def test_other_classes(tmp_path: Path) -> None:
    """Where nobody knows what the classes look like there are none, and a note says so."""
    names = [f"pet {number}" for number in range(10)]
    weights = altered(BUNDLED, tmp_path / "w.npz", {"path": "pets"}, classes=names)
    examples, notes = examples_of(weights)
    assert [] == examples
    assert [
        "examples: none, as the data that the network was trained on is not at hand; see --data"
    ] == notes


def test_labels_are_numbered_as_the_network_numbers_them(tmp_path: Path) -> None:
    """Classes in another order get examples with the labels of that order."""
    weights = altered(BUNDLED, tmp_path / "w.npz", classes=list("9876543210"))
    turned, _ = examples_of(weights)
    usual, _ = examples_of(BUNDLED)
    assert usual[0].image.tolist() in [
        example.image.tolist() for example in turned if example.label == 9
    ]


def test_own_data_of_many_classes(mlp: Mlp, tmp_path: Path) -> None:
    """With more classes than a page should hold images, some classes have one."""
    labels = np.arange(124).reshape(2, 62) % 62
    images = np.random.default_rng(0).integers(0, 256, (2, 62, 8, 8)).astype(np.uint8)
    np.savez(
        tmp_path / "many.npz",
        x_train=images[0],
        y_train=labels[0],
        x_test=images[1],
        y_test=labels[1],
    )
    Path("many.yaml").write_text(
        "data: {path: many.npz, validation: 10}\nmodel: {layers: [64, 8, 62]}\n"
        "training: {epochs: 1}\n"
    )
    result = mlp("train", "--config", "many.yaml", "--out", "many")
    assert 0 == result.exit_code, result.output
    examples, _ = examples_of(Path("many/best.npz"), "many.npz")
    assert MOST == len(examples) == len({example.label for example in examples})
    assert all(images[1][example.label].tolist() == example.image.tolist() for example in examples)
