"""Which pictures the arguments of `mlp predict` stand for: files, folders, patterns and pipes.

A picture that cannot be found is a source too: opening it raises the error when its turn comes.
"""

from __future__ import annotations

import glob
import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from fnmatch import fnmatchcase
from itertools import islice
from pathlib import Path
from select import select
from typing import IO, TYPE_CHECKING, Any

from mlpcli.cli.common import say
from mlpcli.errors import ImageError
from mlpcli.utils.files import is_shell_pipe, reason_of

if TYPE_CHECKING:
    from mlpcli.images.unread import Unread

MAX_PIPED = 100 << 20  # bytes of a picture from a pipe, which are kept in memory
MOST_COUNTED = 10_000  # subfolders that are searched only to say that pictures lie in them
_LOOK_UP = 0.5  # seconds after which a signal is handled at the latest
_PIECE = 1 << 20

Source = tuple[str, "Path | Callable[[], IO[bytes]]"]
"""A picture's name, and its file or what opens it, which may raise ImageError."""

Look = Callable[[], object]
"""Called for each folder that is searched."""


def find_sources(names: Iterable[str], *, recursive: bool = False) -> list[Source]:
    """Return the pictures that arguments stand for, in their order.

    Args:
        names: of files, folders and the like.
        recursive: whether a folder stands for the pictures in its subfolders, too; if not, a line
            on stderr says how many there are.
    """
    return [source for name in names for source in _find(name, recursive=recursive)]


def listed_sources() -> list[Source]:
    """Return the pictures named on standard input, one per line."""
    if sys.stdin is None:
        return [_missing("-", "standard input is closed")]
    try:
        names = [os.fsdecode(line.rstrip(b"\r\n")) for line in sys.stdin.buffer]
    except OSError as error:
        return [_missing("-", f"cannot be read, {reason_of(error)}")]
    return [(name, Path(name)) for name in names if name]


def _find(name: str, *, recursive: bool) -> list[Source]:
    """Return the pictures that an argument stands for."""
    if name == "-":
        return [(name, _standard_input)]
    if is_shell_pipe(name):
        return [(name, lambda: _whole(Path(name).open("rb"), name))]
    if os.path.isdir(name):  # noqa: PTH112  # unlike pathlib it never raises
        return [(str(item), item) for item in _folder(name, recursive=recursive)]
    if glob.has_magic(name) and not os.path.lexists(name):
        from mlpcli.cli.progress import search_bar

        with search_bar() as look:
            found = matching(name, look)
        return [(item, Path(item)) for item in found] or [_missing(name, "no picture matches")]
    return [(name, Path(name))]


def _missing(name: str, reason: str) -> Source:
    """Return what raises ImageError instead of a picture."""

    def explain() -> IO[bytes]:
        raise ImageError(f"{name}: {reason}")

    return name, explain


def _standard_input() -> IO[bytes]:
    if sys.stdin is None:
        raise ImageError("-: standard input is closed")
    return _whole(nullcontext(sys.stdin.buffer), "-")


def _whole(pipe: AbstractContextManager[IO[bytes]], place: str) -> IO[bytes]:
    """Return all that comes through a pipe, because a picture is not read from front to back.

    Raises:
        ImageError: it is too large, or cannot be read.
    """
    try:
        with pipe as stream:
            content = _read_interruptibly(stream)
    except OSError as error:
        raise ImageError(f"{place}: cannot be read, {reason_of(error)}") from error
    if len(content) > MAX_PIPED:
        raise ImageError(
            f"{place}: a picture from a pipe must have at most {MAX_PIPED} bytes, got more"
        )
    return io.BytesIO(content)


def _read_interruptibly(stream: Any) -> bytes:
    """Return up to a byte more than is allowed, read in pieces as they come.

    In one long read, a signal would be handled only after the next piece has come.
    """
    content = bytearray()
    while len(content) <= MAX_PIPED:
        _wait_for_more(stream)
        piece = stream.read1(_PIECE)
        if not piece:
            break
        content += piece
    return bytes(content)


def _wait_for_more(stream: Any) -> None:
    """Wait until there is something to read, and handle signals in between.

    A signal may come just before a read begins, which would then wait without handling it.
    """
    with suppress(OSError):  # it is not a real file, or the system cannot wait for it
        while not select([stream], [], [], _LOOK_UP)[0]:
            pass


