"""`mlp predict` of CSV files, and predictions as a CSV."""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets import Dataset
from mlpcli.inference.classifier import Classifier
from tests.conftest import Mlp
from tests.support.checkpoints import altered, metadata_of
from tests.support.formats import write_csv
from tests.support.glyphs import draw_digit

pytestmark = pytest.mark.usefixtures("trained")


@pytest.fixture(autouse=True)
def table(tmp_path: Path, glyphs: Dataset) -> Path:
    """The test images as Kaggle ships them, without labels, beside the directory of a run."""
    return write_csv(tmp_path / "test.csv", glyphs.test, labels=False)


def rows_of(text: str) -> list[list[str]]:
    """Return the rows of a CSV."""
    return list(csv.reader(io.StringIO(text)))


def expected(trained: Path, images: np.ndarray) -> list[int]:
    """Return the labels that a run predicts for images."""
    classifier = Classifier.load([trained / "best.npz"])
    return [int(label) for label in classifier.log_probabilities(images, tta=True).argmax(axis=1)]


def test_submission(mlp: Mlp, trained: Path, glyphs: Dataset) -> None:
    """--csv writes ImageId, from 1 on, and Label, as Kaggle takes them, and nothing to stdout."""
    result = mlp("predict", "test.csv", "--weights", "trained", "--csv", "out.csv")
    assert (0, "", "100 predictions: out.csv\n") == (
        result.exit_code,
        result.stdout,
        result.stderr,
    )
    labels = expected(trained, glyphs.test.images)
    lines = ["ImageId,Label", *(f"{n},{label}" for n, label in enumerate(labels, 1))]
    assert "".join(f"{line}\n" for line in lines).encode() == Path("out.csv").read_bytes()


@pytest.mark.parametrize("name", ["test.csv.gz", "test.tsv"])
def test_same_predictions(mlp: Mlp, glyphs: Dataset, tmp_path: Path, name: str) -> None:
    """Compression, separators and labels in the file change no prediction; labels are noted."""
    write_csv(tmp_path / name, glyphs.test)
    plain = mlp("predict", "test.csv", "--weights", "trained", "--csv", "-")
    other = mlp("predict", name, "--weights", "trained", "--csv", "-")
    assert plain.stdout == other.stdout
    assert f"note: {name}: column 1 (label) has labels and is left out\n" == other.stderr


def test_probabilities(mlp: Mlp, trained: Path, glyphs: Dataset) -> None:
    """--probabilities adds a column for each class."""
    options = ("--csv", "-", "--probabilities", "--no-tta")
    result = mlp("predict", "test.csv", "--weights", "trained", *options)
    header, *rows = rows_of(result.stdout)
    assert ["ImageId", "Label", *"0123456789"] == header
    shares = Classifier.load([trained / "best.npz"]).predict_proba(glyphs.test.images)
    assert pytest.approx(shares, abs=1e-6) == np.array([row[2:] for row in rows], dtype=float)


def test_lines(mlp: Mlp, trained: Path, glyphs: Dataset) -> None:
    """Each row is printed like a picture, in text and as a JSON object, by its number from 1 on."""
    result = mlp("predict", "test.csv", "--weights", "trained", "--top", "1")
    labels = expected(trained, glyphs.test.images)
    lines = result.stdout.splitlines()
    assert [f"test.csv:{n}: {label}" for n, label in enumerate(labels, 1)] == [
        line.partition("  (")[0] for line in lines
    ]
    result = mlp("predict", "test.csv", "--weights", "trained", "--json")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert labels == [record["label"] for record in records]
    assert ["test.csv:1", "test.csv:100"] == [records[0]["image"], records[-1]["image"]]


def test_other_numbers(mlp: Mlp, glyphs: Dataset, tmp_path: Path) -> None:
    """The range of the numbers is told from the whole file, or taken from the training."""
    rows = (glyphs.test.images.reshape(100, -1) / 255).round(6).tolist()
    lines = [",".join(map(str, row)) for row in rows]
    (tmp_path / "small.csv").write_text("\n".join(lines))
    plain = mlp("predict", "test.csv", "--weights", "trained", "--csv", "-")
    small = mlp("predict", "small.csv", "--weights", "trained", "--csv", "-")
    assert plain.stdout == small.stdout
    assert "note: small.csv: the images are float32, read as 0 to 1" in small.stderr
    ranged = altered(
        tmp_path / "trained" / "best.npz",
        tmp_path / "ranged.npz",
        {
            **metadata_of(tmp_path / "trained" / "best.npz")["config"]["data"],
            "value_range": [0, 99],
        },
    )
    result = mlp("predict", "test.csv", "--weights", ranged)
    assert "images must have numbers from 0 to 99, as data.value_range says" in result.stderr


