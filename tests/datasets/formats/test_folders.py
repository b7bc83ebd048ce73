"""Pictures in a folder for each class."""

import os
import shutil
import socket
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlpcli.datasets import Dataset, open_dataset
from mlpcli.datasets.formats.folders import read_pictures
from mlpcli.datasets.formats.picture_search import find_pictures
from mlpcli.datasets.interpretation.holding_out import choose_tests
from mlpcli.errors import DataError, ImageError, MlpError
from mlpcli.images import default_recipe, preprocess, read_picture
from mlpcli.images.normalization import Preprocessing
from tests.support.formats import write_pictures
from tests.support.glyphs import draw_digit


def open_folder(folder: Path, validation: int = 0) -> Dataset:
    """Open a folder as data."""
    return open_dataset(folder, root=Path("unused"), validation=validation)


def pictures_of(dataset: Dataset) -> set[tuple[str, bytes]]:
    """Return the class and the pixels of each image."""
    splits = (dataset.train, dataset.validation, dataset.test)
    return {
        (dataset.classes[label], image.tobytes())
        for split in splits
        for image, label in zip(split.images, split.labels, strict=True)
    }


@pytest.mark.parametrize(("classes", "preprocessing"), [("3 7", "digit"), ("cat dog", "scale")])
def test_pictures(tmp_path: Path, classes: str, preprocessing: Preprocessing) -> None:
    """Each picture is preprocessed as for a prediction and has the class of its folder."""
    write_pictures(tmp_path, classes)
    dataset, recipe = open_folder(tmp_path, validation=2), default_recipe(preprocessing, 28, 28)
    expected = {
        (path.parent.name, preprocess(read_picture(path, ""), recipe).images.tobytes())
        for path in tmp_path.rglob("*.png")
    }
    assert expected == pictures_of(dataset)
    assert (preprocessing, 784) == (dataset.preprocessing, dataset.pixels)
    assert (8, 2, 2) == (len(dataset.train), len(dataset.validation), len(dataset.test))
    assert {0, 1} == {*np.unique(dataset.test.labels, return_inverse=True)[1].tolist()}


@pytest.mark.parametrize(
    ("names", "classes"),
    [
        ("7 3", "0 1 2 3 4 5 6 7 8 9"),
        ("7 10", "7 10"),
        ("b10 B9 a 2 b", "2 a b B9 b10"),
        ("dog Dog cat", "cat Dog dog"),
    ],
)
def test_classes(tmp_path: Path, names: str, classes: str) -> None:
    """Class names are sorted naturally, and digits are always all ten."""
    dataset = open_folder(write_pictures(tmp_path, names, count=2))
    assert tuple(classes.split()) == dataset.classes
    found = {dataset.classes[label] for label in dataset.train.labels}
    assert {*names.split()} == found


def test_which_files(tmp_path: Path) -> None:
    """Pictures count in any case and at any depth; hidden and other files do not."""
    write_pictures(tmp_path, "cat dog", count=2)
    (tmp_path / "cat" / "0.png").rename(tmp_path / "cat" / "0.PNG")
    shutil.copytree(tmp_path / "dog", tmp_path / "dog" / "more" / "deep")
    for name in ("cat/.0.png", "cat/.hidden/0.png", ".cache/0.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("hello")
    for name in ("cat/Thumbs.db", "dog/.DS_Store", "dog/notes.txt", "notes.txt"):
        (tmp_path / name).write_text("hello")
    dataset = open_folder(tmp_path)
    assert ("cat", "dog") == dataset.classes
    assert [2, 4] == np.bincount([*dataset.train.labels, *dataset.test.labels]).tolist()


def test_links(tmp_path: Path) -> None:
    """A link to a folder that leads back is not followed, a class may be a link itself."""
    write_pictures(tmp_path / "data", "cat")
    write_pictures(tmp_path / "elsewhere", "dog")
    (tmp_path / "data" / "cat" / "again").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "dog").symlink_to(tmp_path / "elsewhere" / "dog")
    dataset = open_folder(tmp_path / "data")
    assert (10, 2) == (len(dataset.train), len(dataset.test))


