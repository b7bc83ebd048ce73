"""The data sets known by name: where they are published and how to tell that a file is theirs."""

import hashlib
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.copies import USUAL, Content, Origin, Trust, read_through
from mlpcli.datasets.dataset import Split, make_split
from mlpcli.datasets.idx import content_sha256, read_idx
from mlpcli.errors import DataError
from mlpcli.files import open_regular
from mlpcli.normalization import Preparation

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)


@dataclass(frozen=True)
class Source:
    """A published data set of four IDX files.

    Attributes:
        title: what it shows, in a few words.
        classes: the name of each label.
        preparation: how a picture becomes an input like these.
        mirrors: addresses of a folder with the four `.gz` files, best first.
        sha256: of each file's content after decompression, in the order of `FILES`; or
        md5: of each published `.gz` file.
    """

    title: str
    classes: tuple[str, ...]
    preparation: Preparation
    mirrors: tuple[str, ...]
    sha256: tuple[str, ...] = ()
    md5: tuple[str, ...] = ()


SOURCES = {
    "mnist": Source(
        title="handwritten digits",
        classes=tuple("0123456789"),
        preparation="digit",
        mirrors=(
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
        ),
        sha256=(
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
    ),
    "fashion-mnist": Source(
        title="articles of clothing",
        classes=(
            "T-shirt/top",
            "Trouser",
            "Pullover",
            "Dress",
            "Coat",
            "Sandal",
            "Shirt",
            "Sneaker",
            "Bag",
            "Ankle boot",
        ),
        preparation="scale",
        mirrors=("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",),
        md5=(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310",
        ),
    ),
    "kmnist": Source(
        title="cursive Japanese characters",
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        preparation="scale",
        mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
        md5=(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134",
        ),
    ),
}


def find_file(folder: Path, name: str) -> Path | None:
    """Return the file of an IDX name in a folder: compressed, plain, or with a dot in its name."""
    dotted = name.replace("-idx", ".idx")
    for candidate in (f"{name}.gz", name, f"{dotted}.gz", dotted):
        if (folder / candidate).is_file():
            return folder / candidate
    return None


def read_folder(
    folder: Path, name: str = "idx", source: Source | None = None, trust: Trust = USUAL
) -> Content:
    """Read the train and test images of a folder with four IDX files.

    Args:
        folder: where the files are.
        name: of the data set.
        source: whose published content they must hold; None takes any.
        trust: in the copy in the cache.

    Raises:
        DataError: a file is missing, broken, or not the published one.
    """
    paths = {}
    for file in FILES:
        path = find_file(folder, file)
        if path is None:
            raise DataError(f"{folder}: needs the file {file}.gz, or {file}")
        paths[file] = path

    def read() -> tuple[Split, Split]:
        arrays = {file: read_file(path, file, source) for file, path in paths.items()}
        train = make_split(arrays[TRAIN_IMAGES], arrays[TRAIN_LABELS], folder)
        return train, make_split(arrays[TEST_IMAGES], arrays[TEST_LABELS], folder)

    origin = Origin(name, list(paths.values()))
    if source:
        origin = replace(origin, classes=len(source.classes))
    return read_through(origin, read, trust)


def read_file(path: Path, name: str, source: Source | None = None) -> NDArray[np.uint8]:
    """Read one of the four files, whatever it is called now.

    Args:
        path: the file.
        name: which of `FILES` it is.
        source: whose published content it must hold; None takes any.

    Raises:
        DataError: the file is broken, or not the published one.
    """
    index = FILES.index(name)
    if source and source.md5:
        _expect("MD5", source.md5[index], _md5_of(path), path)
    array = read_idx(path, 3 if "images" in name else 1)
    if source and source.sha256:
        _expect("SHA-256 of its content", source.sha256[index], content_sha256(array), path)
    return array


def _md5_of(path: Path) -> str:
    try:
        with open_regular(path) as file:  # MD5 is the only sum that was published
            digest = hashlib.file_digest(file, partial(hashlib.md5, usedforsecurity=False))
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {error.strerror or error}") from error
    return digest.hexdigest()


def _expect(what: str, expected: str, found: str, path: Path) -> None:
    if found != expected:
        raise DataError(f"{path}: the {what} must be {expected}, got {found}")
