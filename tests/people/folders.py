"""Folders of pictures, divided and named as people do it."""

from collections.abc import Callable
from pathlib import Path

from PIL import Image

from tests.people.material import digits
from tests.people.situation import TRAIN, Situation
from tests.support.photos import heic


def _write(folder: str, names: str, count: int = 12, ending: str = "png", first: int = 0) -> None:
    """Write pictures of the digits 0, 1 and so on into a folder for each of the names."""
    images, labels, *_ = digits()
    for digit, name in enumerate(names.split()):
        place = Path(folder, name)
        place.mkdir(parents=True, exist_ok=True)
        for number, image in enumerate(images[labels == digit][first : first + count]):
            Image.fromarray(image).resize((56, 56)).save(place / f"{number:02}.{ending}")


def _divided(train: str, test: str, names: str = "ant bee cow") -> Callable[[], None]:
    def make() -> None:
        _write(f"pets/{train}", names, 30)
        _write(f"pets/{test}", names, 10, first=30)

    return make


def _folder(title: str, make: Callable[[], object], *says: str, accuracy: float = 80) -> Situation:
    """Return the situation that the folder `pets` is trained on and learnt."""
    return Situation(title, make, (f"{TRAIN}pets",), says, accuracy=accuracy)


def _with_junk() -> None:
    _write("pets", "ant bee cow", 30)
    Path("pets/ant/notes.txt").write_text("not a picture")
    Path("pets/bee/Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    Path("pets/bee/.hidden.png").write_bytes(b"")


def _misspelled() -> None:
    _write("pets/train", "cat dog", 30)
    _write("pets/test", "Cat dog", 10, first=30)


def _one_more_in_test() -> None:
    _write("pets/train", "cat dog", 30)
    _write("pets/test", "cat dog emu", 10, first=30)


def _with_validation() -> None:
    _divided("Training", "Test")()
    _write("pets/Valid", "ant bee cow", 5, first=40)


def _on_white() -> None:
    _write("pets", "ant bee cow", 20)
    for path in Path("pets").rglob("*.png"):
        Image.eval(Image.open(path), lambda level: 255 - level).save(path)


def _broken() -> None:
    _write("pets", "ant bee cow", 3)
    for name in ("ant/00.png", "cow/01.png"):
        Path("pets", name).write_bytes(b"")


def _in_subfolders() -> None:
    _write("scans", "a b", 3)


def _telephone(folder: str, ending: str = "HEIC") -> None:
    """Write what a telephone leaves in a folder: photos, a film, edits and a photo still elsewhere."""
    images, labels, *_ = digits()
    Path(folder).mkdir(parents=True)
    for number, image in enumerate(images[labels == 1][:3]):
        photo = Image.fromarray(255 - image).resize((160, 160))
        Path(folder, f"IMG_{number:04}.{ending}").write_bytes(heic(photo, 6))
    for name in ("IMG_0001.MOV", "IMG_0002.AAE", ".IMG_0009.HEIC.icloud", "._IMG_0001.HEIC"):
        Path(folder, name).write_bytes(b"content")


def _photos_of_pets() -> None:
    _write("pets", "ant bee cow", 30)
    for path in sorted(Path("pets").rglob("0*.png")):
        path.with_suffix(".HEIC").write_bytes(heic(Image.open(path)))
        path.unlink()


def _from_a_browser() -> None:
    _write("scans", "a b", 1, "jpg")
    Path("scans/a/00.jpg").rename("scans/3.jfif")
    Path("scans/b/00.jpg").rename("scans/7.JPE")
    Path("scans/form.pdf").write_bytes(b"%PDF-1.7")


SITUATIONS = [
    _folder("a folder for each class", lambda: _write("pets", "ant bee cow", 40)),
    _folder("Train and Test", _divided("Train", "Test"), r"\(\d+ of 30\)"),
    _folder("training and testing", _divided("training", "testing"), r"\(\d+ of 30\)"),
    _folder("TRAIN and test", _divided("TRAIN", "test"), r"\(\d+ of 30\)"),
    _folder("Training, Valid and Test", _with_validation, r"\(\d+ of 30\)"),
    _folder("files that are no pictures", _with_junk, r"1 file not read.*1 \.txt", r"1 hidden"),
    _folder("a class spelled differently in test", _misspelled, "Cat.*cat", accuracy=40),
    _folder("a class that is in test only", _one_more_in_test, "only the test .*emu", accuracy=50),
    Situation(
        "as many classes as the layers do not have",
        lambda: _write("pets", "ant bee cow", 30),
        (f"{TRAIN}pets --set model.layers=[784,20,10]",),
        (r"must end with 3, because the classes are ant, bee, cow \(3\), got 10; write classes",),
        code=2,
    ),
    Situation(
        "pictures in subfolders of a folder to read",
        _in_subfolders,
        ("predict scans --weights bundled",),
        (r"6 pictures in subfolders.*--recursive",),
        code=1,
    ),
    Situation(
        "pictures in subfolders, asked for",
        _in_subfolders,
        ("predict scans --recursive --weights bundled",),
        (r"^scans/a/00\.png: \d ", r"^scans/b/02\.png: \d "),
    ),
    Situation(
        "a folder from an iPhone",
        lambda: _telephone("photos"),
        ("predict photos --weights bundled",),
        (
            r"^photos/IMG_0000\.HEIC: \d ",
            r"^photos/IMG_0002\.HEIC: \d ",
            r"2 files not read: 1 \.aae, 1 \.mov",
            r"1 hidden picture not read: \.IMG_0009\.HEIC\.icloud",
        ),
    ),
    Situation(
        "photos of an iPhone that are called .jpg",
        lambda: _telephone("photos", "jpg"),
        ("predict photos/*.jpg --weights bundled",),
        (r"^photos/IMG_0000\.jpg: \d ",),
    ),
    Situation(
        "pictures from a browser and a scanner",
        _from_a_browser,
        ("predict scans --weights bundled",),
        (r"^scans/3\.jfif: \d ", r"^scans/7\.JPE: \d ", r"1 picture not read: 1 \.pdf"),
    ),
    _folder("a class that holds photos of an iPhone", _photos_of_pets, accuracy=70),
    Situation(
        "drawings on white paper",
        _on_white,
        (f"{TRAIN}pets",),
        (r"the images are mostly white, 9\d% on average",),
    ),
    Situation(
        "several broken pictures",
        _broken,
        (f"{TRAIN}pets",),
        (r"^pets/ant/00\.png: ", r"^pets/cow/01\.png: "),
        code=1,
    ),
    Situation(
        "a table of pictures, one of them blank",
        lambda: Image.new("L", (50, 50)).save("blank.png"),
        ("predict blank.png --weights bundled --csv -",),
        (r"^image,predicted,probability,warnings$", r"^blank\.png,\d,[\d.]+,blank"),
    ),
    Situation(
        "which pictures are read wrong",
        lambda: _write("pets", "ant bee cow", 40),
        (
            f"{TRAIN}pets --set training.epochs=1 --set training.optimizer.learning_rate=0.001",
            "evaluate --weights run --data pets --csv -",
        ),
        (r"^0,(ant|bee|cow)/\d\d\.png,",),
    ),
]
