"""Tells which files of a folder are pictures, and counts the others.

Nothing that may be a picture is left out in silence: there is a note for each reason.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlpcli.images.decoding import SUFFIXES
from mlpcli.images.heic import EXTRA, lacks_extra

_LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini"}
"""What systems leave in folders of pictures, besides hidden files, in lower case."""
_METADATA = "._"
"""How the names begin of files in which a Mac keeps what other systems have no room for."""
_TO_CONVERT = frozenset(
    (
        *(".ai", ".eps", ".pdf", ".ps", ".psd", ".svg", ".svgz", ".xcf"),
        *(".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".raw", ".rw2"),
        *(".dcm", ".emf", ".exr", ".icns", ".ico", ".jp2", ".jxl", ".pcx", ".tga", ".wmf"),
    )
)
"""Endings of pictures in formats that are not read, in lower case."""
_NAMED = 6  # endings in a note, at most
_LONGEST_ENDING = 10  # characters after the dot; a longer one is a part of the name

Files = dict[str, list[str]]
"""Names of files by their endings, in lower case; "" for those without any."""


@dataclass
class Unread:
    """What lies in a folder of pictures and is not read.

    Attributes:
        files: whose endings are not those of pictures that are read.
        photos: names of HEIC photos that need an extra.
        hidden: names of pictures that begin with a dot.
        outside: pictures that are in no class.
        links: links to folders.
        closed: folders that may not be read.
    """

    files: Files = field(default_factory=dict)
    photos: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)

    def is_picture(self, path: Path) -> bool:
        """Tell whether a file is a picture that is read, mostly by its name; count it if not."""
        name, ending = path.name, path.suffix.lower()
        if name.startswith(_METADATA) or name.lower() in _LITTER:
            return False
        if name.startswith("."):
            if Path(name.removesuffix(".icloud")).suffix.lower() in SUFFIXES:
                self.hidden.append(name)  # iCloud leaves .NAME.icloud in place of what it keeps
            return False
        if ending not in SUFFIXES:
            usual = ending[1:].isalnum() and len(ending) <= 1 + _LONGEST_ENDING
            self.files.setdefault(ending if usual else "", []).append(name)
            return False
        if lacks_extra(path):
            self.photos.append(name)
            return False
        return True

    def notes(self) -> Iterator[str]:
        """Yield a line on each reason why something is not read."""
        if self.photos:
            photos = _counted(len(self.photos), "HEIC photo")
            yield f"{photos} not read, for want of pillow-heif: {_first(self.photos)}; {EXTRA}"
        foreign, others = self._divided()
        if foreign:
            yield f"{_note(foreign, 'picture')}; convert {_endings(foreign)} to JPEG or PNG"
        if others:
            yield _note(others, "other file" if foreign else "file")
        if self.hidden:
            yield f"{_counted(len(self.hidden), 'hidden picture')} not read: {_first(self.hidden)}"
        if self.outside:
            yield (
                f"{_counted(len(self.outside), 'picture')} not read, in no folder of a class: "
                f"{_first(self.outside)}"
            )
        if self.links:
            links = _counted(len(self.links), "link")
            yield f"{links} to folders not followed: {_first(self.links)}"
        if self.closed:
            closed = _counted(len(self.closed), "folder")
            yield f"{closed} not read, for want of permission: {_first(self.closed)}"

    def _divided(self) -> tuple[Files, Files]:
        """Return the files that are pictures in other formats, and those that are none."""
        foreign = {ending: self.files[ending] for ending in self.files.keys() & _TO_CONVERT}
        return foreign, {end: names for end, names in self.files.items() if end not in foreign}

    @property
    def listed(self) -> str:
        """How many files there are of each ending, the most frequent first."""
        photos: Files = {}
        for name in self.photos:
            photos.setdefault(Path(name).suffix.lower(), []).append(name)
        return _listed(photos | self.files)

    @property
    def hint(self) -> str:
        """What to do with pictures that the program does not read, if there are any."""
        foreign, _ = self._divided()
        convert = f"; convert {_endings(foreign)} to JPEG or PNG" if foreign else ""
        return (f"; for HEIC photos, {EXTRA}" if self.photos else "") + convert


def _note(files: Files, what: str) -> str:
    """Return how many files are not read, of which endings, and the name of one."""
    names = [name for names in files.values() for name in names]
    return f"{_counted(len(names), what)} not read: {_listed(files)} ({_first(names)})"


def _listed(files: Files) -> str:
    """Return how many files there are of each ending, the most frequent first."""
    ranked = sorted(files.items(), key=lambda item: (-len(item[1]), not item[0], item[0]))
    parts = [f"{len(names)} {ending or 'without ending'}" for ending, names in ranked[:_NAMED]]
    if rest := sum(len(names) for _, names in ranked[_NAMED:]):
        parts.append(f"{rest} others")
    return ", ".join(parts)


def _endings(files: Files) -> str:
    *others, last = sorted(files)
    return f"{', '.join(others)} and {last}" if others else last


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _first(names: list[str]) -> str:
    """Return the first of some names, and that there are more."""
    return min(names) + (", …" if len(names) > 1 else "")
