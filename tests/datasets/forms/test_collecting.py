"""Pictures of boxes on their way into a folder for each digit."""

from pathlib import Path

import numpy as np
import pytest

from mlpcli.datasets.formats.picture_search import find_pictures
from mlpcli.datasets.forms.collecting import Collection
from mlpcli.datasets.forms.cutting import Cut
from mlpcli.datasets.forms.layout import Rectangle
from mlpcli.errors import OutputError
from mlpcli.utils.outputs import png

SHEET = png(np.zeros((2, 2), dtype=np.uint8))


def cuts(*digits: int, seed: int = 0) -> list[Cut]:
    """Return boxes in the first row of a page, the last of which is empty."""
    pictures = np.random.default_rng(seed).integers(
        0, 256, (len(digits) + 1, 20, 20), dtype=np.uint8
    )
    area = Rectangle(0, 0, 20, 20)
    return [
        Cut(0, column, digit, area, pictures[column], "", is_empty=column == len(digits))
        for column, digit in enumerate((*digits, 9))
    ]


def files_in(folder: Path) -> dict[str, bytes]:
    """Return the content of each file in a folder and below it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the pictures of one photo."""
    with Collection(tmp_path / "class", add=False) as collection:
        collection.put("photo.jpg", cuts(1, 7, 1))
        collection.finish([SHEET])
    return tmp_path / "class"


def test_folder(folder: Path) -> None:
    """Pictures are named by photo, row and column, and training finds them, but not the sheet."""
    names = ["1/photo-r01-c01.png", "1/photo-r01-c03.png", "7/photo-r01-c02.png", "check.png"]
    assert names == sorted(files_in(folder))
    assert [folder] == [*folder.parent.iterdir()]
    pictures = find_pictures(folder)
    assert pictures is not None
    assert (names[:3], ()) == (
        sorted(path.relative_to(folder).as_posix() for path in pictures.paths),
        pictures.notes,
    )


def test_whole_or_not_there(tmp_path: Path) -> None:
    """Nothing is there before the end, and nothing stays of a collection that fails."""
    with Collection(tmp_path / "class", add=False) as collection:
        collection.put("photo.jpg", cuts(1, 7))
        assert not (tmp_path / "class").exists()
    assert [] == [*tmp_path.iterdir()]


def test_same_names(tmp_path: Path) -> None:
    """Photos of the same name, be it in capitals, get pictures of different names."""
    with Collection(tmp_path / "class", add=False) as collection:
        for number, place in enumerate(("a/1.jpg", "b/1.png", "IMG.jpg", "img.jpg", "-")):
            collection.put(place, cuts(3, seed=number))
        collection.finish([])
    ends = ("1", "1-2", "IMG", "img-2", "stdin")
    assert {f"3/{stem}-r01-c01.png" for stem in ends} == {*files_in(tmp_path / "class")}


def test_strange_names(tmp_path: Path) -> None:
    """Names of photos that some system refuses, hides, or shows otherwise, are changed."""
    with Collection(tmp_path / "class", add=False) as collection:
        for number, name in enumerate((".hidden.jpg", "a\x1b[31m:b\n.jpg", "x" * 240 + ".jpg")):
            collection.put(name, cuts(3, seed=number))
        collection.finish([])
    names = sorted(files_in(tmp_path / "class"))
    assert ["3/a_[31m_b_-r01-c01.png", "3/hidden-r01-c01.png"] == names[:2]
    assert 255 >= len(names[2].removeprefix("3/"))


@pytest.mark.parametrize("add", [False, True])
def test_empty_folder(tmp_path: Path, *, add: bool) -> None:
    """An empty folder is filled, and stays the folder it was."""
    (tmp_path / "class").mkdir()
    before = (tmp_path / "class").stat().st_ino
    with Collection(tmp_path / "class", add=add) as collection:
        collection.put("photo.jpg", cuts(1))
        collection.finish([SHEET])
    assert {"1/photo-r01-c01.png", "check.png"} == {*files_in(tmp_path / "class")}
    assert before == (tmp_path / "class").stat().st_ino


def test_not_mixed(folder: Path) -> None:
    """A folder that holds anything is refused, with what to do."""
    with pytest.raises(OutputError, match=r"class: must be new or empty, got .*--add"):
        Collection(folder, add=False)


def test_add(folder: Path) -> None:
    """Other photos are added beside the pictures that are there, under free names."""
    before = files_in(folder)
    with Collection(folder, add=True) as collection:
        collection.put("photo.jpg", cuts(7, 2, seed=1))
        collection.finish([SHEET])
    after = files_in(folder)
    new = {"7/photo-2-r01-c01.png", "2/photo-2-r01-c02.png", "check-2.png"}
    assert new == after.keys() - before.keys()
    assert before == {name: after[name] for name in before}


def test_add_again(folder: Path) -> None:
    """A photo whose pictures are in the folder already is not added once more."""
    with Collection(folder, add=True) as collection:
        assert collection.put("other/photo.jpg", cuts(1, 7, 1)) is None
        assert not collection.counts


def test_add_all_or_nothing(folder: Path) -> None:
    """If a picture cannot be moved into the folder, none is."""
    (folder / "7" / "photo-r01-c02.png").unlink()
    (folder / "7").rmdir()
    (folder / "7").touch()
    before = files_in(folder)
    with Collection(folder, add=True) as collection:
        collection.put("new.jpg", cuts(1, 2, 7))
        with pytest.raises(OutputError, match="class: cannot be written, "):
            collection.finish([SHEET])
    assert before == files_in(folder)
    assert not (folder / "2").exists()
    assert [folder] == [*folder.parent.iterdir()]


def test_add_to_something_else(tmp_path: Path) -> None:
    """Nothing is added to a folder with other folders than those of digits, or to a file."""
    (tmp_path / "cats").mkdir()
    with pytest.raises(OutputError, match=r"must hold a folder for each digit .*, got cats"):
        Collection(tmp_path, add=True)
    (tmp_path / "photo.jpg").touch()
    with pytest.raises(OutputError, match=r"photo\.jpg: must be a folder .*, got a file; give"):
        Collection(tmp_path / "photo.jpg", add=False)
