"""`mlp data`."""

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.cli.data import _indices
from mlpcli.datasets import SOURCES, Dataset
from mlpcli.report.pictures import contact_sheet
from tests.conftest import Mlp
from tests.support.processes import start


def test_export(mlp: Mlp, glyph_file: Path, glyphs: Dataset, tmp_path: Path) -> None:
    """Exported pictures are the images, named by split, index and label."""
    result = mlp("data", "export", glyph_file, "out", "--split", "test", "--count", "3")
    assert result.exit_code == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert ["test-00000-0.png", "test-00001-1.png", "test-00002-2.png"] == names
    with Image.open(tmp_path / "out" / names[2]) as picture:
        np.testing.assert_array_equal(glyphs.test.images[2], np.asarray(picture))


@pytest.mark.parametrize(
    ("split", "count"), [("train", 600), ("test", 100), ("all", 700), ("validation", 100)]
)
def test_export_of_few(mlp: Mlp, glyph_file: Path, split: str, count: int) -> None:
    """A small data set can be exported; its validation images are a sixth of those for training."""
    result = mlp("data", "export", glyph_file, "out", "--split", split, "--count", "1000")
    assert f"{count} images written to out\n" == result.stderr


def test_export_of_one(mlp: Mlp, glyph_file: Path) -> None:
    """What is written is counted in the singular, too."""
    result = mlp("data", "export", glyph_file, "out", "--count", "1")
    assert "1 image written to out\n" == result.stderr


def test_show(glyph_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data show` prints images below their class and index, in at most 80 columns in a pipe."""
    monkeypatch.delenv("COLUMNS", raising=False)
    process = start("data", "show", glyph_file, "--count", "11", cwd=tmp_path)
    output, errors = process.communicate(timeout=60)
    assert (0, "") == (process.returncode, errors)
    captions = re.findall(r"\d \(#\d+\)", output)
    assert [f"{index % 10} (#{index})" for index in range(11)] == captions
    assert max(map(len, output.splitlines())) <= 80


def test_show_default(mlp: Mlp, glyph_file: Path) -> None:
    """Without --count, `data show` prints twelve test images."""
    assert 12 == mlp("data", "show", glyph_file).stdout.count("(#")


def test_show_class(mlp: Mlp, glyph_file: Path) -> None:
    """--class selects the images of one class and keeps their indices in the split."""
    result = mlp("data", "show", glyph_file, "--class", "7", "--split", "train", "--count", "3")
    assert ["7 (#7)", "7 (#17)", "7 (#27)"] == re.findall(r"\d \(#\d+\)", result.stdout)


@pytest.mark.parametrize(
    ("options", "count"), [([], 100), (["--class", "3"], 10), (["--count", "5"], 5)]
)
def test_show_png(
    mlp: Mlp, glyph_file: Path, glyphs: Dataset, tmp_path: Path, options: list[str], count: int
) -> None:
    """--png writes a sheet of a hundred images, or of those selected, and says so on stderr."""
    result = mlp("data", "show", glyph_file, "--png", "sheet.png", *options)
    assert ("", f"{count} images written to sheet.png\n") == (result.stdout, result.stderr)
    chosen = glyphs.test.labels == 3 if "--class" in options else slice(count)
    with Image.open(tmp_path / "sheet.png") as picture:
        assert (picture.format, picture.mode) == ("PNG", "L")
        np.testing.assert_array_equal(
            contact_sheet(glyphs.test.images[chosen]), np.asarray(picture)
        )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["show", "--png", "absent/sheet.png"],
            "absent/sheet.png: cannot be written, No such file",
        ),
        (["export", "text.txt/digits"], "text.txt/digits: cannot be written, Not a directory"),
    ],
)
def test_unwritable(
    mlp: Mlp, glyph_file: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    """If images cannot be written, one line says so."""
    (tmp_path / "text.txt").write_text("hello\n")
    command, *rest = arguments
    result = mlp("data", command, glyph_file, *rest)
    assert result.exit_code == 1
    assert result.stderr.startswith(message)
    assert 1 == len(result.stderr.splitlines())


def test_show_class_names(mlp: Mlp, glyph_file: Path, tmp_path: Path) -> None:
    """An unknown class is a usage error; a class that the split lacks is a one-line error."""
    with np.load(glyph_file) as file:
        arrays = {name: file[name] for name in file.files}
    few = arrays["y_test"] < 7
    arrays |= {"x_test": arrays["x_test"][few], "y_test": arrays["y_test"][few]}
    np.savez(tmp_path / "few.npz", **arrays)
    unknown, absent = (mlp("data", "show", "few.npz", "--class", name) for name in ("ten", "8"))
    assert (2, 1) == (unknown.exit_code, absent.exit_code)
    assert "'ten' is not one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9" in unknown.stderr
    assert "few.npz: the test split has no image of class 8\n" == absent.stderr


@pytest.mark.parametrize("class_name", ["Ankle boot", "ankle BOOT"])
def test_class_in_any_case(glyphs: Dataset, class_name: str) -> None:
    """A class name matches in upper or lower case."""
    clothes = dataclasses.replace(glyphs, classes=SOURCES["fashion-mnist"].classes)
    assert list(range(9, 100, 10)) == list(_indices(clothes, "test", class_name))


@pytest.mark.parametrize(
    ("split", "count"),
    [pytest.param("train", "30", marks=pytest.mark.slow), ("validation", "5"), ("test", "7")],
)
def test_show_synthetic(mlp: Mlp, split: str, count: str) -> None:
    """Synthetic digits are shown like those of any data set."""
    result = mlp("data", "show", "synthetic", "--split", split, "--count", count, "--class", "7")
    assert (0, int(count)) == (result.exit_code, result.stdout.count("7 (#"))


def test_show_outliers(mlp: Mlp) -> None:
    """What is no digit is captioned so."""
    result = mlp("data", "show", "synthetic-outliers", "--count", "5")
    assert [f"none (#{index})" for index in range(5)] == re.findall(r"none \(#\d\)", result.stdout)


def test_export_outliers(mlp: Mlp, tmp_path: Path) -> None:
    """The file of what is no digit says so in place of a label."""
    mlp("data", "export", "synthetic-outliers", tmp_path / "others", "--count", "2")
    expected = ["test-00000-none.png", "test-00001-none.png"]
    assert expected == sorted(path.name for path in (tmp_path / "others").iterdir())


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_nothing_to_fetch(mlp: Mlp, command: str) -> None:
    """Synthetic digits are neither downloaded nor compared with published ones."""
    result = mlp("data", command, "synthetic")
    assert result.exit_code == 2
    assert "'synthetic' is drawn when needed, so there is nothing to do" in result.stderr


def test_data_list(mlp: Mlp, mnist_root: Path) -> None:
    """`data list` says which data sets are here, and where."""
    lines = mlp("data", "list").stdout.splitlines()
    assert lines[0].endswith(str(mnist_root / "mnist"))
    assert lines[1].endswith("not here")
    drawn = ["synthetic", "synthetic-national", "synthetic-outliers"]
    assert drawn == [line.split()[0] for line in lines if line.endswith("drawn by mlp when needed")]
    assert max(map(len, lines[1:])) < 80


@pytest.mark.slow
def test_data_fetch_and_verify(mlp: Mlp, mnist_root: Path) -> None:
    """`data fetch` leaves files that are here alone, and `data verify` checks their sums."""
    folder = str(mnist_root / "mnist")
    assert mlp("data", "fetch", "mnist").stdout == f"{folder}\n"
    expected = f"{folder}: 60000 train and 10000 test images, as published\n"
    assert expected == mlp("data", "verify", "mnist").stdout
