"""CSV files of images."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets import Dataset, open_dataset
from mlpcli.datasets.formats.columns import find_columns
from mlpcli.datasets.formats.tables import find_tables, read_table
from mlpcli.errors import DataError
from tests.support.formats import same_images, write_csv

ROWS = [[5, 0, 1, 2, 3], [7, 255, 0, 9, 8], [5, 6, 6, 6, 6]]  # label, 2×2 pixels
IMAGES = np.array([row[1:] for row in ROWS], dtype=np.uint8)
PLAIN = "5,0,1,2,3\n7,255,0,9,8\n5,6,6,6,6\n"
NAMED = "label,pixel0,pixel1,pixel2,pixel3\n" + PLAIN


def write(path: Path, text: str | bytes) -> Path:
    """Write a file and return its path."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize(
    "text",
    [
        PLAIN,
        NAMED,
        NAMED.replace("\n", "\r\n"),
        NAMED.replace("\n", "\r"),
        NAMED.replace(",", ";"),
        NAMED.replace(",", "\t"),
        NAMED.replace(",", " , "),
        "\ufeff" + NAMED,
        "\n" + NAMED + "\n \n\n",
        PLAIN.removesuffix("\n"),
        '"label","p0","p1","p2","p3"\n"5","0","1","2","3"\n7,255,0,9,8\n"5",6,6,6,6\n',
        "p0,p1,p2,p3,class\n0,1,2,3,5\n255,0,9,8,7\n6,6,6,6,5\n",
        "p0,p1,Label,p2,p3\n0,1,5,2,3\n255,0,7,9,8\n6,6,5,6,6\n",
        ",y,a,b,c,d\n0,5,0,1,2,3\n1,7,255,0,9,8\n2,5,6,6,6,6\n",
        "digit,a,b,c,d\n" + PLAIN,
        "5.0,0.0,1.0,2e0,3.\n7.0,255.0,0,9,8\n5.0,6,6,6,6\n",
    ],
)
def test_forms(tmp_path: Path, text: str) -> None:
    """Separators, names, quotes, line ends, an index, and the place of the label make no difference."""
    path = write(tmp_path / "train.csv", text)
    table = read_table(path, find_columns(path))
    assert np.uint8 == table.images.dtype
    assert IMAGES.tolist() == table.images.tolist()
    assert [5, 7, 5] == [float(label) for label in table.labels]


def test_label_last(tmp_path: Path) -> None:
    """Without names, the last column has the labels if the first is the same in every row."""
    path = write(tmp_path / "m.csv", "0,1,2,3,5\n0,0,9,8,7\n0,6,6,6,5\n")
    columns = find_columns(path)
    assert 4 == columns.label
    assert ("the labels are in the last column, 5",) == columns.notes
    path = write(tmp_path / "m.csv", "3,1,2,3,cat\n0,0,9,8,dog\n")
    assert ["cat", "dog"] == read_table(path, find_columns(path)).labels.tolist()
    path = write(tmp_path / "m.csv", "5,0,0,0,0\n5,0,0,0,0\n")
    assert 0 == find_columns(path).label


def test_columns_named_by_numbers(tmp_path: Path) -> None:
    """A first line of column numbers, as pandas writes it, is no image."""
    numbers = ",".join(map(str, range(16)))
    path = write(tmp_path / "test.csv", f"{numbers}\n{','.join('7' * 16)}\n")
    columns = find_columns(path)
    assert (None, 1) == (columns.label, columns.header)
    assert [[7] * 16] == read_table(path, columns).images.tolist()


def test_numbers(tmp_path: Path) -> None:
    """Numbers other than grey levels are kept as float32, and read as black to white."""
    path = write(tmp_path / "m.csv", "label,a,b,c,d\n0,0,0.5,1,0\n1,1,1,0,0\n1,0,0,0,1\n")
    assert np.float32 == read_table(path, find_columns(path)).images.dtype
    opened = open_dataset(path)
    assert 255 == opened.test.images.max()
    assert f"{path}: the images are float32, read as 0 to 1, black to white" in opened.notes


