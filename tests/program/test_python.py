"""The front door for Python, used as by somebody who only knows what it names."""

import io
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

import mlpcli
from tests.support.pens import write


@pytest.fixture(scope="module")
def classifier() -> mlpcli.Classifier:
    """The weights that come with the program."""
    return mlpcli.load("bundled")


@pytest.fixture(scope="module")
def paper() -> NDArray[np.uint8]:
    """A seven in dark ink on light paper, (120, 100) uint8."""
    return np.asarray(250 - 230 * write(7, (120, 100)), dtype=np.uint8)


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    """Digits as the bundled network was trained on, (40, 28, 28) uint8."""
    return mlpcli.open_dataset("synthetic", drawing=mlpcli.Drawing(train=1, test=40)).test.images


def test_picture_in_any_form(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A path, an open file, a PIL image and an array of the same picture are read alike."""
    path = tmp_path / "seven.png"
    Image.fromarray(paper).save(path)
    by_path = classifier.predict(str(path))
    assert (7, "7", ()) == (by_path.label, by_path.name, by_path.warnings)
    assert 0.9 < by_path.probability == by_path.probabilities.max()
    assert (28, 28) == by_path.image.shape
    assert str(by_path).startswith(f"{path}: 7  (7 9")
    with path.open("rb") as file, Image.open(path) as picture:
        others = classifier.predict([path, file, io.BytesIO(path.read_bytes()), picture, paper])
    for other in others:
        np.testing.assert_array_equal(by_path.image, other.image)
        np.testing.assert_allclose(other.probabilities, by_path.probabilities, atol=1e-6)
    assert [str(path), "picture 2", "picture 3", "picture 4", "picture 5"] == [
        other.place for other in others
    ]


MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "I", "F")


@pytest.mark.parametrize("mode", MODES)
def test_picture_of_any_mode(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], mode: str
) -> None:
    """A PIL image may have any mode."""
    assert 7 == classifier.predict(Image.fromarray(paper).convert(mode)).label


@pytest.mark.parametrize("suffix", ["png", "tif"])
@pytest.mark.parametrize(
    ("kind", "white"), [(np.float32, 1), (np.float32, 65535), (np.uint16, 65535), (np.int32, 65535)]
)
def test_picture_of_many_levels(
    classifier: mlpcli.Classifier,
    paper: NDArray[np.uint8],
    tmp_path: Path,
    kind: type[np.generic],
    white: int,
    suffix: str,
) -> None:
    """A PIL image of 16 or 32 bits is read as its file is, whatever its white is."""
    picture = Image.fromarray((paper / 255 * white).astype(kind))
    assert 7 == classifier.predict(picture).label
    if suffix == "png" and picture.mode != "I;16":
        return  # there are no such files
    picture.save(tmp_path / f"seven.{suffix}")
    with Image.open(tmp_path / f"seven.{suffix}") as opened:
        by_file, by_image = classifier.predict([tmp_path / f"seven.{suffix}", opened])
    np.testing.assert_array_equal(by_file.image, by_image.image)


def test_photo_that_was_turned(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A PIL image is turned upright as its file is, by what the camera noted."""
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: the camera was held upright
    Image.fromarray(np.rot90(paper)).save(tmp_path / "seven.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "seven.jpg") as photo:
        by_file, by_image = classifier.predict([tmp_path / "seven.jpg", photo])
    assert (7, 7) == (by_file.label, by_image.label)
    np.testing.assert_array_equal(by_file.image, by_image.image)


@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32, np.float64, np.float16])
def test_levels_up_to_255(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], kind: type[np.generic]
) -> None:
    """Whole grey levels may have any type, as those that scikit-learn fetches are floats."""
    np.testing.assert_array_equal(
        classifier.predict(paper).image, classifier.predict(paper.astype(kind)).image
    )


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_levels_up_to_1(
    classifier: mlpcli.Classifier, images: NDArray[np.uint8], kind: type[np.generic]
) -> None:
    """Floats in [0, 1] mean the same as levels in [0, 255], be they exact multiples or not."""
    expected = classifier.predict_proba(images)
    scaled = (images / 255).astype(kind)
    np.testing.assert_allclose(classifier.predict_proba(scaled), expected, atol=1e-6)
    between = np.clip(images / 255 + 0.001, 0, 1).astype(kind)
    np.testing.assert_allclose(classifier.predict_proba(between), expected, atol=1e-6)
    np.testing.assert_array_equal(  # as in the file of the notebook
        classifier.predict_proba(np.minimum(images, 255) / 256), expected
    )


def test_black_and_white(classifier: mlpcli.Classifier, paper: NDArray[np.uint8]) -> None:
    """An array of booleans is a picture as well, true being white."""
    assert 7 == classifier.predict(paper > 128).label


def test_large_array(classifier: mlpcli.Classifier, paper: NDArray[np.uint8]) -> None:
    """An array is averaged down as a file is, and one that no file may be is refused."""
    large = np.asarray(Image.fromarray(paper).resize((2000, 2400)))
    by_array, by_image = classifier.predict([large, Image.fromarray(large)])
    np.testing.assert_array_equal(by_array.image, by_image.image)
    with pytest.raises(mlpcli.MlpError, match=r"picture: a picture has at most 65535 pixels on a"):
        classifier.predict(np.zeros((1, 70000), np.uint8))


