"""Arrays of images and labels in every shape and type."""

import gzip
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from tests.people.material import Arrays, Change, digits, images_as, keras, labels_as, save
from tests.people.situation import TRAIN, Situation
from tests.support.formats import idx_bytes


def _npz(
    title: str,
    arrays: Callable[[], Arrays],
    *says: str,
    never: tuple[str, ...] = (),
    accuracy: float = 85,
) -> Situation:
    """Return the situation that an archive of arrays is learnt or, without accuracy, refused."""
    return Situation(
        title,
        lambda: save(**arrays()),
        (f"{TRAIN}data.npz",),
        says,
        never,
        code=0 if accuracy else 1,
        accuracy=accuracy,
    )


def _images(
    title: str, change: Change, *says: str, never: tuple[str, ...] = (), accuracy: float = 85
) -> Situation:
    return _npz(title, partial(images_as, change), *says, never=never, accuracy=accuracy)


def _labels(title: str, change: Change, *says: str, accuracy: float = 85) -> Situation:
    return _npz(title, partial(labels_as, change), *says, accuracy=accuracy)


def _read_as(kind: str, low: int, high: int) -> str:
    return rf"^note: data\.npz: the images are {kind}, read as {low} to {high}, black to white$"


def _with_one_of_300(images: np.ndarray) -> np.ndarray:
    wide = images.astype(int)
    wide[7, 14, 14] = 300
    return wide


RANGES = [
    _images("bytes, as everybody has them", lambda x: x, never=("note:",)),
    _images("floats 0 to 1", lambda x: x / 255, _read_as("float64", 0, 1)),
    _images("whole floats 0 to 255", lambda x: x * 1.0, _read_as("float64", 0, 255)),
    _images("half floats", lambda x: (x / 255).astype("f2"), _read_as("float16", 0, 1)),
    _images("int64 pixels", lambda x: x.astype("i8"), _read_as("int64", 0, 255)),
    _images("int16 pixels", lambda x: x.astype("i2"), _read_as("int16", 0, 255)),
    _images("16-bit pixels", lambda x: x.astype("u2") * 257, _read_as("uint16", 0, 65535)),
    _images("black and white, bool", lambda x: x > 99, _read_as("bool", 0, 1)),
    _images("0/1 bytes", lambda x: (x > 99).astype("u1"), _read_as("uint8", 0, 1)),
    _images(
        "0 to 16, as scikit-learn's digits", lambda x: x // 16 * 1.0, _read_as("float64", 0, 16)
    ),
    _images("-1 to 1, as for a GAN", lambda x: x / 127.5 - 1, _read_as("float64", -1, 1)),
    _images(
        "standardised images",
        lambda x: (x - 33.3) / 78.6,
        r"got -0\.42\d* to 2\.8\d*; set data\.value_range",
        accuracy=0,
    ),
    Situation(
        "standardised images with the range that they had",
        lambda: save(**images_as(lambda x: (x - 33.3) / 78.6)),
        (f"{TRAIN}data.npz --set data.value_range=[-0.4237,2.8206]",),
        (r"read as -0\.4237 to 2\.8206, as data\.value_range says",),
        accuracy=85,
    ),
    _images("one pixel of 300", _with_one_of_300, "got 2 above, up to 300", accuracy=0),
    _images("fractions up to 1.07", lambda x: x / 238, "got 0 to 1.07", accuracy=0),
    _images(
        "a picture that is not a number",
        lambda x: np.where(x == 255, np.nan, x),
        r"images must have finite numbers",
        accuracy=0,
    ),
]

LAYOUTS = [
    _images("a channel last", lambda x: x[..., None]),
    _images("a channel first", lambda x: x[:, None]),
    _images("rows of 784", lambda x: x.reshape(len(x), -1)),
    _images("colours", lambda x: np.stack([x] * 3, axis=3), "in colour, read as grey"),
    _images("colours first, of PyTorch", lambda x: np.stack([x] * 3, axis=1) / 255, "in colour"),
    Situation(
        "images that lie on their side",
        lambda: save(**images_as(lambda x: x.swapaxes(1, 2))),
        (f"{TRAIN}data.npz --set data.transpose=true",),
        accuracy=85,
    ),
]


def _sorted() -> Arrays:
    images, labels, *_ = digits()
    order = np.argsort(labels, kind="stable")
    return keras(x_train=images[order], y_train=labels[order])