@given(st.lists(st.lists(st.binary(min_size=1, max_size=1)), min_size=1, max_size=3))
def test_choice_of_tests(classes: list[list[bytes]]) -> None:
    """A sixth of each class is for testing, one at least of two, and copies stay together."""
    digests = [digest for own in classes for digest in own]
    labels = np.repeat(np.arange(len(classes)), [len(own) for own in classes])
    for_test = choose_tests(digests, labels)
    assert len(for_test) == len(digests)
    chosen = {digest for digest, chosen in zip(digests, for_test, strict=True) if chosen}
    assert not chosen & {digest for digest, test in zip(digests, for_test, strict=True) if not test}
    for own in classes:
        fewest = max(round(len({*own}) / 6), len({*own}) > 1)
        assert len(chosen & {*own}) >= fewest
        if len(classes) == 1:
            assert len(chosen) == fewest


def test_copies_and_names(tmp_path: Path) -> None:
    """The test split depends on the content of the pictures, not on their names."""
    write_pictures(tmp_path, "cat dog", count=12)
    first = open_folder(tmp_path, validation=4)
    for path in list(tmp_path.rglob("*.png")):
        path.rename(path.with_name(f"{hash(path.name)}.png"))
    second = open_folder(tmp_path, validation=4)
    assert first.fingerprint == second.fingerprint
    for index, path in enumerate(list(tmp_path.rglob("*.png"))):
        shutil.copy(path, path.with_name(f"copy-{index}.png"))
    third = open_folder(tmp_path)
    assert (2 * 20, 2 * 4) == (len(third.train), len(third.test))
    kept = {image.tobytes() for image in first.test.images}
    assert kept == {image.tobytes() for image in third.test.images}


def test_validation_is_mixed(tmp_path: Path) -> None:
    """The images kept for validation are of all classes."""
    dataset = open_folder(write_pictures(tmp_path, "0 1 2", count=20), validation=15)
    assert {0, 1, 2} == {*dataset.validation.labels.tolist()}


@pytest.mark.parametrize("names", ["cat dog", "3 7"])
def test_given_division(tmp_path: Path, names: str) -> None:
    """Folders train and test say themselves what is for testing; either may lack a class."""
    first, second = names.split()
    write_pictures(tmp_path / "train", names, count=3)
    write_pictures(tmp_path / "test", second, count=5)
    dataset = open_folder(tmp_path)
    assert (6, 5) == (len(dataset.train), len(dataset.test))
    assert {second} == {dataset.classes[label] for label in dataset.test.labels}
    assert {first, second} <= {*dataset.classes}


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("Train", None, "Test"),
        ("TRAINING", "VAL", "testing"),
        ("train", "Valid", "test"),
        ("training", "validation", "Test"),
    ],
)
def test_divisions_by_any_name(
    tmp_path: Path, train: str, validation: str | None, test: str
) -> None:
    """Folders are divisions in any case and by any usual name; the validation images come last."""
    for part, count in ((train, 3), (validation, 2), (test, 1)):
        if part:
            write_pictures(tmp_path / part, "cat dog", count=count)
    dataset = open_folder(tmp_path, validation=4 if validation else 0)
    assert (("cat", "dog"), ()) == (dataset.classes, dataset.notes)
    assert {f"{train}/{name}/{n}.png" for name in ("cat", "dog") for n in range(3)} == {
        *(dataset.train.names or ())
    }
    assert {f"{validation}/{name}/{n}.png" for name in ("cat", "dog") for n in range(2)} == {
        *(dataset.validation.names or ())
    } or not validation
    assert {f"{test}/cat/0.png", f"{test}/dog/0.png"} == {*(dataset.test.names or ())}