def test_labels_of_arrays(classifier: mlpcli.Classifier, images: NDArray[np.uint8]) -> None:
    """Images in one array give labels and probabilities, in whichever of the two shapes."""
    probabilities = classifier.predict_proba(images)
    assert ((40, 10), np.dtype(np.float32)) == (probabilities.shape, probabilities.dtype)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    flat = images.reshape(40, 784)
    np.testing.assert_array_equal(classifier.predict_proba(flat), probabilities)
    np.testing.assert_array_equal(classifier.predict_proba(flat.tolist()), probabilities)
    for labels in classifier.predict(images), classifier.predict(flat):
        assert np.int64 == labels.dtype
        np.testing.assert_array_equal(labels, probabilities.argmax(axis=1))
    assert (0,) == classifier.predict(images[:0]).shape
    assert (0, 10) == classifier.predict_proba(flat[:0]).shape


def test_several_digits(classifier: mlpcli.Classifier) -> None:
    """With `many` each digit of a picture has a prediction, from left to right."""
    paper = 250 - 230 * np.hstack([write(4, (120, 100)), write(7, (120, 100))])
    (several,) = classifier.predict([paper.astype(np.uint8)], many=True)
    assert ("47", 2) == (several.text, len(several.predictions))
    assert ["several-digits"] == [
        warning.code for warning in classifier.predict(paper.astype(np.uint8)).warnings
    ]


def test_readings_are_shown_briefly(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8]
) -> None:
    """A list of readings prints what they say, no arrays, and readings can be in a set."""
    readings = classifier.predict([paper, np.zeros((30, 30), np.uint8)])
    shown = "[<Reading picture 1: 7  (7 99.98 %)>, <Reading picture 2: –; warning: no ink found>]"
    assert shown[:32] == str(readings)[:32]
    assert shown[38:] == str(readings)[38:]
    assert 2 == len(set(readings))
    assert readings[0] != readings[1]


HEIGHT_AND_WIDTH = r"an array must be a picture, \(height, width\), or images, \(count, 28, 28\)"


@pytest.mark.parametrize(
    ("picture", "message"),
    [
        ("no.png", "no.png: cannot be read, No such file or directory"),
        (np.zeros((9, 9, 3), np.uint8), HEIGHT_AND_WIDTH),
        (np.zeros(784), HEIGHT_AND_WIDTH),
        (np.zeros((0, 9)), HEIGHT_AND_WIDTH),
        (np.full((9, 9), 256), r"must be grey levels, whole in \[0, 255\] or floats .*, got 256"),
        (np.full((9, 9), -1), "must be grey levels, .*, got -1"),
        (np.linspace(0, 1.02, 81).reshape(9, 9), r"must be grey levels, .*, got 1\.02"),
        (np.full((9, 9), np.nan), "must be grey levels, .*, got nan"),
        (np.full((9, 9), 1j), "must be grey levels, .*, got complex128"),
        (np.full((3, 28, 28), 300), "images: must be grey levels, .*, got 300"),
        (Image.new("L", (0, 9)), "picture: cannot be read, "),
        (io.BytesIO(b"nothing"), "picture: not a picture that can be read"),
    ],
)
def test_pictures_that_cannot_be_read(
    classifier: mlpcli.Classifier, picture: object, message: str
) -> None:
    """What is no picture gives one line with what it must be and what it is."""
    with pytest.raises(mlpcli.MlpError, match=message):
        classifier.predict(picture)  # type: ignore[call-overload]  # the table holds several types


def test_picture_cut_short(
    classifier: mlpcli.Classifier, paper: NDArray[np.uint8], tmp_path: Path
) -> None:
    """A PIL image whose file turns out to be broken, or is closed, gives one line."""
    Image.fromarray(paper).save(tmp_path / "cut.bmp")
    content = (tmp_path / "cut.bmp").read_bytes()
    with (
        Image.open(io.BytesIO(content[: len(content) // 2])) as cut,
        pytest.raises(mlpcli.MlpError, match=r"^picture: cannot be read, "),
    ):
        classifier.predict(cut)
    with pytest.raises(mlpcli.MlpError, match=r"^picture: cannot be read, "):
        classifier.predict(cut)


def test_what_is_no_picture_at_all(classifier: mlpcli.Classifier, tmp_path: Path) -> None:
    """What no picture can be is a TypeError that says what can be."""
    (tmp_path / "text").write_text("7")
    with (tmp_path / "text").open() as text:
        for wrong in (None, 7, b"7", text, [[7]]):
            with pytest.raises(TypeError, match=r"must be a path, a file opened with 'rb', a PIL"):
                classifier.predict(wrong)  # type: ignore[arg-type]  # as mypy says, too


@pytest.mark.parametrize("shape", [(2, 27, 28), (28, 28), (2, 783), (784,), (2, 28, 28, 1)])
def test_images_of_another_size(classifier: mlpcli.Classifier, shape: tuple[int, ...]) -> None:
    """`predict_proba` says which two shapes images may have."""
    with pytest.raises(mlpcli.MlpError) as raised:
        classifier.predict_proba(np.zeros(shape, np.uint8))
    assert (f"images: must be (count, 28, 28) or (count, 784), got {list(shape)}") == str(
        raised.value
    )
