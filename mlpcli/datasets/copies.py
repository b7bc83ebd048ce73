"""Uncompressed copies of data sets in the cache, memory-mapped.

From the second time on a data set is open at once, and takes no more memory than what is being
read of it. A copy belongs to files of certain paths, sizes and time stamps; when one of these
changes, the files are read again.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import DTypeLike, NDArray

from mlpcli.cache import cache_folder
from mlpcli.datasets.dataset import Split, fingerprint
from mlpcli.files import atomic_write, is_abandoned

FORMAT = 1  # to be raised when the readers make something else of the same files
_RECORD, _SPLITS = "record.json", ("train", "test")


@dataclass(frozen=True)
class Content:
    """What the files of a data set hold.

    Attributes:
        train: all images but those for testing.
        test: those.
        fingerprint: SHA-256 over all images and labels.
    """

    train: Split
    test: Split
    fingerprint: str


@dataclass(frozen=True)
class Origin:
    """What a content is read from; a copy is used as long as none of this changes.

    Attributes:
        kind: what the reader takes the files for.
        files: all that are read.
        folder: holds all of them where they are many, and then stands for them in the record.
        recipe: names the way in which the reader makes something else of them.
    """

    kind: str
    files: Sequence[Path]
    folder: Path | None = None
    recipe: str = ""

    @property
    def key(self) -> str:
        """The name of the copy, another one whenever a file has changed."""
        digest = hashlib.sha256(json.dumps([FORMAT, self.kind, self.recipe, self.places]).encode())
        depth = len(self.folder.parts) if self.folder else 0
        for path in self.files:
            stat = path.stat()
            # the second stamp changes as well when a file is replaced by one with the first stamp
            stamps = (stat.st_mtime_ns, stat.st_ctime_ns)
            # within the folder only: to resolve each of very many paths would take long
            name = path.parts[depth:] if self.folder else ()
            digest.update(json.dumps([name, stat.st_size, stamps]).encode())
        return digest.hexdigest()[:16]

    @property
    def places(self) -> list[str]:
        """The absolute paths by which a copy is found to be outdated."""
        return [str(path.resolve()) for path in ([self.folder] if self.folder else self.files)]


def read_through(
    origin: Origin, read: Callable[[], tuple[Split, Split]], *, anew: bool = False
) -> Content:
    """Return the content of files, from the copy in the cache where there is one.

    Args:
        origin: the files.
        read: reads them.
        anew: replace the copy.

    Raises:
        DataError: `read` raises it.
        OSError: a copy to be replaced cannot be deleted.
    """
    folder = cache_folder() / "datasets" / origin.key
    if anew and folder.exists():
        rmtree(folder)  # so that it is not used again, even if no other can be written
    with suppress(OSError, EOFError, KeyError, TypeError, ValueError):
        return _open(folder)
    train, test = read()
    content = Content(train, test, fingerprint(train, test))
    try:
        _write(folder, content, origin)
        return _open(folder)
    except (OSError, ValueError):  # a cache that cannot be written is no reason to stop
        return content


def _open(folder: Path) -> Content:
    """Map the arrays of a copy into memory.

    Raises:
        OSError, EOFError, KeyError, TypeError, ValueError: there is none, or it is broken.
    """
    record = json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    train, test = (_open_split(folder, name, record["shapes"][name]) for name in _SPLITS)
    return Content(train, test, str(record["fingerprint"]))


def _open_split(folder: Path, name: str, shape: list[int]) -> Split:
    images = open_array(folder / f"{name}-images.npy")
    labels = open_array(folder / f"{name}-labels.npy")
    if (images.shape, labels.shape) != (tuple(shape), tuple(shape[:1])):
        raise ValueError(f"{name} has {images.shape} images and {labels.shape} labels, not {shape}")
    if images.dtype != np.uint8 or labels.dtype != np.int64:
        raise ValueError(f"{name} has {images.dtype} images and {labels.dtype} labels")
    return Split(images, labels)


def open_array(path: Path) -> NDArray[Any]:
    """Map a `.npy` file into memory, to be read only.

    Raises:
        OSError, EOFError, ValueError: it is not there, or is not whole.
    """
    mapped: np.memmap[Any, Any] = npy.open_memmap(path, mode="r")
    expected = mapped.offset + mapped.nbytes
    if path.stat().st_size != expected:
        raise ValueError(f"{path}: {path.stat().st_size} bytes, not {expected}")
    return np.asarray(mapped)


def write_header(file: BinaryIO, shape: tuple[int, ...], dtype: DTypeLike) -> None:
    """Begin a `.npy` file whose values are written afterwards, as they come."""
    descr = npy.dtype_to_descr(np.dtype(dtype))
    npy.write_array_header_1_0(file, {"descr": descr, "fortran_order": False, "shape": shape})


def _write(folder: Path, content: Content, origin: Origin) -> None:
    """Write a copy beside its place, and move it there once it is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder, origin)
    temporary = Path(mkdtemp(prefix=".", suffix=".tmp", dir=folder.parent))
    splits = dict(zip(_SPLITS, (content.train, content.test), strict=True))
    record = {
        "kind": origin.kind,
        "files": origin.places,
        "shapes": {name: split.images.shape for name, split in splits.items()},
        "fingerprint": content.fingerprint,
    }
    try:
        for name, split in splits.items():
            for what, array in (("images", split.images), ("labels", split.labels)):
                with atomic_write(temporary / f"{name}-{what}.npy") as file:
                    np.save(file, np.ascontiguousarray(array), allow_pickle=False)
        with atomic_write(temporary / _RECORD) as file:
            file.write(json.dumps(record).encode())
        rmtree(folder, ignore_errors=True)
        temporary.rename(folder)
    except BaseException:
        rmtree(temporary, ignore_errors=True)
        raise


def _sweep(folder: Path, origin: Origin) -> None:
    """Delete copies of what these files were before, and of files that are gone."""
    own = (origin.kind, origin.places)
    for other in folder.parent.iterdir():
        with suppress(OSError, KeyError, TypeError, ValueError):
            if other.name.startswith("."):
                outdated = is_abandoned(other)
            else:
                record = json.loads((other / _RECORD).read_text(encoding="utf-8"))
                gone = not all(Path(path).exists() for path in record["files"])
                outdated = gone or (record["kind"], record["files"]) == own
            if outdated and other != folder:
                rmtree(other, ignore_errors=True)
