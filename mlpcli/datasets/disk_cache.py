"""Uncompressed copies of data sets in the cache.

From the second time on, a data set is opened by reading its copy instead of its files. A copy
belongs to files with certain paths, sizes and time stamps. If any of these changes, or the copy is
damaged, the files are read again.
"""

import hashlib
import json
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from mlpcli.datasets.array_store import make_room, read_stored, remove_stored, store
from mlpcli.datasets.dataset import ALL, MAX_CLASSES, Content
from mlpcli.utils.cache import cache_folder

FORMAT = 4  # increase it when the readers return something else for the same files
KIND = "datasets"


@dataclass(frozen=True)
class Origin:
    """Where content is read from; its copy is used as long as none of this changes.

    Attributes:
        kind: the format of the files.
        files: all the files that are read.
        folder: the folder that holds them, recorded in their place if there are many.
        recipe: the steps by which the reader converts them, if any.
        classes: the largest possible number of classes.
    """

    kind: str
    files: Sequence[Path]
    folder: Path | None = None
    recipe: str = ""
    classes: int = MAX_CLASSES

    @property
    def key(self) -> str:
        """The name of the copy, which changes whenever a file changes."""
        digest = hashlib.sha256(json.dumps([FORMAT, self.kind, self.recipe, self.places]).encode())
        depth = len(self.folder.parts) if self.folder else 0
        for path in self.files:
            stat = path.stat()
            # ctime changes even if a file is replaced by one with the same mtime
            stamps = (stat.st_mtime_ns, stat.st_ctime_ns)
            # relative to the folder, because resolving very many paths would take long
            name = path.parts[depth:] if self.folder else ()
            digest.update(json.dumps([name, stat.st_size, stamps]).encode())
        return digest.hexdigest()[:16]

    @property
    def places(self) -> list[str]:
        """The absolute paths that the record names."""
        return [str(path.resolve()) for path in ([self.folder] if self.folder else self.files)]


@dataclass(frozen=True)
class CachePolicy:
    """How the copy in the cache is used.

    Attributes:
        splits: the splits whose images will be used; images of other splits are not checked.
            Validation images are among the training images.
        verify: check the fingerprint too, not only checksums.
        refresh: read the files again and replace the copy.
    """

    splits: Collection[str] = ALL
    verify: bool = False
    refresh: bool = False


USUAL_POLICY = CachePolicy()


class _About(BaseModel):
    """What the record of a copy says about it."""

    model_config = ConfigDict(frozen=True)

    kind: str
    files: tuple[str, ...]
    fingerprint: str
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    validation: int = Field(ge=0)


def read_through(
    origin: Origin, read: Callable[[], Content], policy: CachePolicy = USUAL_POLICY
) -> Content:
    """Return the content of files, from the copy in the cache if there is one.

    Args:
        origin: the files.
        read: reads them.
        policy: how the copy in the cache is used.

    Raises:
        DataError: raised by `read`.
    """
    try:
        folder = cache_folder(KIND) / origin.key
    except OSError:  # the cache is optional
        return read().with_fingerprint()
    if policy.refresh:
        remove_stored(folder)
    with suppress(OSError, ValueError):
        return _open(folder, origin, policy)
    content = read().with_fingerprint()
    with suppress(OSError, ValueError):
        _write(folder, content, origin)
        return _open(folder, origin, policy)
    return content


def _open(folder: Path, origin: Origin, policy: CachePolicy) -> Content:
    """Read a copy.

    Raises:
        OSError, ValueError: there is none, or it is not what was stored.
    """
    wanted = {"train" if name == "validation" else name for name in policy.splits}
    stored = read_stored(folder, origin.classes, wanted, verify=policy.verify)
    if not {"train", "test"} <= stored.splits.keys():
        raise ValueError("the record does not describe a copy")
    about = _About.model_validate(stored.metadata)
    train, test = stored.splits["train"], stored.splits["test"]
    largest = max(split.labels.max(initial=-1) for split in (train, test))
    if largest >= len(about.classes) or about.validation > len(train):
        raise ValueError("the record describes another copy")
    content = Content(train, test, about.classes, about.notes, about.validation, about.fingerprint)
    if policy.verify and content.with_fingerprint().fingerprint != about.fingerprint:
        raise ValueError("the copy has another fingerprint")
    return content


def _write(folder: Path, content: Content, origin: Origin) -> None:
    """Write a copy, after deleting those that are no longer of use."""
    make_room(folder, lambda metadata: _is_outdated(metadata, origin))
    about = _About(
        kind=origin.kind,
        files=tuple(origin.places),
        fingerprint=content.fingerprint,
        classes=content.classes,
        notes=content.notes,
        validation=content.validation,
    )
    with store(folder, about.model_dump(mode="json")) as writer:
        writer.write("train", content.train)
        writer.write("test", content.test)


def _is_outdated(metadata: dict[str, Any], origin: Origin) -> bool:
    """Tell a copy of the same files as they were before, or of files that no longer exist."""
    gone = not all(Path(path).exists() for path in metadata["files"])
    return gone or (metadata["kind"], metadata["files"]) == (origin.kind, origin.places)
