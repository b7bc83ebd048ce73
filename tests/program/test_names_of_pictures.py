"""The file names of a folder's pictures, wherever single pictures are shown."""

import csv
import io
import json
import os
import sys
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from mlpcli.inference.bundled import BUNDLED
from tests.conftest import Mlp
from tests.support.formats import write_pictures
from tests.support.glyphs import draw_digit

NASTY = "a\x1b[31m\nb\u202e<b>&.png"
HARMLESS = r"a\x1b[31m\nb\u202e<b>&.png"
COLUMNS = ["index", "image", "label", "predicted", "probability", "correct"]


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    """A folder of digits, some of which are in the folder of another class."""
    folder = write_pictures(tmp_path / "mixed", "3 7", count=6)
    for index in range(3):
        draw_digit(0, angle=10 * index).save(folder / "7" / f"zero{index}.png")
    return folder


def wrong(mlp: Mlp, *options: str | Path) -> list[dict[str, object]]:
    """Return the wrong predictions that the JSON object lists."""
    arguments = ("--weights", BUNDLED, "--split", "all", "--mistakes", "20", "--json")
    result = mlp("evaluate", *arguments, *options)
    assert 0 == result.exit_code, result.output
    listed: list[dict[str, object]] = json.loads(result.stdout)["mistakes"]
    return listed


def test_mistakes(mlp: Mlp, mixed: Path) -> None:
    """Mistakes are named by their files, in the text as in the JSON."""
    listed = wrong(mlp, "--data", mixed)
    assert {f"7/zero{index}.png" for index in range(3)} <= {str(one["image"]) for one in listed}
    arguments = ("--weights", BUNDLED, "--split", "all", "--mistakes", "20", "--data", mixed)
    lines = mlp("evaluate", *arguments).stdout.splitlines()
    for one in listed:
        (line,) = [line for line in lines if f"#{one['index']} {one['image']}" in line]
        assert len(line) <= 80
        below = lines[lines.index(line) + 1]
        assert f"{one['label']} read as {one['answer']}, " in below


