"""Training, evaluating and predicting with pictures in a folder for each class."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from mlpcli.inference.bundled import BUNDLED
from mlpcli.inference.classifier import Classifier
from tests.conftest import Mlp
from tests.support.formats import write_pictures
from tests.support.glyphs import draw_digit
from tests.support.photos import write_heic


def test_from_training_to_predicting(mlp: Mlp, tmp_path: Path) -> None:
    """A network trained on a folder is evaluated on it and predicts its class names."""
    folder = write_pictures(tmp_path / "data", "one-or-seven B", count=12)
    assert 0 == mlp("train", "--config", "mnist", "--set", "data.path=data").exit_code
    assert mlp("evaluate", "--data", folder).stdout.startswith(f"{folder} test: accuracy ")
    answered = mlp("evaluate", "--data", folder, "--split", "validation").stdout
    assert " of 3), " in answered  # a sixth of the 20 for training
    answer = mlp("predict", folder / "B" / "3.png").stdout.split(": ")[1]
    assert answer.split()[0] in ("B", "one-or-seven")


@pytest.mark.slow
def test_recipe_of_weights(mlp: Mlp, tmp_path: Path) -> None:
    """Weights are evaluated on a folder with their own preprocessing, as for predictions.

    These have learnt negatives of printed digits, 20×20, by numbers; those of a folder of digits
    would be boxed and laid light on dark.
    """
    drawn = np.stack([np.asarray(draw_digit(n % 10, size=20, angle=n)) for n in range(40)])
    x_train, y_train = 255 - drawn, np.arange(40) % 10
    np.savez(tmp_path / "dark.npz", x_train=x_train, y_train=y_train, x_test=drawn, y_test=y_train)
    for path in write_pictures(tmp_path / "data", "0 1 2 3 4 5 6 7 8 9", count=4).rglob("*.png"):
        ImageOps.invert(Image.open(path)).save(path)
    options = ("data.path=dark.npz", "data.validation=0", "model.layers=[400, 20, 10]")
    sets = [word for option in options for word in ("--set", option)]
    assert 0 == mlp("train", "--config", "mnist", *sets, "--out", "run").exit_code
    classifier = Classifier.load([Path("run/best.npz")])
    answered = mlp("evaluate", "--weights", "run/best.npz", "--data", "data", "--split", "all")
    files = sorted((tmp_path / "data").rglob("*.png"))
    lines = mlp("predict", "--weights", "run/best.npz", "--json", *files).stdout.splitlines()
    right = [
        classifier.classes.index(file.parent.name) == json.loads(line)["label"]
        for file, line in zip(files, lines, strict=True)
    ]
    assert f" ({sum(right)} of 40), " in answered.stdout
    assert answered.stdout.startswith("data all: accuracy ")
    both = (BUNDLED, "run/best.npz")
    compared = json.loads(mlp("compare", *both, "--data", "data", "--json").stdout)
    each = [mlp("evaluate", "--weights", one, "--data", "data", "--json") for one in both]
    assert [json.loads(one.stdout)["accuracy"] for one in each] == compared["accuracy"]


def test_validation_of_few(mlp: Mlp, tmp_path: Path) -> None:
    """Too many validation images for a small folder are refused, with the place and what to do."""
    write_pictures(tmp_path / "data", "3 7")
    (tmp_path / "my.yaml").write_text("data:\n  path: data\n  validation: 10\n")
    rest = (
        "must leave images to train on, got 10 of 10 in data; set it to fewer, to auto, or to 0\n"
    )
    result = mlp("train", "--config", "my.yaml")
    assert (1, f"my.yaml:3:15: data.validation {rest}") == (result.exit_code, result.stderr)
    result = mlp(
        "train", "--config", "mnist", "--set", "data.path=data", "--set", "data.validation=10"
    )
    assert f"--set data.validation: {rest}" == result.stderr


def test_notes_before_a_refusal(mlp: Mlp, tmp_path: Path) -> None:
    """What was found in a folder is said before the error that it leads to."""
    write_pictures(tmp_path / "data" / "Train", "cat dog", count=3)
    write_pictures(tmp_path / "data" / "Test", "Cat dog", count=1)
    (tmp_path / "data" / "Train" / "cat" / "1.jxl").touch()
    options = ("data.path=data", "data.validation=0", "model.layers=[784, 2]")
    sets = [word for option in options for word in ("--set", option)]
    result = mlp("train", "--config", "mnist", *sets)
    unread, spelled, error = result.stderr.splitlines()
    assert 2 == result.exit_code
    assert "note: data: 1 picture not read: 1 .jxl (1.jxl); convert .jxl to JPEG or PNG" == unread
    assert spelled.startswith("note: data: only the test images have the class 'Cat', and those to")
    assert "must end with 3, because the classes are Cat, cat, dog (3), got 2" in error
    sets[-1] = "model.layers=[784, 3]"
    result = mlp("train", "--config", "mnist", *sets, "--quiet", "--out", "run")
    assert [unread, spelled] == result.stderr.splitlines()[:2]
    again = mlp("train", "--resume", "run", "--quiet").stderr.replace(f"{tmp_path}/", "")
    assert [unread, spelled] == again.splitlines()[:2]


def test_photos_of_a_telephone(mlp: Mlp, tmp_path: Path) -> None:
    """HEIC photos and pictures called .jfif are trained on like others."""
    folder = write_pictures(tmp_path / "data", "cat dog", count=12)
    write_heic(folder / "cat" / "IMG_1.HEIC", draw_digit(3))
    (folder / "dog" / "1.png").rename(folder / "dog" / "1.jfif")
    result = mlp("train", "mnist", "--data", "data", "--epochs", "1", "--json")
    assert 0 == result.exit_code
    assert "not read" not in result.stderr
    answered = mlp("evaluate", "--data", "data", "--split", "all")
    assert " of 25)" in answered.stdout


def test_photos_without_the_extra(
    mlp: Mlp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without pillow-heif, HEIC photos of a class are counted; a class of nothing else is refused."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    folder = write_pictures(tmp_path / "data", "cat dog", count=12)
    photo = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"
    for name in ("IMG_1.HEIC", "IMG_2.HEIC"):
        (folder / "cat" / name).write_bytes(photo)
    (folder / "cat" / ".3.png").touch()
    install = 'in mlpcli\'s folder: pip install ".[heic]"'
    answered = mlp("evaluate", "--weights", "bundled", "--data", "data")
    assert [
        f"note: data: 2 HEIC photos not read, for want of pillow-heif: IMG_1.HEIC, …; {install}",
        "note: data: 1 hidden picture not read: .3.png",
    ] == [line for line in answered.stderr.splitlines() if "not read" in line]
    (folder / "emu").mkdir()
    (folder / "emu" / "IMG_3.HEIC").write_bytes(photo)
    refused = mlp("train", "mnist", "--data", "data").stderr
    assert refused.endswith(
        f"got none in emu; remove the folder or add pictures; for HEIC photos, {install}\n"
    )
    photos = tmp_path / "photos" / "emu"
    photos.mkdir(parents=True)
    (folder / "emu" / "IMG_3.HEIC").rename(photos / "IMG_3.HEIC")
    refused = mlp("train", "mnist", "--data", "photos").stderr
    assert refused.endswith(f", got 1 .heic; for HEIC photos, {install}\n")


@pytest.mark.parametrize("only", ["train", "test"])
def test_training_needs_both(mlp: Mlp, tmp_path: Path, only: str) -> None:
    """A network is not trained without training images or without test images."""
    write_pictures(tmp_path / "data" / only, "3 7")
    options = ("--set", "data.path=data", "--set", "data.validation=0")
    result = mlp("train", "--config", "mnist", *options)
    missing = {"train": "test", "test": "train"}[only]
    assert f"data: training needs train and test images, got no {missing}\n" == result.stderr


@pytest.mark.parametrize(
    ("count", "split", "measured"), [(2, "test", 2), (2, "all", 4), (1, "all", 2)]
)
def test_evaluate_a_folder(mlp: Mlp, tmp_path: Path, count: int, split: str, measured: int) -> None:
    """A few pictures of some digits are enough to evaluate a network of digits."""
    write_pictures(tmp_path / "data", "3 7", count=count)
    options = ("--data", "data", "--split", split)
    result = mlp("evaluate", "--weights", BUNDLED, *options)
    assert result.stdout.startswith(f"data {split}: accuracy ")
    assert f" of {measured}), " in result.stdout


@pytest.mark.parametrize("part", ["", "train"])
@pytest.mark.parametrize("command", ["evaluate", "show", "export"])
def test_nothing_to_test_with(mlp: Mlp, tmp_path: Path, part: str, command: str) -> None:
    """If the test split is empty, one line says how to use all pictures."""
    write_pictures(tmp_path / "data" / part, "3 7", count=1)
    arguments = {
        "evaluate": ("evaluate", "--weights", BUNDLED, "--data", "data"),
        "show": ("data", "show", "data"),
        "export": ("data", "export", "data", "out"),
    }[command]
    result = mlp(*arguments)
    expected = "data: the test split is empty; --split all takes every image\n"
    assert (1, expected) == (result.exit_code, result.stderr)
    assert 0 == mlp(*arguments, "--split", "all").exit_code


def test_only_tests(mlp: Mlp, tmp_path: Path) -> None:
    """A folder with test pictures only can be evaluated."""
    write_pictures(tmp_path / "data" / "test", "3 7", count=2)
    for split in ("test", "all"):
        result = mlp("evaluate", "--weights", BUNDLED, "--data", "data", "--split", split)
        assert f"data {split}: accuracy " in result.stdout
        assert " of 4), " in result.stdout
