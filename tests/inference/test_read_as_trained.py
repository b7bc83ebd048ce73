"""What a network was trained on is read from pictures as training read it, whatever the format.

Each test trains a small network, writes 200 of its test images with `mlp data export`, and lets
`mlp evaluate` and `mlp predict` answer the very same images. Data that are only resized are asked
with every option at its default. Of digits the views that `predict` averages may change an answer
for the better, so that there the comparison is with --no-tta.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from mlpcli.datasets import Dataset, Split
from mlpcli.inference.classifier import Classifier
from mlpcli.inference.data import evaluate_on, open_for
from tests.conftest import Mlp
from tests.support.boxing import normalize_digit
from tests.support.formats import write_folder, write_pickle
from tests.support.glyphs import draw_digit, draw_digits

pytestmark = pytest.mark.slow

COUNT = 200
Images = NDArray[np.uint8]


def printed(count: int) -> Images:
    """Draw digits that are neither boxed nor centred."""
    return draw_digits(count, seed=3)[0]


def boxed(count: int) -> Images:
    """Draw digits as MNIST's makers left theirs."""
    angles = np.random.default_rng(3).uniform(-15, 15, count)
    drawn = [draw_digit(n % 10, size=112, angle=angle) for n, angle in enumerate(angles)]
    return np.stack([normalize_digit(np.asarray(one) / 255) for one in drawn])


def garments(count: int) -> Images:
    """Draw ten filled shapes, light on black, that reach the border as pieces of clothing do."""
    generator = np.random.default_rng(3)
    images = []
    for number in range(count):
        picture = Image.new("L", (28, 28))
        wide, high = 7 + 4 * (number % 5), 27 if number % 10 < 5 else 15
        left, top = 14 - wide // 2 + int(generator.integers(-1, 2)), (28 - high) // 2
        light = int(generator.integers(90, 256))
        ImageDraw.Draw(picture).rectangle((left, top, left + wide, top + high), fill=light)
        images.append(np.asarray(picture))
    return np.stack(images)


def narrow(count: int) -> Images:
    """Draw digits on 20×12 pixels."""
    pictures = [Image.fromarray(image).crop((8, 4, 20, 24)) for image in printed(count)]
    return np.stack([np.asarray(picture) for picture in pictures])


def long(count: int) -> Images:
    """Draw rows of 700 pixels, one tenth of which is light; no picture so long is read whole."""
    images = np.random.default_rng(3).integers(0, 60, (count, 1, 700)).astype(np.uint8)
    for number, image in enumerate(images):
        image[:, 70 * (number % 10) :][:, :70] += 150
    return images


def as_dataset(images: Images) -> Dataset:
    """Divide images, of ten classes in turn, into training, validation and test."""
    labels = np.arange(len(images)) % 10
    every = Split(images, labels)
    border = len(images) - COUNT
    train, validation, test = every[: border - 50], every[border - 50 : border], every[border:]
    return Dataset("drawn", train, validation, test, tuple("0123456789"), "scale", "")


def write_idx(place: Path, data: Dataset) -> Path:
    """Write four IDX files into a folder."""
    return write_folder(place / "idx", data)