def test_number_for_validation(tmp_path: Path) -> None:
    """What is read says how many of the last images are for validation, from the cache as well."""
    write_pictures(tmp_path / "train", "cat dog", count=3)
    write_pictures(tmp_path / "val", "cat dog", count=2)
    write_pictures(tmp_path / "test", "cat dog", count=2)
    for _ in range(2):
        pictures = find_pictures(tmp_path)
        assert pictures is not None
        content = read_pictures(pictures)
        assert (4, 10, 4) == (content.validation, len(content.train), len(content.test))
    dataset = open_dataset(tmp_path, validation="auto")
    assert (6, 4) == (len(dataset.train), len(dataset.validation))
    assert all(name.startswith("val/") for name in dataset.validation.names or "?")


def test_training_and_validation_only(tmp_path: Path) -> None:
    """Without pictures for testing, a sixth of those in train is held out, and a note says so."""
    write_pictures(tmp_path / "train", "cat dog", count=12)
    write_pictures(tmp_path / "Val", "cat dog", count=3)
    for _ in range(2):
        dataset = open_folder(tmp_path, validation=6)
        assert (20, 6, 4) == (len(dataset.train), len(dataset.validation), len(dataset.test))
        assert all(name.startswith("train/") for name in dataset.test.names or "?")
        assert all(name.startswith("Val/") for name in dataset.validation.names or "?")
        held_out = "no pictures in a folder test: 4 of 24 in train are held out for testing"
        assert (f"{tmp_path}: {held_out}",) == dataset.notes


def test_class_called_like_a_division(tmp_path: Path) -> None:
    """One folder called train among others is a class; a note says so if it holds folders only."""
    write_pictures(tmp_path, "bus train", count=2)
    dataset = open_folder(tmp_path)
    assert (("bus", "train"), ()) == (dataset.classes, dataset.notes)
    shutil.rmtree(tmp_path / "train")
    write_pictures(tmp_path / "Train", "cat dog", count=2)
    note = "Train is taken for a class, because other folders lie beside it"
    assert (f"{tmp_path}: {note}",) == open_folder(tmp_path).notes


@pytest.mark.parametrize(
    ("train", "other", "notes"),
    [
        ("cat dog", "cat", []),
        ("cat dog", "cat bird", ["only the test images have the class bird"]),
        ("cat dog", "b10 cat b9", ["only the test images have the class b9, and 1 more"]),
        (
            "Cat dog",
            "cat dog",
            [
                "only the test images have the class 'cat', and those to train on 'Cat'; if they "
                "are the same, give them the same name"
            ],
        ),
        (
            "cats hot_dog",
            "cat hotdog",
            [
                "only the test images have the class 'cat', and those to train on 'cats'; if they "
                "are the same, give them the same name",
                "only the test images have the class 'hotdog', and those to train on 'hot_dog'; "
                "if they are the same, give them the same name",
            ],
        ),
        ("Cat cat dog", "dog", ["'Cat' and 'cat' are different classes"]),
        ("A B a b", "A", ["'A' and 'a' are different classes; 1 more are like these"]),
        ("+ - 1 -1", "+", []),
        ("3", "7", ["only the test images have the class 7"]),
    ],
)
def test_classes_of_one_division(tmp_path: Path, train: str, other: str, notes: list[str]) -> None:
    """A class that is in test only, or spelled differently there, is reported."""
    write_pictures(tmp_path / "train", train, count=1)
    write_pictures(tmp_path / "test", other, count=1)
    assert tuple(f"{tmp_path}: {note}" for note in notes) == open_folder(tmp_path).notes


def test_space_at_the_end(tmp_path: Path) -> None:
    """A class whose name ends with a space is shown in quotes; one for validation alone is noted."""
    write_pictures(tmp_path / "train", "cat dog", count=1)
    for name in ("cat ", "bird"):
        shutil.copytree(tmp_path / "train" / "cat", tmp_path / "valid" / name)
    shutil.copytree(tmp_path / "train", tmp_path / "test")
    spelled, alone = open_folder(tmp_path).notes
    assert f"{tmp_path}: only the validation images have the class 'cat ', and those to" in spelled
    assert f"{tmp_path}: only the validation images have the class bird" == alone


