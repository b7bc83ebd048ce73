"""`mlp evaluate`."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from mlpcli.inference.classifier import Classifier
from tests.conftest import Mlp
from tests.support.glyphs import draw_digit


def test_final_line_is_what_evaluate_says(
    mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path
) -> None:
    """`evaluate` prints the accuracy that training ended with."""
    line = mlp("train", "--config", config_file, "--out", tmp_path / "r").stdout.splitlines()[-1]
    weights = tmp_path / "r" / "best.npz"
    result = mlp("evaluate", "--weights", weights, "--data", glyph_file, "--json")
    record = json.loads(result.stdout)
    assert line.startswith(f"test accuracy {100 * record['accuracy']:.2f} % (")
    assert f"({round(record['accuracy'] * record['count'])} of {record['count']})" in line


def test_evaluate_text(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """`evaluate` prints the accuracy with its interval, a table per class and the confusion matrix."""
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", glyph_file)
    lines = result.stdout.splitlines()
    assert "95 % interval" in result.stdout
    assert "precision" in lines[4]
    assert 10 == sum(line.endswith(" 10") for line in lines[5:15])  # ten images of each digit
    assert max(map(len, lines[1:])) <= 80


def test_evaluate_json(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """The JSON object has the documented fields, and they agree with each other."""
    weights = trained / "best.npz"
    record = json.loads(
        mlp("evaluate", "--weights", weights, "--data", glyph_file, "--json").stdout
    )
    assert [str(trained / "best.npz")] == record["weights"]
    assert (str(glyph_file), "test", 100) == (record["data"], record["split"], record["count"])
    confusion = np.array(record["confusion"])
    assert np.trace(confusion) / 100 == record["accuracy"]
    low, high = record["accuracy_interval"]
    assert low < record["accuracy"] <= high
    seven = record["per_class"][7]
    assert {"class", "precision", "recall", "f1", "support"} == set(seven)
    assert confusion[7, 7] / confusion[7].sum() == seven["recall"]


def test_predictions(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """--predictions writes number, label, prediction and probabilities of each image, to the bit."""
    options = ("--weights", trained, "--data", glyph_file, "--predictions", "predictions.csv")
    result = mlp("evaluate", *options)
    assert 0 == result.exit_code, result.output
    assert "predictions: predictions.csv\n" == result.stderr
    with Path("predictions.csv").open() as file:
        rows = list(csv.DictReader(file))
    with np.load(glyph_file) as arrays:
        images, labels = arrays["x_test"], arrays["y_test"]
    expected = Classifier.load([trained / "best.npz"]).predict_proba(images)
    names = [f"probability_{digit}" for digit in range(10)]
    found = np.array([[row[name] for name in names] for row in rows], dtype=np.float32)
    np.testing.assert_array_equal(expected, found)
    assert labels.tolist() == [int(row["label"]) for row in rows]
    assert expected.argmax(axis=1).tolist() == [int(row["predicted"]) for row in rows]
    assert [str(index) for index in range(100)] == [row["index"] for row in rows]


def test_predictions_on_standard_output(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """--predictions - writes the table alone, and goes with no other option that does."""
    options = ("evaluate", "--weights", trained, "--data", glyph_file, "--predictions", "-")
    assert mlp(*options).stdout.startswith("index,image,label,predicted,probability_0,")
    assert 101 == len(mlp(*options).stdout.splitlines())
    for other in (("--csv", "-"), ("--json",), ("--mistakes", "3")):
        result = mlp(*options, *other)
        assert 2 == result.exit_code
        assert "takes standard output" in result.stderr


@pytest.mark.parametrize(
    ("split", "count"), [("train", 500), ("validation", 100), ("test", 100), ("all", 700)]
)
def test_evaluate_splits(mlp: Mlp, trained: Path, glyph_file: Path, split: str, count: int) -> None:
    """Each split is the one that training used."""
    weights = trained / "best.npz"
    options = ("--data", glyph_file, "--split", split, "--json")
    record = json.loads(mlp("evaluate", "--weights", weights, *options).stdout)
    assert (split, count) == (record["split"], record["count"])


def test_evaluate_other_data(mlp: Mlp, trained: Path, glyph_file: Path, tmp_path: Path) -> None:
    """--data takes a path, even to few training images or to some of the classes only."""
    other = tmp_path / "other.npz"
    with np.load(glyph_file) as file:
        arrays = {name: file[name][file["y" + name[1:]] < 7][:50] for name in file.files}
    np.savez(other, **arrays)
    weights = trained / "best.npz"
    record = json.loads(mlp("evaluate", "--weights", weights, "--data", other, "--json").stdout)
    assert (str(other), 50) == (record["data"], record["count"])


def test_evaluate_other_classes(mlp: Mlp, trained: Path) -> None:
    """Data with other class names are refused before they are downloaded."""
    result = mlp("evaluate", "--weights", trained / "best.npz", "--data", "kmnist")
    assert result.exit_code == 1
    assert result.stderr.startswith("kmnist: the classes must be those the network was trained on")


def test_newest_weights(mlp: Mlp, config_file: Path, glyph_file: Path, tmp_path: Path) -> None:
    """Without --weights the newest run is used, and stderr says which."""
    mlp("train", "--config", config_file, "--quiet")
    draw_digit(3).save(tmp_path / "three.png")
    for arguments in (["evaluate", "--data", glyph_file], ["predict", "three.png"]):
        result = mlp(*arguments)
        assert result.exit_code == 0
        assert result.stderr == "weights: runs/small/best.npz\n"


def test_evaluate_empty_split(mlp: Mlp, config_file: Path, glyph_file: Path) -> None:
    """An empty validation split gives one clear line."""
    mlp("train", "--config", config_file, "--set", "data.validation=0", "--quiet")
    result = mlp("evaluate", "--data", glyph_file, "--split", "validation")
    assert result.exit_code == 1
    hint = "the validation split is empty; give --split train, test or all\n"
    assert result.stderr.endswith(f"{glyph_file}: {hint}")


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize(
    "command",
    [
        "evaluate --weights trained --data small.npz --split validation",
        "evaluate --weights trained --data small.npz --split train",
    ],
)
def test_too_few_to_keep_any_back(mlp: Mlp, glyph_file: Path, command: str) -> None:
    """With fewer images than a run held out, the advice is an option that the command has."""
    with np.load(glyph_file) as file:
        np.savez("small.npz", **{name: file[name][:60] for name in file.files})
    result = mlp(*command.split())
    expected = (
        "small.npz: must have more than 100 training images, because that many are held "
        "out for validation, got 60; --split all takes every image\n"
    )
    assert (1, "", expected) == (result.exit_code, result.stdout, result.stderr)
    assert 0 == mlp(*command.split(), "--split", "all").exit_code


def test_several_weights(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """Several weights are averaged and all named in the JSON."""
    weights = [str(trained / "best.npz"), str(trained / "last.npz")]
    both = ("--weights", weights[0], "--weights", weights[1])
    result = mlp("evaluate", *both, "--data", glyph_file, "--json")
    assert weights == json.loads(result.stdout)["weights"]