def _folder(folder: str, *, recursive: bool) -> list[Path]:
    """Return the pictures of a folder in alphabetical order; the folder if there are none.

    Args:
        folder: its path.
        recursive: whether to take those in its subfolders, too, or only to say that there are some.
    """
    from mlpcli.images.unread import Unread

    if not os.access(folder, os.R_OK | os.X_OK):
        return [Path(folder)]  # reading it says why
    unread = Unread()
    found = _pictures([folder], unread)
    if any(_is_visible_folder(entry) for _, entry in _entries(folder)):
        from mlpcli.cli.progress import search_bar

        inside = unread if recursive else Unread()
        with search_bar() as look:
            subfolders = islice(_below([folder], look), 1, None if recursive else MOST_COUNTED)
            below = _pictures(subfolders, inside, look)
        if recursive:
            found = sorted(found + below)
        elif below or inside.photos:
            _say_where_more_are(folder, len(below) + len(inside.photos))
    for note in unread.notes():
        say(f"{folder}: {note}")
    return found or [Path(folder)]


def _say_where_more_are(folder: str, count: int) -> None:
    if count == 1:
        say(f"{folder}: 1 picture in subfolders is not read; --recursive reads it")
    else:
        say(f"{folder}: {count} pictures in subfolders are not read; --recursive reads them")


def _pictures(folders: Iterable[str], unread: Unread, look: Look = lambda: None) -> list[Path]:
    """Return the pictures in folders, in alphabetical order, and count what else is there."""
    pictures = []
    for folder in folders:
        if not os.access(folder, os.R_OK | os.X_OK):
            unread.closed.append(folder)
        for path, entry in _entries(folder, look):
            if not os.path.isdir(path):  # noqa: PTH112  # unlike pathlib it never raises
                if unread.is_picture(Path(path)):
                    pictures.append(Path(path))
            elif entry.is_symlink() and entry.name[0] != ".":
                unread.links.append(entry.name)
    return sorted(pictures)


def matching(pattern: str, look: Look = lambda: None) -> list[str]:
    """Return the files that a pattern matches as in a shell, in alphabetical order and each once.

    `**` stands for any folders or none, but not for links to folders, which may form a loop. Hidden
    names match only a pattern that begins with a dot itself.

    Args:
        pattern: with *, ? or [ in it.
        look: called for each folder that is searched; there may be very many.
    """
    drive, rest = os.path.splitdrive(pattern)
    if os.altsep:
        rest = rest.replace(os.sep, "/")
    *folders, last = [part for part in rest.split("/") if part] or [""]
    places: Iterable[str] = [drive + "/" if rest.startswith("/") else drive]
    for part in folders:
        places = _below(places, look) if part == "**" else _named(places, part, look)
    if last == "**":
        places, last = _below(places, look), "*"
    found = _named(places, last, look)
    return sorted(path for path in found if not os.path.isdir(path))  # noqa: PTH112


def _named(places: Iterable[str], part: str, look: Look) -> list[str]:
    """Return the paths in some folders that have a name, or one that fits a pattern."""
    if not glob.has_magic(part):
        joined = (os.path.join(place, part) for place in places)  # noqa: PTH118  # keeps the path as given
        return [path for path in joined if os.path.lexists(path)]
    return [
        path
        for place in places
        for path, entry in _entries(place, look)
        if fnmatchcase(entry.name, part) and (part.startswith(".") or entry.name[0] != ".")
    ]


def _below(places: Iterable[str], look: Look) -> Iterator[str]:
    """Yield folders, and then all their subfolders, each once."""
    found = dict.fromkeys(places)
    yield from found
    left = list(found)
    while left:
        for path, entry in _entries(left.pop(), look):
            if _is_visible_folder(entry) and path not in found:
                found[path] = None
                left.append(path)
                yield path


def _is_visible_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether it is a folder that is not hidden, not a link to one."""
    try:
        return entry.name[0] != "." and entry.is_dir(follow_symlinks=False)
    except OSError:  # no permission to read it
        return False


def _entries(folder: str, look: Look = lambda: None) -> list[tuple[str, os.DirEntry[str]]]:
    """Return the entries of a folder with their paths; nothing without permission to read it."""
    look()
    try:
        with os.scandir(folder or ".") as entries:
            return [(os.path.join(folder, entry.name), entry) for entry in entries]  # noqa: PTH118
    except OSError:
        return []
