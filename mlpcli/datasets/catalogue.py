"""The data sets known by name: where they are published, and the checksums of their files."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mlpcli.datasets.dataset import DIGITS, Content, SplitName
from mlpcli.datasets.disk_cache import USUAL_POLICY, CachePolicy, Origin, read_through
from mlpcli.datasets.formats.idx import content_sha256, read_idx
from mlpcli.datasets.interpretation.arrays import AS_THEY_ARE, Conversion, Pair, interpret
from mlpcli.datasets.interpretation.ranges import LEVELS
from mlpcli.errors import DataError
from mlpcli.images.normalization import Preprocessing
from mlpcli.utils.files import open_regular, reason_of

TRAIN_IMAGES, TRAIN_LABELS = "train-images-idx3-ubyte", "train-labels-idx1-ubyte"
TEST_IMAGES, TEST_LABELS = "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"
FILES = (TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS)
CLASS_NAMES = "classes.txt"
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MAX_NAMES = 1 << 20  # bytes of a file of class names
_UPRIGHT = Conversion(LEVELS, transpose=True)


@dataclass(frozen=True)
class Source:
    """A published data set of four IDX files.

    Attributes:
        title: what it shows, in a few words.
        classes: the name of each label.
        preprocessing: how a picture becomes an input like these images.
        mirrors: URLs of a folder with the four `.gz` files, best first.
        sha256: of each file's content after decompression, in the order of `FILES`.
        packed_sha256: of each published `.gz` file, where `sha256` has not been published.
        emnist: whether the files are among those of EMNIST, whose images lie on their side.
        first_label: the number of the first class in the files.
    """

    title: str
    classes: tuple[str, ...]
    preprocessing: Preprocessing
    mirrors: tuple[str, ...] = ()
    sha256: tuple[str, ...] = ()
    packed_sha256: tuple[str, ...] = ()
    emnist: bool = False
    first_label: int = 0

    def files(self, name: str) -> dict[str, str]:
        """Return what each of `FILES` is called in the data set of a name."""
        if not self.emnist:
            return {file: file for file in FILES}
        return {file: f"{name}-{file.replace('t10k', 'test')}" for file in FILES}

    def folders(self, name: str, root: Path) -> list[Path]:
        """Return where in a data root the files may lie."""
        inside = ("emnist", "emnist/gzip", "gzip", "EMNIST/raw") if self.emnist else ()
        return [root / folder for folder in (name, ".", *inside)]


SOURCES = {
    "mnist": Source(
        title="handwritten digits",
        classes=DIGITS,
        preprocessing="digit",
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
        preprocessing="scale",
        mirrors=(
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        ),
        packed_sha256=(
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    "kmnist": Source(
        title="cursive Japanese characters",
        classes=("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo"),
        preprocessing="scale",
        mirrors=(
            "https://codh.rois.ac.jp/kmnist/dataset/kmnist/",
            "http://codh.rois.ac.jp/kmnist/dataset/kmnist/",
        ),
        packed_sha256=(
            "51467d22d8cc72929e2a028a0428f2086b092bb31cfb79c69cc0a90ce135fde4",
            "e38f9ebcd0f3ebcdec7fc8eabdcdaef93bb0df8ea12bee65224341c8183d8e17",
            "edd7a857845ad6bb1d0ba43fe7e794d164fe2dce499a1694695a792adfac43c5",
            "20bb9a0ef54c7db3efc55a92eef5582c109615df22683c380526788f98e42a1c",
        ),
    ),
    # Cohen et al., EMNIST: an extension of MNIST to handwritten letters, 2017
    "emnist-digits": Source(
        title="handwritten digits", classes=DIGITS, preprocessing="digit", emnist=True
    ),
    "emnist-letters": Source(
        title="handwritten letters",
        classes=LETTERS,  # capital and small ones together
        preprocessing="digit",
        emnist=True,
        first_label=1,
    ),
    "emnist-balanced": Source(
        title="handwritten digits, letters",
        classes=(*DIGITS, *LETTERS, *"abdefghnqrt"),  # the small ones unlike their capitals
        preprocessing="digit",
        emnist=True,
    ),
}


def find_file(folder: Path, name: str) -> Path | None:
    """Return an IDX file in a folder: compressed or plain, with `-idx` or `.idx` in its name."""
    dotted = name.replace("-idx", ".idx")
    for candidate in (f"{name}.gz", name, f"{dotted}.gz", dotted):
        if (folder / candidate).is_file():
            return folder / candidate
    return None


def read_folder(
    folder: Path,
    name: str = "idx",
    source: Source | None = None,
    policy: CachePolicy = USUAL_POLICY,
    conversion: Conversion = AS_THEY_ARE,
) -> Content:
    """Read the train and test images of a folder with four IDX files.

    Args:
        folder: where the files are.
        name: of the data set.
        source: the data set whose published content they must have; None accepts any.
        policy: how the copy in the cache is used.
        conversion: what the configuration says about files that are not published ones.

    Raises:
        DataError: a file is missing, broken, or not the published one.
    """
    paths = {}
    for file, stored in (source.files(name) if source else {file: file for file in FILES}).items():
        path = find_file(folder, stored)
        if path is None:
            raise DataError(f"{folder}: needs the file {stored}.gz, or {stored}")
        paths[file] = path
    listed = folder / CLASS_NAMES
    listed_names = source is None and listed.is_file()

    def read() -> Content:
        images, labels, test_images, test_labels = (
            read_file(path, file, source) for file, path in paths.items()
        )
        pairs: dict[SplitName, Pair] = {
            "train": Pair(images, labels),
            "test": Pair(test_images, test_labels),
        }
        if source:
            return _published(pairs, folder, source)
        return interpret(pairs, folder, conversion, read_names(listed) if listed_names else ())

    files = [*paths.values(), *([listed] if listed_names else [])]
    origin = Origin(name, files, recipe=conversion.describe())
    if source:
        origin = replace(origin, classes=len(source.classes))
    return read_through(origin, read, policy)


def _published(pairs: dict[SplitName, Pair], folder: Path, source: Source) -> Content:
    """Return the content of a published data set, of which nothing need be told."""
    known = {
        name: Pair(pair.images, pair.labels.astype(np.int64) - source.first_label)
        for name, pair in pairs.items()
    }
    conversion = _UPRIGHT if source.emnist else Conversion(LEVELS)
    return replace(interpret(known, folder, conversion, source.classes), notes=())


def read_names(path: Path) -> list[str]:
    """Return the class names in a text file, one a line.

    Raises:
        DataError: it cannot be read, or is not UTF-8 text.
    """
    try:
        with open_regular(path) as file:
            text = file.read(_MAX_NAMES + 1)
        if len(text) > _MAX_NAMES:
            raise DataError(f"{path}: must have at most {_MAX_NAMES} bytes, got more")
        return [line.strip() for line in text.decode("utf-8-sig").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: must be UTF-8 text, got other bytes") from error
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {reason_of(error)}") from error


def read_file(path: Path, name: str, source: Source | None = None) -> NDArray[np.uint8]:
    """Read one of the four files, whatever its name is now.

    Args:
        path: the file.
        name: which of `FILES` it is.
        source: the data set whose published content it must have; None accepts any.

    Raises:
        DataError: the file is broken, or not the published one.
    """
    index = FILES.index(name)
    if source and source.packed_sha256:
        _expect("SHA-256", source.packed_sha256[index], _sha256_of(path), path)
    array = read_idx(path, 3 if "images" in name else 1)
    if source and source.sha256:
        _expect("SHA-256 of its content", source.sha256[index], content_sha256(array), path)
    return array


def _sha256_of(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"{path}: cannot be read, {reason_of(error)}") from error


def _expect(what: str, expected: str, found: str, path: Path) -> None:
    if found != expected:
        raise DataError(f"{path}: the {what} must be {expected}, got {found}")