def test_mistakes_without_names(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """Images of an archive are named by their index alone."""
    result = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--mistakes", "1", "--json")
    (mistake,) = json.loads(result.stdout)["mistakes"]
    assert None is mistake["image"]
    text = mlp("evaluate", "--weights", weak, "--data", glyph_file, "--mistakes", "1").stdout
    assert f"\n#{mistake['index']}: {mistake['label']} read as {mistake['answer']}, " in text


def test_long_names(mlp: Mlp, mixed: Path) -> None:
    """Of a name that is wider than the terminal, the end is shown."""
    (mixed / "7" / "zero0.png").rename(mixed / "7" / f"{'long' * 40}0.png")
    arguments = ("--weights", BUNDLED, "--split", "all", "--mistakes", "20", "--data", mixed)
    lines = mlp("evaluate", *arguments).stdout.splitlines()[1:]
    assert max(map(len, lines)) <= 80
    assert any(" …" in line and line.endswith("longlong0.png") for line in lines)


def test_table(mlp: Mlp, mixed: Path) -> None:
    """The table has a row for each image of the split, which agrees with the accuracy."""
    arguments = ("evaluate", "--weights", BUNDLED, "--data", mixed, "--split", "all")
    plain = mlp(*arguments)
    result = mlp(*arguments, "--csv", "table.csv")
    assert plain.stdout == result.stdout
    assert "table: table.csv" == result.stderr.splitlines()[-1]
    header, *rows = csv.reader(io.StringIO(Path("table.csv").read_text()))
    assert COLUMNS == header
    assert [*map(str, range(15))] == [row[0] for row in rows]
    files = {path.relative_to(mixed).as_posix() for path in mixed.rglob("*.png")}
    assert files == {row[1] for row in rows}
    assert all(row[1].split("/")[0] == row[2] for row in rows)
    assert all((row[2] == row[3]) == (row[5] == "1") for row in rows)
    accuracy = json.loads(mlp(*arguments, "--json").stdout)["accuracy"]
    assert pytest.approx(accuracy) == np.mean([int(row[5]) for row in rows])
    alone = mlp(*arguments, "--csv", "-")
    assert Path("table.csv").read_text() == alone.stdout


def test_table_without_names(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """Images without names have an empty cell for it, and probabilities are those of the JSON."""
    arguments = ("evaluate", "--weights", weak, "--data", glyph_file)
    result = mlp(*arguments, "--csv", "-")
    rows = [*csv.DictReader(io.StringIO(result.stdout))]
    assert [""] * 100 == [row["image"] for row in rows]
    (worst,) = json.loads(mlp(*arguments, "--mistakes", "1", "--json").stdout)["mistakes"]
    assert worst["probability"] == float(rows[worst["index"]]["probability"])


def test_table_over_a_file(mlp: Mlp, weak: Path, glyph_file: Path) -> None:
    """A file that exists is kept, and nothing is measured, unless --force is given."""
    Path("table.csv").write_text("mine")
    arguments = ("evaluate", "--weights", weak, "--data", glyph_file, "--csv", "table.csv")
    result = mlp(*arguments)
    expected = "table.csv: already exists; choose another name, or give --force\n"
    assert (1, "", expected) == (result.exit_code, result.stdout, result.stderr)
    assert "mine" == Path("table.csv").read_text()
    assert 0 == mlp(*arguments, "--force").exit_code
    assert Path("table.csv").read_text().startswith(",".join(COLUMNS) + "\n0,,")


@pytest.mark.parametrize("option", ["--json", "--mistakes=3"])
def test_two_for_standard_output(mlp: Mlp, option: str) -> None:
    """The table takes standard output alone."""
    result = mlp("evaluate", "--csv", "-", option)
    assert (2, "") == (result.exit_code, result.stdout)
    assert "only one of --csv -, --predictions -, --json and --mistakes takes" in result.stderr


def test_comparison(mlp: Mlp, mixed: Path, trained: Path) -> None:
    """A comparison names the pictures that one of the two gets wrong."""
    arguments = ("compare", trained, BUNDLED, "--data", mixed)
    record = json.loads(mlp(*arguments, "--json").stdout)
    one, other = record["only_first_wrong"], record["only_second_wrong"]
    listed = sorted(record["both_wrong"] + one + other)
    assert [*map(str, listed)] == [*record["images"]]
    assert listed
    assert all((mixed / name).is_file() for name in record["images"].values())
    text = mlp(*arguments, "--mistakes", "5").stdout
    assert all(f"#{index} {record['images'][str(index)]}" in text for index in one[:5])


def test_comparison_without_names(mlp: Mlp, trained: Path, glyph_file: Path) -> None:
    """A comparison on an archive has no names."""
    result = mlp("compare", trained, trained, "--data", glyph_file, "--json")
    assert None is json.loads(result.stdout)["images"]


def test_data_show(mlp: Mlp, mixed: Path) -> None:
    """`data show` prints the name of each picture below its class."""
    lines = mlp("data", "show", mixed, "--split", "all", "--count", "2").stdout.splitlines()
    assert all(word in ("3", "7", "(#0)", "(#1)") for word in lines[0].split())
    assert all((mixed / name).is_file() for name in lines[1].split())


def test_page(mlp: Mlp, mixed: Path) -> None:
    """The report has the name below each picture."""
    arguments = ("evaluate", "--weights", BUNDLED, "--data", mixed, "--split", "all")
    assert 0 == mlp(*arguments, "--report", "page.html").exit_code
    page = Path("page.html").read_text()
    for path in mixed.rglob("*.png"):
        assert f'<span class="name">{path.relative_to(mixed).as_posix()}</span>' in page
    assert "with the name of its file" in page


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
@pytest.mark.parametrize(
    ("name", "shown"), [(NASTY, HARMLESS), (os.fsdecode(b"\xff.png"), r"\udcff.png")]
)
def test_hostile_names(mlp: Mlp, mixed: Path, name: str, shown: str) -> None:
    """A hostile name is escaped everywhere and exact in the JSON, also from the cache."""
    (mixed / "7" / "zero0.png").rename(mixed / "7" / name)
    arguments = ("evaluate", "--weights", BUNDLED, "--data", mixed, "--split", "all")
    for _ in range(2):
        assert f"7/{name}" in [one["image"] for one in wrong(mlp, "--data", mixed)]
        text = mlp(*arguments, "--mistakes", "20").stdout
        assert f" 7/{shown}" in text
        assert not any(character in text for character in ("\x1b[31m", "\u202e", "\udcff"))
    assert f"7/{shown}" in mlp("data", "show", mixed, "--split", "all", "--count", "20").stdout
    table = mlp(*arguments, "--csv", "-", "--report", "page.html").stdout
    assert f"7/{shown}" in [row[1] for row in csv.reader(io.StringIO(table))]
    page = Path("page.html").read_text()
    assert NASTY not in page
    assert "<b>&.png" not in page
    assert f'<span class="name">7/{shown}</span>' in unescape(page)
