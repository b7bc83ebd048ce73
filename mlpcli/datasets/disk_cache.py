"""Uncompressed copies of data sets in the cache.

From the second time on a data set is open at once. A copy belongs to files of certain paths, sizes
and time stamps; when one of these changes, the files are read again, and so they are when the copy
is not what was written.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlpcli.datasets.array_store import (
    keep,
    others,
    read_about,
    read_stored,
    remove_abandoned_folders,
    remove_stored,
)
from mlpcli.datasets.dataset import ALL, MAX_CLASSES, Split, fingerprint
from mlpcli.utils.cache import cache_folder

FORMAT = 2  # to be raised when the readers make something else of the same files
KIND = "datasets"


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
        classes: how many there can be.
    """

    kind: str
    files: Sequence[Path]
    folder: Path | None = None
    recipe: str = ""
    classes: int = MAX_CLASSES

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


@dataclass(frozen=True)
class Trust:
    """How far a copy is trusted.

    Attributes:
        wanted: the splits whose images will be looked at; those of others are not checked. Images
            for validation are among those for training.
        in_full: check the fingerprint as well, not only checksums.
        none: read the files again and replace the copy.
    """

    wanted: Collection[str] = ALL
    in_full: bool = False
    none: bool = False


USUAL = Trust()


def read_through(
    origin: Origin, read: Callable[[], tuple[Split, Split]], trust: Trust = USUAL
) -> Content:
    """Return the content of files, from the copy in the cache where there is one.

    Args:
        origin: the files.
        read: reads them.
        trust: in the copy.

    Raises:
        DataError: `read` raises it.
    """
    try:
        folder = cache_folder(KIND) / origin.key
    except OSError:  # the cache is optional
        return _fresh(read)
    if trust.none:
        remove_stored(folder)
    with suppress(OSError, ValueError):
        return _open(folder, origin, trust)
    content = _fresh(read)
    with suppress(OSError, ValueError):
        _write(folder, content, origin)
        return _open(folder, origin, trust)
    return content


def _fresh(read: Callable[[], tuple[Split, Split]]) -> Content:
    train, test = read()
    return Content(train, test, fingerprint(train, test))


def _open(folder: Path, origin: Origin, trust: Trust) -> Content:
    """Read a copy.

    Raises:
        OSError, ValueError: there is none, or it is not what was written.
    """
    wanted = {"train" if name == "validation" else name for name in trust.wanted}
    kept = read_stored(folder, origin.classes, wanted, in_full=trust.in_full)
    fingerprint_then = kept.about.get("fingerprint")
    if not {"train", "test"} <= kept.splits.keys() or not isinstance(fingerprint_then, str):
        raise ValueError("the record is not that of a copy")
    content = Content(kept.splits["train"], kept.splits["test"], fingerprint_then)
    if trust.in_full and fingerprint(content.train, content.test) != fingerprint_then:
        raise ValueError("the copy has another fingerprint")
    return content


def _write(folder: Path, content: Content, origin: Origin) -> None:
    """Write a copy, and delete those that nobody can use any more."""
    _sweep(folder, origin)
    about = {
        "kind": origin.kind,
        "files": origin.places,
        "fingerprint": content.fingerprint,
    }
    with keep(folder, about) as keeper:
        keeper.write("train", content.train)
        keeper.write("test", content.test)


def _sweep(folder: Path, origin: Origin) -> None:
    """Delete copies of what these files were before, and of files that are gone."""
    remove_abandoned_folders(folder.parent)
    own = (origin.kind, origin.places)
    for other in others(folder):
        with suppress(OSError, KeyError, TypeError, ValueError):
            about = read_about(other)
            gone = not all(Path(path).exists() for path in about["files"])
            if gone or (about["kind"], about["files"]) == own:
                remove_stored(other)
