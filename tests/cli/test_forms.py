"""`mlp data form` and `mlp data collect` as a class uses them."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlpcli.datasets.forms.layout import make_layout
from mlpcli.datasets.forms.printing import draw_form
from tests.conftest import Mlp
from tests.datasets.forms.filling import PER_MM, Filled, fill_form
from tests.datasets.forms.photographing import Shot, photograph
from tests.support.glyphs import draw_digit

LAYOUT = make_layout((1, 7), 4, "letter")


@pytest.fixture(scope="module")
def filled() -> Filled:
    """A form with ones and sevens, a few boxes empty."""
    return fill_form(LAYOUT, 2, empty=0.1)


@pytest.fixture(scope="module")
def photo(filled: Filled) -> bytes:
    """A photo of it, taken from one side, lying on its side."""
    how = Shot((1200, 900), tilt=20, towards=200, turn=93, shade=0.4, orientation=8)
    return photograph(filled.page, PER_MM, how, 2)[0]


@pytest.mark.parametrize(("name", "start"), [("form.pdf", b"%PDF-"), ("form.PNG", b"\x89PNG")])
def test_form(mlp: Mlp, tmp_path: Path, name: str, start: bytes) -> None:
    """A page is written as a PDF or PNG, which the same command may replace, and no other file."""
    for options in ([], ["--digits", "7,1", "--rows", "4", "--paper", "letter"]):
        result = mlp("data", "form", name, *options)
        assert (0, "") == (result.exit_code, result.stdout)
    assert f"4 rows of 9 boxes written to {name}\n" == result.stderr
    assert (tmp_path / name).read_bytes().startswith(start)
    (tmp_path / name).write_bytes(b"mine")
    result = mlp("data", "form", name)
    assert 1 == result.exit_code
    assert (
        f"{name}: already exists and is not as mlp wrote it; choose another name" in result.stderr
    )
    assert 0 == mlp("data", "form", name, "--force").exit_code


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["form.txt"], "must end in .pdf or .png, got 'form.txt'"),
        (["form.pdf", "--digits", "7-1"], "such as 0-9 or 1,7, got '7-1'"),
        (["form.pdf", "--digits", "a"], "such as 0-9 or 1,7, got 'a'"),
        (["form.pdf", "--digits", ""], "such as 0-9 or 1,7, got ''"),
        (["form.pdf", "--rows", "9"], "must be between 10, one for each digit, and 16, got 9"),
        (["form.pdf", "--rows", "17"], "must be between 10, one for each digit, and 16, got 17"),
        (["form.pdf", "--paper", "a5"], "'a5' is not one of 'a4', 'letter'"),
    ],
)
def test_form_refused(mlp: Mlp, tmp_path: Path, options: list[str], message: str) -> None:
    """An option that cannot be meant is an error of usage."""
    result = mlp("data", "form", *options)
    assert 2 == result.exit_code
    assert message in " ".join(result.stderr.split())
    assert [] == [*tmp_path.iterdir()]


def test_collect(mlp: Mlp, tmp_path: Path, filled: Filled, photo: bytes) -> None:
    """Each box that is filled is in the folder of its digit, which training takes as it is."""
    (tmp_path / "page.jpg").write_bytes(photo)
    result = mlp("data", "collect", "page.jpg", "class")
    assert 0 == result.exit_code
    written: dict[int, set[str]] = {1: set(), 7: set()}
    for row, column in filled.ink:
        written[LAYOUT.digit(row)].add(f"page-r{row + 1:02}-c{column + 1:02}.png")
    for digit, names in written.items():
        assert names == {path.name for path in (tmp_path / "class" / str(digit)).iterdir()}
        assert f"{digit}  {len(names):6}  class/{digit}\n" in result.stdout
    assert f"{len(filled.ink)} pictures from 1 photo\n" == result.stdout.splitlines(True)[-1]
    empty = next(place for place in LAYOUT.places if place not in filled.ink)
    assert f"page.jpg: row {empty[0] + 1}, column" in result.stderr
    assert "to check: class/check.png\nnext: mlp train quickstart --data class\n" in result.stderr
    with Image.open(tmp_path / "class" / "check.png") as sheet:
        assert sheet.mode == "RGB"
    run = mlp("train", "quickstart", "--data", "class", "--set", "training.epochs=1", "--quiet")
    assert 0 == run.exit_code, run.stderr
    assert "check" not in run.stderr


def test_doubtful(mlp: Mlp, tmp_path: Path) -> None:
    """A line names each doubtful box and its file; empty ones are named together."""
    page = np.asarray(draw_form(LAYOUT).convert("L").reduce(2)).copy()
    box = LAYOUT.box_at(1, 2)
    x, y = (round(each * PER_MM / 2) for each in (box.x + 6, box.y + 6))
    page[y : y + 15, x : x + 5] = 0
    Image.fromarray(page).save(tmp_path / "scan.png")
    result = mlp("data", "collect", "scan.png", "class")
    assert [
        "scan.png: row 1: empty",
        "scan.png: row 2, columns 1 to 2: empty",
        "scan.png: row 2, column 3: very small; look at class/7/scan-r02-c03.png",
        "scan.png: row 2, columns 4 to 9: empty",
        "scan.png: rows 3 to 4: empty",
    ] == result.stderr.splitlines()[:5]


def test_others_are_read(mlp: Mlp, tmp_path: Path, photo: bytes) -> None:
    """A photo that cannot be read is reported in a line, and the others are read: exit code 1."""
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "2.jpg").write_bytes(photo)
    draw_digit(7, size=200).save(tmp_path / "photos" / "1.png")
    (tmp_path / "3.pdf").write_bytes(b"%PDF-1.4\n")
    result = mlp("data", "collect", "photos", "3.pdf", "absent.jpg", "class")
    assert 1 == result.exit_code
    lines = result.stderr.splitlines()
    assert lines[0].startswith(
        "photos/1.png: must show the four corner marks of a page of mlp data"
    )
    assert any("3.pdf: not a picture that can be read, got a PDF" in each for each in lines)
    assert any("absent.jpg: cannot be read, No such file" in each for each in lines)
    assert "from 1 photo\n" in result.stdout
    assert (tmp_path / "class" / "check.png").exists()


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_nothing_is_left(mlp: Mlp, tmp_path: Path, content: bytes) -> None:
    """Without a photo that can be read, nothing is written."""
    (tmp_path / "page\x1b[31m.jpg").write_bytes(content)
    result = mlp("data", "collect", "page\x1b[31m.jpg", "class")
    assert (1, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith(r"page\x1b[31m.jpg: ")
    assert 1 == len([*tmp_path.iterdir()])


def test_all_empty(mlp: Mlp, tmp_path: Path) -> None:
    """Of a form that nobody has filled in, nothing is written."""
    draw_form(LAYOUT).convert("L").reduce(2).save(tmp_path / "form.png")
    result = mlp("data", "collect", "form.png", "class")
    assert 1 == result.exit_code
    assert ["form.png: rows 1 to 4: empty", "class: not written, because every box is empty"] == (
        result.stderr.splitlines()
    )
    assert not (tmp_path / "class").exists()


def test_add(mlp: Mlp, tmp_path: Path, photo: bytes) -> None:
    """A folder with pictures is refused, with --add only other photos are added to it."""
    (tmp_path / "1.jpg").write_bytes(photo)
    mlp("data", "collect", "1.jpg", "class")
    result = mlp("data", "collect", "1.jpg", "class")
    assert 1 == result.exit_code
    assert result.stderr.startswith("class: must be new or empty, got a folder with content; ")
    with Image.open(BytesIO(photo)) as picture:
        picture.rotate(90, expand=True).save(tmp_path / "2.png")
    result = mlp("data", "collect", "1.jpg", "2.png", "class", "--add")
    assert 0 == result.exit_code
    assert "1.jpg: already in class, so it is left out\n" in result.stderr
    assert "to check: class/check-2.png\n" in result.stderr
    assert "from 1 photo\n" in result.stdout
    result = mlp("data", "collect", "1.jpg", "class", "--add")
    assert (0, "") == (result.exit_code, result.stdout)
