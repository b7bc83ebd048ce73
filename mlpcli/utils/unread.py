"""Counts the files of a folder that are not read, so that none is left out in silence."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

_LITTER = {"thumbs.db", "ehthumbs.db", "desktop.ini"}
"""What systems leave in folders of pictures, besides hidden files, in lower case."""
_TO_CONVERT = frozenset((".avif", ".dng", ".heic", ".heif", ".jp2", ".jxl", ".svg"))
_NAMED = 6  # endings in a note, at most
_LONGEST_ENDING = 10  # characters after the dot; a longer one is a part of the name


@dataclass
class Unread:
    """What lies in a folder of pictures and is not read.

    Attributes:
        endings: how many files there are of each ending, in lower case; "" without any.
        outside: pictures that are in no class.
        links: links to folders.
    """

    endings: Counter[str] = field(default_factory=Counter)
    outside: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    def count(self, name: str) -> None:
        """Count a file, unless it is hidden or what a system leaves behind."""
        if not name.startswith(".") and name.lower() not in _LITTER:
            ending = Path(name).suffix.lower()
            usual = ending[1:].isalnum() and len(ending) <= 1 + _LONGEST_ENDING
            self.endings[ending if usual else ""] += 1

    def notes(self) -> Iterator[str]:
        """Yield a line on each kind of what is not read."""
        if self.endings:
            yield f"{_counted(self.endings.total(), 'file')} not read: {self.listed}{self.hint}"
        if self.outside:
            yield (
                f"{_counted(len(self.outside), 'picture')} not read, in no folder of a class: "
                f"{_first(self.outside)}"
            )
        if self.links:
            links = _counted(len(self.links), "link")
            yield f"{links} to folders not followed: {_first(self.links)}"

    @property
    def listed(self) -> str:
        """How many files there are of each ending, the most frequent first."""
        ranked = sorted(self.endings.items(), key=lambda item: (-item[1], not item[0], item[0]))
        parts = [f"{count} {ending or 'without ending'}" for ending, count in ranked[:_NAMED]]
        if rest := sum(count for _, count in ranked[_NAMED:]):
            parts.append(f"{rest} others")
        return ", ".join(parts)

    @property
    def hint(self) -> str:
        """What to do with pictures of formats that the program does not read, if there are any."""
        found = sorted(_TO_CONVERT & self.endings.keys())
        return f"; convert {' and '.join(found)} to JPEG or PNG" if found else ""


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _first(names: list[str]) -> str:
    """Return the first of some names, and that there are more."""
    return min(names) + (", …" if len(names) > 1 else "")