def test_every_broken_picture_is_named(tmp_path: Path) -> None:
    """All pictures that cannot be read are named at once."""
    folder = write_pictures(tmp_path / "pets", "cat dog", count=3)
    for name in ("cat/1.png", "dog/0.png"):
        (folder / name).write_bytes(b"")
    with pytest.raises(ImageError) as caught:
        open_folder(folder)
    lines = caught.value.lines
    assert [f"{folder}/cat/1.png: ", f"{folder}/dog/0.png: "] == [
        line[: line.index(": ") + 2] for line in lines
    ]


def test_files_not_read(tmp_path: Path) -> None:
    """Files that are no pictures, or lie in no class, are counted and named, also the next time."""
    write_pictures(tmp_path / "Train", "cat dog", count=1)
    write_pictures(tmp_path / "Test", "cat", count=1)
    files = {
        "Train/cat": ["1.JXL", "2.jxl", "labels", "a.b c", ".DS_Store", "Thumbs.db"],
        "Train/dog/deep": ["1.txt", "2.TXT", "3.txt", "._1.png", "desktop.ini"],
        "Train": ["1.png"],
        "": ["README.md", "0.JPG", ".gitignore"],
        "__MACOSX/Train/cat": ["._0.png"],
        "Train/cat/.cache": ["1.txt"],
    }
    for place, names in files.items():
        (tmp_path / place).mkdir(parents=True, exist_ok=True)
        for name in names:
            (tmp_path / place / name).write_text("hello")
    (tmp_path / "Train" / "cat" / "more").symlink_to(tmp_path / "Test")
    expected = [
        "2 pictures not read: 2 .jxl (1.JXL, …); convert .jxl to JPEG or PNG",
        "6 other files not read: 3 .txt, 2 without ending, 1 .md (1.txt, …)",
        "2 pictures not read, in no folder of a class: 0.JPG, …",
        "1 link to folders not followed: more",
    ]
    assert [f"{tmp_path}: {line}" for line in expected] == [*open_folder(tmp_path).notes]
    (tmp_path / "README.md").unlink()
    second = "5 other files not read: 3 .txt, 2 without ending (1.txt, …)"
    assert f"{tmp_path}: {second}" == open_folder(tmp_path).notes[1]


def test_many_endings(tmp_path: Path) -> None:
    """Of very many endings, a note names those that most files have."""
    write_pictures(tmp_path, "cat dog", count=2)
    for number in range(9):
        (tmp_path / "cat" / f"x.e{number}").write_text("hello")
    endings = ", ".join(f"1 .e{number}" for number in range(6))
    (note,) = open_folder(tmp_path).notes
    assert f"{tmp_path}: 9 files not read: {endings}, 3 others (x.e0, …)" == note


def test_names_of_pictures(tmp_path: Path) -> None:
    """Each image has the path of its file in the folder as its name, from the cache as well."""
    write_pictures(tmp_path, "cat dog")
    shutil.copytree(tmp_path / "dog", tmp_path / "dog" / "more")
    for _ in range(2):
        dataset = open_folder(tmp_path, validation=3)
        every = dataset.split("all")
        expected = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.png")}
        assert expected == {*(every.names or ())}
        for index in range(len(every)):
            path = tmp_path / str(every.name_of(index))
            recipe = default_recipe("scale", 28, 28)
            (image,) = preprocess(read_picture(path, ""), recipe).images
            np.testing.assert_array_equal(image, every.images[index])
            assert path.relative_to(tmp_path).parts[0] == dataset.classes[every.labels[index]]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ([], "must hold the IDX files train-images-idx3-ubyte.gz and so on, or a folder of pict"
         "ures for each class, got an empty folder"),
        (["1.png", "2.png", "3.png", "4.png"], "must hold the IDX .*, got 1.png, 2.png, 3.png, …"),
        (["train/1.png", "test/2.png"], "must hold the IDX .*, got test, train"),
        (["cat/notes.txt"], "must hold the IDX .*, got cat"),
        (["train-labels-idx1-ubyte", "cat/1.png"], "needs the file train-images-idx3-ubyte.gz"),
        (["cat/1.png", "dog/notes.txt"], r"every class must have a picture \(.avif, .*\), got none "
         "in dog; remove the folder or add pictures"),
        (["train/cat/1.png", "test/cat/1.png", "masks/cat/1.png"], "must be split into the "
         "folders train, val and test only, got masks, test, train"),
        (["train/cat/1.png", "Training/cat/1.png"], "must have one folder for each of train, val "
         "and test, got Training, train"),
        (["Test/cat/1.png", "val/cat/1.png"], "must have the folder train beside those for "
         "validation and testing, got Test, val"),
        (["valid/cat/1.png"], "must have the folder train .*, got valid"),
        (["cat/1.jxl", "cat/2.JXL", "cat/3.txt"], r"must hold pictures \(.avif, .*\), "
         "got 2 .jxl, 1 .txt; convert .jxl to JPEG or PNG$"),
        (["cat/1.png", "dog/2.svg"], "every .*, got none in dog; remove the folder or add "
         "pictures; convert .svg to JPEG or PNG$"),
    ],
)  # fmt: skip
def test_unfit_folders(tmp_path: Path, files: list[str], message: str) -> None:
    """A folder that is no data set gives one line that says what it could have been."""
    for name in files:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("hello")
    with pytest.raises(DataError, match=f"^{tmp_path}: {message}") as caught:
        open_folder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("damage", ["text", "cut", "broken link"])