LABELS = [
    _labels("labels in a column", lambda y: y[:, None]),
    _labels("one-hot labels", lambda y: np.eye(10)[y]),
    _labels("whole floats as labels", lambda y: y * 1.0),
    _labels("text labels", lambda y: np.array([f"digit {label}" for label in y])),
    _labels("labels 1 to 10", lambda y: y + 1, "labels begin with 1: 10 classes, 1, 2, 3, …, 10"),
    _labels("labels with gaps", lambda y: y * 3, "labels have gaps: 10 classes, 0, 3, 6, …, 27"),
    _labels("labels that are half a class", lambda y: y + 0.5, "whole numbers, got", accuracy=0),
    _npz(
        "class names in the archive",
        lambda: keras(class_names=np.array([f"n{label}" for label in range(10)])),
    ),
    _npz(
        "fewer labels than images",
        lambda: keras(y_train=digits()[1][:-1]),
        "got 600 images and 599 labels",
        accuracy=0,
    ),
    Situation(
        "text labels as Python objects",
        lambda: save(**labels_as(lambda y: np.array([f"n{label}" for label in y], dtype=object))),
        (f"{TRAIN}data.npz",),
        (r"save text as labels\.astype\(str\)",),
        code=1,
    ),
    _npz("images sorted by class", _sorted, "sorted by class, read in another order"),
    Situation(
        "a class that is in the test images only",
        lambda: save(**keras(y_train=digits()[1] % 9)),
        (f"{TRAIN}data.npz",),
        ("only the test images have the class 9",),
    ),
]


def _renamed(names: str) -> dict[str, np.ndarray]:
    return dict(zip(names.split(), digits(), strict=True))


def _kmnist() -> None:
    for name, array in _renamed("train-imgs train-labels test-imgs test-labels").items():
        np.savez_compressed(f"kmnist-{name}.npz", array)


def _large_digits() -> None:
    save(**keras())
    _, _, images, labels = digits()
    np.savez("some.npz", x=images[labels > 4], y=labels[labels > 4])


def _emnist() -> None:
    Path("data/emnist").mkdir(parents=True)
    names = "train-images-idx3 train-labels-idx1 test-images-idx3 test-labels-idx1"
    for name, array in _renamed(names).items():
        stored = array.swapaxes(1, 2) if array.ndim == 3 else array + 1
        content = idx_bytes(np.ascontiguousarray(stored, dtype=np.uint8))
        path = Path(f"data/emnist/emnist-letters-{name}-ubyte.gz")
        path.write_bytes(gzip.compress(content, 1))


def _named_idx() -> None:
    names = "train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1"
    for name, array in _renamed(names).items():
        Path(f"{name}-ubyte").write_bytes(idx_bytes(array.astype(np.uint8)))
    Path("classes.txt").write_text("".join(f"number {digit}\n" for digit in range(10)))


NAMES = [
    _npz("MedMNIST's names", lambda: _renamed("train_images train_labels test_images test_labels")),
    _npz(
        "only x and y",
        lambda: dict(zip(("x", "y"), digits()[:2], strict=True)),
        "no test images: 100 of 600 are held out for testing",
    ),
    _npz(
        "the names of features beside the images",
        lambda: keras(feature_names=np.array([f"pixel {number}" for number in range(784)])),
        never=("pixel",),
    ),
    _npz("Xtrain and ytest", lambda: _renamed("Xtrain ytrain Xtest ytest"), never=("held out",)),
    _npz(
        "test labels under another name",
        lambda: _renamed("x_train y_train x_test answers"),
        "not used: x_test",
        "no test images",
    ),
    Situation("KMNIST's files", _kmnist, (f"{TRAIN}.",), accuracy=85),
    Situation(
        "one of KMNIST's files",
        _kmnist,
        (f"{TRAIN}kmnist-train-imgs.npz",),
        ("got arr_0; if each file holds one, give their folder",),
        code=1,
    ),
    Situation(
        "EMNIST's letters",
        _emnist,
        ("data show emnist-letters --count 1",),
        (r"^[A-J] \(#0\)",),
    ),
    Situation(
        "names of classes beside IDX files",
        _named_idx,
        (f"{TRAIN}.", "evaluate --weights run --data ."),
        ("^number 7 ",),
        accuracy=85,
    ),
    Situation(
        "a test set that lacks classes",
        _large_digits,
        (f"{TRAIN}data.npz", "evaluate --weights run --data some.npz --split all"),
        (r"\(\d+ of 60\)", "labels begin with 5: 5 classes, 5, 6, 7, 8, 9"),
        accuracy=80,
    ),
]

SITUATIONS = [*RANGES, *LAYOUTS, *LABELS, *NAMES]
