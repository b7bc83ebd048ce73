"""Files that a user names to be written: none takes the place of what the program did not make.

Pictures and pages carry a mark, so that the same command may be given again. Whatever else is there
stays, unless the user insists. A pipe or a terminal is written to, never replaced.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlpcli.errors import OutputError
from mlpcli.files import atomic_write, kind_of

_LOOKED_AT = 4096  # bytes at the start of a file, where the mark must be
_OPEN_FILES = ("/dev/fd/", "/proc/self/fd/", "/dev/stdout", "/dev/stderr")


@dataclass(frozen=True)
class Kind:
    """A kind of file that the program knows again as its own.

    Attributes:
        start: its first bytes.
        mark: what the program puts near them.
    """

    start: bytes
    mark: bytes

    def made(self, file: Path) -> bool:
        """Tell whether a file is of this kind and was made by the program."""
        with file.open("rb") as stream:
            start = stream.read(_LOOKED_AT)
        return start.startswith(self.start) and self.mark in start


PICTURE = Kind(b"\x89PNG\r\n\x1a\n", b"tEXtSoftware\0mlpcli")
PAGE = Kind(b"<!doctype html>", b'<meta name="generator" content="mlpcli">')


def png(pixels: NDArray[Any]) -> bytes:
    """Return (height, width) uint8 grey levels as a PNG file with the program's mark."""
    from PIL import Image, PngImagePlugin  # noqa: PLC0415  # slow, and seldom needed

    mark = PngImagePlugin.PngInfo()
    mark.add_text("Software", "mlpcli")
    stream = BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG", pnginfo=mark)
    return stream.getvalue()


def check_output(
    file: Path,
    kind: Kind | None,
    *,
    force: bool,
    advice: str = "choose another name, or give --force",
) -> None:
    """Check that a file may be written, before much time is spent.

    Args:
        file: its name; a link stands for what it leads to.
        kind: one of its kind that the program made may be replaced; None for none at all.
        force: replace any file.
        advice: what else the user can do.

    Raises:
        OutputError: what is there is neither to be replaced nor to be written to.
    """
    with explained(file):
        try:
            mode = file.stat().st_mode
        except FileNotFoundError:
            return
        if _is_stream(file, mode):
            return
        if not stat.S_ISREG(mode):
            raise OutputError(f"{file}: must be a file, got {kind_of(file)}")
        if not force and not (kind and kind.made(file)):
            made = ", and mlp did not make it" if kind else ""
            raise OutputError(f"{file}: exists already{made}; {advice}")


def write_output(
    file: Path, content: bytes, kind: Kind | None, *, force: bool, durable: bool = True
) -> None:
    """Write a file whole or not at all, or write to a pipe.

    Args:
        file: its name; a link stands for what it leads to.
        content: of it.
        kind: of it, see `check_output`.
        force: replace any file.
        durable: wait until it is on the disk.

    Raises:
        OutputError: it must not be, or cannot be, written.
    """
    check_output(file, kind, force=force)
    with explained(file):
        if file.exists() and _is_stream(file, file.stat().st_mode):
            with file.open("wb") as stream:
                stream.write(content)
            return
        with atomic_write(file.resolve(), durable=durable) as stream:
            stream.write(content)


def make_folder(folder: Path) -> None:
    """Make a folder for files, unless it is there.

    Raises:
        OutputError: it cannot be made.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Make one clear line of what the system says against writing a file or folder."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{place}: cannot be written, {error.strerror or error}") from error


def _is_stream(file: Path, mode: int) -> bool:
    """Tell whether something is to be written to as it is: a pipe, a terminal, an open file."""
    is_open = os.path.abspath(file).startswith(_OPEN_FILES)  # noqa: PTH100  # links are not followed
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode) or (is_open and stat.S_ISREG(mode))