def test_text_labels(tmp_path: Path) -> None:
    """Labels may be text; an index is left out, and a note says so."""
    text = "id,label,a,b,c,d\n" + "".join(
        f"{n},{'dog' if n % 2 else 'ant, red'!r},0,{n},2,3\n" for n in range(12)
    ).replace("'", '"')
    opened = open_dataset(write(tmp_path / "m.csv", text))
    assert ("ant, red", "dog") == opened.classes
    assert 10 == len(opened.train)
    assert f"{tmp_path}/m.csv: column 1, id, is left out: it numbers the rows" in opened.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", " must be a data set, got an empty file; copy or download it again"),
        ("<!DOCTYPE html><html>", " must be a data set, got a web page; it may be a login or error"),
        ("\n \n", "1: must be a CSV whose columns are .*, got an empty file"),
        ("hello\n", "1: must be a CSV .*, got 'hello'"),
        ("label,a,b,c,d\n", " must have a row of pixels for each image, got no row"),
        ("label,a,b,c\n1,2,3,4\n", "1: must have a square number of columns of pixels beside the labels, got 3"),
        ("1,2,3\n", "1: must have a square .*, got 3; name the column of the labels: label"),
        (NAMED + "1,2,3\n", "5: must have 5 columns like the first line, got 3"),
        (NAMED + "\n1,2,3,4,5,6\n", "6: must have 5 columns like the first line, got 6"),
        (NAMED + "1,2,,4,5\n", r"5: column 3 \(pixel1\) must be a finite number, got an empty cell"),
        (NAMED + "1,2,nan,4,5\n", r"5: column 3 \(pixel1\) must be a finite number, got 'nan'"),
        (NAMED + "1,2,inf,4,5\n", r"5: column 3 .*, got 'inf'"),
        (NAMED + "1,2,1e39,4,5\n", r"5: column 3 .*, got '1e39'"),
        (NAMED + "1,2,abc,4,5\n", r"5: column 3 .*, got 'abc'"),
        (PLAIN + "1,2,ab\x1bc,4,5\n", r"4: column 3 must be .*, got 'ab\\\\x1bc'"),
        (NAMED + ",2,3,4,5\n", r"5: column 1 \(label\) must be a label of 1 to 100 letters, got an empty cell"),
        (NAMED + "x" * 101 + ",2,3,4,5\n", r"5: column 1 \(label\) must be a label of 1 to 100"),
        (NAMED + '1,"2,5",3,4,5\n', r"5: column 2 .*, got '2,5'"),
        (NAMED + '1,"2,3,4,5\n', "5: not a line of a CSV, unexpected end of data"),
        (NAMED + "1,2,\0,4,5\n", "5: must be UTF-8 text, got the byte 0x00"),
        (NAMED.encode() + b"1,2,\xff,4,5\n", "5: must be UTF-8 text, got the byte 0xff; save it"),
        ("1,2,3,4\n", " must have a column of labels, got 4 columns of pixels; name it"),
        (NAMED + "x,2,3,4,5\n" + "1" * (1 << 24), "6: a line must have at most 8388608 characters"),
        (gzip.compress(NAMED.encode(), mtime=0)[:-9], " the gzip file is cut short; fetch it again"),
        (b"\x1f\x8b" + b"x" * 50, " the gzip file is damaged, "),
        (NAMED + "-1,2,3,4,5\n", r" labels must be in \[0, 65535\], got -1 to 7"),
    ],
)  # fmt: skip
def test_refused(tmp_path: Path, text: str | bytes, message: str) -> None:
    """What is no table of images and labels is refused with the line, the column and what it has."""
    path = write(tmp_path / "train.csv", text)
    with pytest.raises(DataError, match=f"^{path}:{message}") as caught:
        open_dataset(path)
    assert str(caught.value).isprintable()


@pytest.mark.slow
def test_bomb(tmp_path: Path) -> None:
    """A gzip file that unpacks to very much more than its size is refused."""
    path = write(tmp_path / "train.csv.gz", gzip.compress(b"1,0,0,0,0\n" * 1_700_000, 9))
    with pytest.raises(DataError, match="the gzip file must not unpack to more than 16777216"):
        open_dataset(path)


@pytest.mark.parametrize(
    ("train", "test"),
    [
        ("train.csv", "test.csv.gz"),
        ("mnist_train.csv", "mnist_test.csv"),
        ("TRAIN.TSV", "Test.tsv"),
    ],
)
def test_folder(tmp_path: Path, glyphs: Dataset, train: str, test: str) -> None:
    """A folder's files are its train and test images, as in any other format."""
    write_csv(tmp_path / train, glyphs.train, glyphs.validation)
    write_csv(tmp_path / test, glyphs.test, header=False)
    (tmp_path / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    (tmp_path / "runs").mkdir()
    opened = open_dataset(tmp_path, validation=len(glyphs.validation))
    assert same_images(glyphs, opened)
    assert () == opened.notes


def test_test_images_without_labels(tmp_path: Path, glyphs: Dataset) -> None:
    """Kaggle's test images, which have no labels, are left out, and a note says so."""
    write_csv(tmp_path / "train.csv", glyphs.train)
    write_csv(tmp_path / "test.csv", glyphs.test, labels=False)
    opened = open_dataset(tmp_path)
    assert len(glyphs.train) == len(opened.train) + len(opened.test)
    assert (
        f"{tmp_path}/test.csv: has no labels and is left out; mlp predict reads it" in opened.notes
    )


def test_only_test_images(tmp_path: Path, glyphs: Dataset) -> None:
    """All rows of a file whose name says so are for testing."""
    opened = open_dataset(write_csv(tmp_path / "mnist_test.csv", glyphs.test))
    assert (0, len(glyphs.test)) == (len(opened.train), len(opened.test))


def test_other_tables(tmp_path: Path) -> None:
    """Two files for a split are refused; tables of names beside folders of pictures are left alone."""
    write(tmp_path / "train.csv", "id,label\na.png,3\n")
    assert {"train": tmp_path / "train.csv"} == find_tables(tmp_path)
    (tmp_path / "3").mkdir()
    assert {} == find_tables(tmp_path)
    write(tmp_path / "train-2.csv", NAMED)
    with pytest.raises(
        DataError, match=r"must have one CSV for train, got train-2.csv and train.c"
    ):
        find_tables(tmp_path)


def test_mnist(tmp_path: Path, mnist: Dataset) -> None:
    """MNIST as a CSV is MNIST."""
    few = mnist.test[:500]
    table_path = write_csv(tmp_path / "mnist_test.csv.gz", few)
    opened = open_dataset(table_path)
    assert np.array_equal(few.images, opened.test.images)
    assert few.labels.tolist() == opened.test.labels.tolist()
    assert "digit" == opened.preprocessing