def test_unreadable_picture(tmp_path: Path, damage: str) -> None:
    """A picture that cannot be read is named in the message."""
    write_pictures(tmp_path, "cat dog")
    path = tmp_path / "dog" / "3.png"
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "text":
            path.write_text("hello")
        case "cut":
            path.write_bytes(content[:100])
        case "broken link":
            path.symlink_to(tmp_path / "absent.png")
    with pytest.raises(ImageError, match=f"^{path}: ") as caught:
        open_folder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "socket", "broken link"])
def test_what_is_no_picture(tmp_path: Path, kind: str) -> None:
    """A pipe, a socket or a broken link among the pictures is reported as what it is."""
    path = write_pictures(tmp_path, "cat dog") / "dog" / "9.png"
    match kind:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(str(path))
        case _:
            path.symlink_to("absent.png")
    message = f"^{path}: not a picture that can be read, got a {kind}$"
    with pytest.raises(ImageError, match=message):
        open_folder(tmp_path)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_closed_folder(tmp_path: Path) -> None:
    """A folder that may not be read is named in the message."""
    closed = write_pictures(tmp_path, "cat dog") / "dog"
    closed.chmod(0)
    try:
        with pytest.raises(MlpError, match=f"^{closed}: cannot be read"):
            open_folder(tmp_path)
    finally:
        closed.chmod(0o700)


def test_copy_in_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures are read once, and again when one is added, renamed, changed or moved."""
    folder = write_pictures(tmp_path / "data", "cat dog")
    counts: list[int] = []

    def read() -> Dataset:
        before = len(counts)
        dataset = open_dataset(
            folder,
            root=Path("unused"),
            validation=0,
            progress=lambda _name, done, _expected, _unit: counts.append(done),
        )
        assert counts[before:] in ([], list(range(1, 1 + len(dataset.train) + len(dataset.test))))
        return dataset

    sizes = []
    for change in (
        lambda: None,
        lambda: (folder / "cat" / "0.png").rename(folder / "cat" / "zero.png"),
        lambda: shutil.copy(folder / "cat" / "1.png", folder / "cat" / "7.png"),
        lambda: draw_digit(8).save(folder / "cat" / "1.png"),
        lambda: (folder / "cat" / "1.png").rename(folder / "dog" / "8.png"),
    ):
        change()
        read()
        sizes.append(len(counts))
        read()
        assert sizes[-1] == len(counts)
    assert [12, 24, 37, 50, 63] == sizes
    monkeypatch.chdir(folder)
    open_dataset(Path(), root=Path("unused"), validation=0, progress=lambda *_: counts.append(0))
    assert sizes[-1] == len(counts)