def write_npz(place: Path, data: Dataset) -> Path:
    """Write a file like that of Keras."""
    x_train, y_train = (
        np.concatenate([getattr(split, name) for split in (data.train, data.validation)])
        for name in ("images", "labels")
    )
    file = place / "data.npz"
    x_test, y_test = data.test.images, data.test.labels
    np.savez(file, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return file


def write_notebook(place: Path, data: Dataset) -> Path:
    """Write a file like that of the notebook."""
    return write_pickle(place / "mnist.pkl.gz", data)


def write_pictures(place: Path, data: Dataset, names: Sequence[str]) -> Path:
    """Write a folder of pictures for each class, divided into those for training and for test."""
    for part, split in (("train", data.train), ("train", data.validation), ("test", data.test)):
        for number, (image, label) in enumerate(zip(split.images, split.labels, strict=True)):
            file = place / "pictures" / part / names[label] / f"{len(split)}-{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image).save(file)
    return place / "pictures"


def write_letters(place: Path, data: Dataset) -> Path:
    """Write folders whose names are letters."""
    return write_pictures(place, data, "abcdefghij")


def write_digits(place: Path, data: Dataset) -> Path:
    """Write folders whose names are digits."""
    return write_pictures(place, data, "0123456789")


def train(mlp: Mlp, *options: str, pixels: int = 784) -> Classifier:
    """Train a small network for a moment."""
    usual = (
        f"model.layers=[{pixels}, 20, 10]",
        "data.validation=50",
        "model.activation=tanh",  # learns from bright images, too
        "augmentation=null",
        "training={epochs: 8, batch_size: 20, optimizer: {name: adam}}",
    )
    sets = [word for option in (*usual, *options) for word in ("--set", option)]
    result = mlp("train", "--config", "quickstart", *sets, "--out", "run", "--quiet")
    assert 0 == result.exit_code, result.output
    return Classifier.load([Path("run/best.npz")])


def evaluated(classifier: Classifier, data: str | None) -> list[int]:
    """Return the answers of `mlp evaluate` to the first images of the test split."""
    dataset = open_for(classifier, data, "test")
    return [int(answer) for answer in evaluate_on(classifier, dataset, "test").predicted[:COUNT]]


def predicted(mlp: Mlp, *arguments: str | Path) -> list[int]:
    """Return the answers of `mlp predict` to pictures."""
    result = mlp("predict", *arguments, "--weights", "run/best.npz", "--json")
    assert 0 == result.exit_code, result.output
    return [json.loads(line)["label"] for line in result.stdout.splitlines()]


def exported(mlp: Mlp, data: str) -> str:
    """Write the first images of a data set's test split as pictures, and return their folder."""
    result = mlp("data", "export", data, "exported", "--count", str(COUNT))
    assert 0 == result.exit_code, result.output
    return "exported"


def inverted(draw: Callable[[int], Images]) -> Callable[[int], Images]:
    """Return what draws the negatives."""
    return lambda count: np.asarray(255 - draw(count))


FORMATS = [write_idx, write_npz, write_notebook, write_letters]


@pytest.mark.parametrize("dark", [False, True], ids=["light-on-dark", "dark-on-light"])
@pytest.mark.parametrize("draw", [printed, garments])
@pytest.mark.parametrize("write", FORMATS)
def test_resized_data(
    mlp: Mlp,
    tmp_path: Path,
    write: Callable[[Path, Dataset], Path],
    draw: Callable[[int], Images],
    dark: bool,
) -> None:
    """Images that are not like MNIST's are read as they are, be they light or dark."""
    images = (inverted(draw) if dark else draw)(700)
    path = write(tmp_path, as_dataset(images))
    classifier = train(mlp, f"data.path={path}")
    expected = evaluated(classifier, str(path))
    assert expected == predicted(mlp, exported(mlp, str(path)))
    assert 4 < len({*expected}), "the network has learnt next to nothing"


@pytest.mark.parametrize(
    "draw",
    [narrow, inverted(narrow), long, inverted(long)],
    ids=["narrow", "narrow-inverted", "long", "long-inverted"],
)
def test_any_size(mlp: Mlp, tmp_path: Path, draw: Callable[[int], Images]) -> None:
    """Images of any size are read byte for byte, also those longer than a picture need be."""
    data = as_dataset(draw(700))
    path = write_npz(tmp_path, data)
    classifier = train(mlp, f"data.path={path}", pixels=data.pixels)
    assert evaluated(classifier, str(path)) == predicted(mlp, exported(mlp, str(path)))


@pytest.mark.parametrize("dark", [False, True], ids=["light-on-dark", "dark-on-light"])
@pytest.mark.parametrize("write", [*FORMATS[:3], write_digits])
def test_digits(
    mlp: Mlp, tmp_path: Path, write: Callable[[Path, Dataset], Path], dark: bool
) -> None:
    """Boxed and centred digits are read as they are; negatives are so if they were trained on."""
    images = (inverted(boxed) if dark else boxed)(700)
    path = write(tmp_path, as_dataset(images))
    classifier = train(mlp, f"data.path={path}")
    are_digits = not dark or write is write_digits  # negatives as arrays are not like MNIST's
    assert ("digit" if are_digits else "scale") == classifier.inputs.preprocessing
    options = ["--no-tta"] if are_digits else []
    expected = evaluated(classifier, str(path))
    assert expected == predicted(mlp, exported(mlp, str(path)), *options)


@pytest.mark.parametrize("write", [write_letters, write_digits])
def test_pictures_themselves(
    mlp: Mlp, tmp_path: Path, write: Callable[[Path, Dataset], Path]
) -> None:
    """A folder's own pictures, not only exports of them, are read as training read them.

    Of digits, which these are not like MNIST's, the views are left out.
    """
    path = write(tmp_path, as_dataset(inverted(printed)(700)))
    classifier = train(mlp, f"data.path={path}")
    files = sorted(
        (path / "test").rglob("*.png"), key=lambda file: hashlib.sha256(file.read_bytes()).digest()
    )
    options = ["--no-tta"] if write is write_digits else []
    assert evaluated(classifier, str(path)) == predicted(mlp, *files, *options)


def test_synthetic(mlp: Mlp) -> None:
    """Drawn digits, by name, are read as they are; the views are left out."""
    classifier = train(mlp, "data.train=700", f"data.test={COUNT}")
    expected = evaluated(classifier, None)
    assert expected == predicted(mlp, exported(mlp, "synthetic"), "--no-tta")


@pytest.mark.usefixtures("mnist_root")
def test_mnist(mlp: Mlp) -> None:
    """The real MNIST, by name, is read as it is; the views are left out."""
    classifier = train(mlp, "data.name=mnist", "data.validation=55000")
    expected = evaluated(classifier, None)
    assert expected == predicted(mlp, exported(mlp, "mnist"), "--no-tta")


@pytest.mark.parametrize("dark", [False, True], ids=["light-on-dark", "dark-on-light"])
@pytest.mark.parametrize("write", FORMATS[:3])
def test_mnist_by_path(
    mlp: Mlp,
    mnist: Dataset,
    tmp_path: Path,
    write: Callable[[Path, Dataset], Path],
    dark: bool,
) -> None:
    """Images of MNIST by path are read as they are, and so are negatives that were trained on."""
    images, labels = mnist.test.images[:700], mnist.test.labels[:700]
    every = Split(255 - images if dark else images, labels)
    data = replace(mnist, train=every[:450], validation=every[450:500], test=every[500:])
    path = write(tmp_path, data)
    classifier = train(mlp, f"data.path={path}")
    options = [] if dark else ["--no-tta"]
    expected = evaluated(classifier, str(path))
    assert expected == predicted(mlp, exported(mlp, str(path)), *options)
