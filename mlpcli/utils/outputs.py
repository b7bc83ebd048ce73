"""Files that a user names to be written: none takes the place of what the program did not make.

Pictures and pages carry a seal, a checksum of all the rest, so that the same command may be given
again. Whatever else is there stays, unless the user insists. A pipe or a terminal is written to,
never replaced.
"""

import os
import re
import stat
import struct
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from mlpcli.errors import OutputError
from mlpcli.utils.files import atomic_write, kind_of

LARGEST = 1 << 26  # bytes of a file that may be the program's own
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")
_NAMED = {"/dev/stdout": 1, "/dev/stderr": 2}


@dataclass(frozen=True)
class Kind:
    """A kind of file that the program knows again as its own, unless somebody has changed it.

    Attributes:
        end: what every file of the kind ends with; the seal comes before it.
        dress: makes of a checksum what the kind has for such things.
    """

    end: bytes
    dress: Callable[[bytes], bytes]

    def sealed(self, content: bytes) -> bytes:
        """Return the content of a file with its seal."""
        digest = sha256(content).hexdigest()
        return content.removesuffix(self.end) + self.dress(digest.encode()) + self.end

    def made(self, file: Path) -> bool:
        """Tell whether a file is of this kind, and is what the program made of it."""
        with file.open("rb") as stream:
            sealed = stream.read(LARGEST)
        length = len(self.dress(bytes(64))) + len(self.end)
        return len(sealed) >= length and sealed == self.sealed(sealed[:-length] + self.end)


def _as_chunk(digest: bytes) -> bytes:
    """Return a text chunk of a PNG file (PNG specification, 11.3.3)."""
    content = b"tEXtmlpcli\0" + digest
    return struct.pack(">L", len(content) - 4) + content + struct.pack(">L", zlib.crc32(content))


PICTURE = Kind(b"\0\0\0\0IEND\xaeB`\x82", _as_chunk)
PAGE = Kind(b"", lambda digest: b"<!-- mlpcli " + digest + b" -->\n")


def png(pixels: NDArray[Any]) -> bytes:
    """Return (height, width) uint8 grey levels as a PNG file."""
    from PIL import Image  # noqa: PLC0415  # slow, and seldom needed

    stream = BytesIO()
    Image.fromarray(pixels).save(stream, format="PNG")
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
        if _is_stream(file) or not file.exists():
            return
        if not file.is_file():
            raise OutputError(f"{file}: must be a file, got {kind_of(file)}")
        if not force and not (kind and kind.made(file)):
            made = ", and is not as mlp made it" if kind else ""
            raise OutputError(f"{file}: exists already{made}; {advice}")


def write_output(
    file: Path, content: bytes, kind: Kind | None, *, force: bool, durable: bool = True
) -> None:
    """Write a file whole or not at all, or write to a pipe.

    Args:
        file: its name; a link stands for what it leads to.
        content: of it, without a seal.
        kind: of it, see `check_output`.
        force: replace any file.
        durable: wait until it is on the disk.

    Raises:
        OutputError: it must not be, or cannot be, written.
    """
    check_output(file, kind, force=force)
    sealed = kind.sealed(content) if kind else content
    with explained(file):
        if _is_stream(file):
            number = _descriptor(file)
            with file.open("wb") if number is None else os.fdopen(os.dup(number), "wb") as stream:
                stream.write(sealed)
            return
        with atomic_write(file.resolve(), durable=durable) as stream:
            stream.write(sealed)


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


def _is_stream(file: Path) -> bool:
    """Tell whether something is to be written to as it is: a pipe, a terminal, an open file."""
    if _descriptor(file) is not None:
        return True
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _descriptor(file: Path) -> int | None:
    """Return the number of the open file that a name stands for."""
    name = os.path.abspath(file)  # noqa: PTH100  # links are not followed
    match = _DESCRIPTOR.fullmatch(name)
    return int(match[1]) if match else _NAMED.get(name)
