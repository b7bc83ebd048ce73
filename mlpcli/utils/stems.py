"""Names for files that are made from others, each of its own however those are called."""

import os
from pathlib import Path
from unicodedata import normalize

MOST_BYTES = 200  # of a stem, in the name of a file, which may have 255


class Stems:
    """Gives out the names of files without their suffixes, with a number where one is taken."""

    def __init__(self) -> None:
        self._given: dict[str, int] = {}

    def give(self, place: str) -> str:
        """Return a name for what is made from a file, or from standard input for `-`."""
        stem = _cut("stdin" if place == "-" else Path(place).stem, MOST_BYTES)
        name, key = stem, _folded(stem)
        while _folded(name) in self._given:
            self._given[key] += 1
            name = f"{stem}-{self._given[key]}"
        self._given[_folded(name)] = 1
        return name


def _folded(name: str) -> str:
    """Return the same text for names that some file systems cannot tell apart."""
    return normalize("NFC", name).casefold()


def _cut(name: str, most: int) -> str:
    """Return as much of a name as fits into `most` bytes, without cutting a character in two."""
    encoded = os.fsencode(name)
    end = min(most, len(encoded))
    while end < len(encoded) and end > most - 4 and encoded[end] & 0xC0 == 0x80:
        end -= 1
    return os.fsdecode(encoded[:end])
