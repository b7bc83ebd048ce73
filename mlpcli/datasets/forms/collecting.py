"""Puts the boxes of photographed forms into a folder for each class, all at once.

Until then everything lies in a temporary folder beside it. Pictures that are added to a folder are
moved into it one by one under names that are free there; if that fails, those moved are removed.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from glob import escape
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

from mlpcli.datasets.dataset import DIGITS
from mlpcli.datasets.forms.cutting import Cut
from mlpcli.errors import OutputError
from mlpcli.utils.files import kind_of, temporary_name
from mlpcli.utils.outputs import PICTURE, explained, make_folder, png, write_output
from mlpcli.utils.stems import Stems

_UNSUITABLE = frozenset('\\/:*?"<>|')  # in the name of a file, on one system or another


class Collection:
    """The pictures of boxes, sorted by digit, on their way into a folder.

    It is a context manager: what `finish` has not put into the folder by its end is removed.

    Args:
        folder: for the pictures; it is new or empty, unless they are to be added.
        add: to the pictures that lie there already.

    Raises:
        OutputError: the folder holds anything else, or cannot be written to.

    Attributes:
        counts: how many pictures there are of each digit.
    """

    def __init__(self, folder: Path, *, add: bool) -> None:
        _check_folder(folder, add=add)
        self._folder = folder
        self.counts: Counter[int] = Counter()
        self._stems = Stems()
        make_folder(folder.absolute().parent)
        self._work = temporary_name(folder.absolute())
        make_folder(self._work)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self._work, ignore_errors=True)

    def put(self, place: str, cuts: Iterable[Cut]) -> dict[tuple[int, int], Path] | None:
        """Write the boxes of a photo that are not empty, and return where they will be.

        Args:
            place: name of the photo.
            cuts: its boxes.

        Returns:
            Their paths, by row and column; None if the same pictures are in the folder already.

        Raises:
            OutputError: a file cannot be written.
        """
        contents = [(cut, PICTURE.sealed(png(cut.picture))) for cut in cuts if not cut.is_empty]
        stem = self._free_stem(place, contents)
        if stem is None:
            return None
        written = {}
        for cut, content in contents:
            name = _name(stem, cut)
            make_folder((self._work / name).parent)
            write_output(self._work / name, content, None, force=False, durable=False)
            written[cut.row, cut.column] = self._folder / name
            self.counts[cut.digit] += 1
        return written

    def _free_stem(self, place: str, contents: Sequence[tuple[Cut, bytes]]) -> str | None:
        """Return what names of the photo's pictures begin with; None if they are there already."""
        plain = "".join(_suitable(character) for character in Path(place).name).lstrip(".")
        while True:
            stem = self._stems.give(plain if place != "-" else place)
            files = [(self._folder / _name(stem, cut), content) for cut, content in contents]
            with explained(self._folder):
                if not any(self._folder.glob(f"[0-9]/{escape(stem)}-r[0-9]*-c[0-9]*.png")):
                    return stem
                if all(file.is_file() and file.read_bytes() == content for file, content in files):
                    return None

    def finish(self, sheets: Iterable[bytes]) -> list[Path]:
        """Let the pictures appear in the folder, and return where the sheets to check them are.

        Args:
            sheets: PNG files.

        Raises:
            OutputError: that cannot be done; then nothing is changed.
        """
        names = (f"check-{number}.png" if number > 1 else "check.png" for number in count(1))
        placed = []
        with explained(self._folder):
            free = (name for name in names if not (self._folder / name).exists())
            for sheet, name in zip(sheets, free, strict=False):
                write_output(self._work / name, sheet, PICTURE, force=False)
                placed.append(self._folder / name)
            if self._folder.exists():
                self._move_files()
            else:
                self._work.rename(self._folder)
        return placed

    def _move_files(self) -> None:
        """Move all files into the folder, or none."""
        moved: list[Path] = []
        made: list[Path] = []
        try:
            for file in sorted(self._work.rglob("*.png")):
                target = self._folder / file.relative_to(self._work)
                if not target.parent.exists():
                    target.parent.mkdir()
                    made.append(target.parent)
                file.rename(target)
                moved.append(target)
        except BaseException:
            for target in moved:
                target.unlink(missing_ok=True)
            for folder in made:
                folder.rmdir()
            raise


def _check_folder(folder: Path, *, add: bool) -> None:
    """Refuse a folder that holds anything, or to which pictures of digits cannot be added."""
    with explained(folder):
        if not folder.exists() and not folder.is_symlink():
            return
        if not folder.is_dir():
            raise OutputError(
                f"{folder}: must be a folder for the pictures, got {kind_of(folder)}; give a new "
                "folder as the last argument"
            )
        entries = [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
        if entries and not add:
            raise OutputError(
                f"{folder}: must be new or empty, got a folder with content; choose another one, "
                "or give --add to put more pictures into it"
            )
        for entry in entries:
            if entry.is_dir() and entry.name not in DIGITS:
                raise OutputError(
                    f"{folder}: must hold a folder for each digit and no other, got {entry.name}"
                )


def _name(stem: str, cut: Cut) -> Path:
    """Return the path of a picture in the folder, row and column counted from 1."""
    return Path(DIGITS[cut.digit], f"{stem}-r{cut.row + 1:02}-c{cut.column + 1:02}.png")


def _suitable(character: str) -> str:
    return character if character.isprintable() and character not in _UNSUITABLE else "_"