def test_pictures(mlp: Mlp) -> None:
    """For pictures, and for pictures beside a table, there are a name, a class and warnings."""
    for digit in (3, 7):
        draw_digit(digit, size=100).save(f"{digit}, drawn.png")
    Path("broken.png").touch()
    names = ("3, drawn.png", "broken.png", "7, drawn.png")
    result = mlp("predict", *names, "--weights", "trained", "--csv", "out.csv")
    assert 1 == result.exit_code
    assert "broken.png: " in result.stderr
    header, *rows = rows_of(Path("out.csv").read_text())
    assert ["image", "predicted", "probability", "warnings"] == header
    assert "2 predictions, 1 not read: out.csv" in result.stderr
    assert [["3, drawn.png", "3"], ["7, drawn.png", "7"]] == [row[:2] for row in rows]
    assert all(0 < float(row[2]) <= 1 for row in rows)
    Image.new("L", (50, 50)).save("blank.png")
    result = mlp("predict", "blank.png", "--weights", "bundled", "--csv", "-")
    assert ["blank.png", "blank"] == [rows_of(result.stdout)[1][0], rows_of(result.stdout)[1][3]]
    assert result.stderr.startswith("blank.png: warning: ")
    result = mlp("predict", names[0], "test.csv", "--weights", "trained", "--csv", "-")
    assert ["image", names[0], "test.csv:1"] == [row[0] for row in rows_of(result.stdout)[:3]]


def test_compressed(mlp: Mlp) -> None:
    """A table whose name ends in .gz is compressed."""
    words = ("predict", "test.csv", "--weights", "trained", "--csv")
    assert 0 == mlp(*words, "out.csv.gz").exit_code
    assert mlp(*words, "-").stdout == gzip.decompress(Path("out.csv.gz").read_bytes()).decode()


def test_nothing_is_replaced(mlp: Mlp) -> None:
    """An existing file is kept, unless --force is given; without a prediction none is written."""
    Path("out.csv").write_text("mine")
    words = ("predict", "test.csv", "--weights", "trained", "--csv", "out.csv")
    result = mlp(*words)
    assert (1, "out.csv: already exists; choose another name, or give --force\n") == (
        result.exit_code,
        result.stderr,
    )
    assert 0 == mlp(*words, "--force").exit_code
    assert Path("out.csv").read_text().startswith("ImageId,Label\n1,")
    result = mlp("predict", "missing.csv", "--weights", "trained", "--csv", "new.csv")
    assert (1, "missing.csv: cannot be read, No such file or directory\n") == (
        result.exit_code,
        result.stderr,
    )
    assert not Path("new.csv").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--csv", "-", "--json"), "--csv writes a class per image: leave out --show, --json, --many"),
        (("--csv", "-", "--many"), "--csv writes a class per image: leave out --show, --json, --many"),
        (("--probabilities",), "--probabilities adds columns to a CSV: give --csv FILE"),
    ],
)  # fmt: skip
def test_options(mlp: Mlp, options: tuple[str, ...], message: str) -> None:
    """Options that do not go together are refused before anything is read."""
    result = mlp("predict", "test.csv", *options)
    assert 2 == result.exit_code
    assert message in result.stderr


def test_another_size(mlp: Mlp, tmp_path: Path) -> None:
    """Rows must have the pixels of the network's images."""
    (tmp_path / "small.csv").write_text("1,2,3,4\n")
    result = mlp("predict", "small.csv", "--weights", "trained")
    assert 1 == result.exit_code
    assert (
        "small.csv:1: must have 784 columns of pixels, got 4; name the column of" in result.stderr
    )


def test_names_are_escaped(mlp: Mlp) -> None:
    """A picture's name cannot send anything to the terminal."""
    Image.new("L", (28, 28)).save("a\x1b[31m.png")
    result = mlp("predict", "a\x1b[31m.png", "--weights", "trained", "--csv", "-")
    assert r"a\x1b[31m.png," in result.stdout
    assert "\x1b" not in result.stdout
