"""Writes output files that a user names, without replacing files that the program did not write.

Pictures, pages and PDF documents contain a seal, a checksum of the rest of the file, so that the
same command can be repeated. Any other existing file is kept, unless the user gives --force. A pipe
or a terminal is written to, never replaced.
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
from mlpcli.utils.files import atomic_write, kind_of, reason_of

LARGEST = 1 << 26  # bytes of the largest file that may be the program's own
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")
_NAMED = {"/dev/stdout": 1, "/dev/stderr": 2}


@dataclass(frozen=True)
class Kind:
    """A kind of file that the program recognises as its own, unless it has been changed.

    Attributes:
        end: the last bytes of every file of the kind, after the seal.
        make_seal: turns a checksum into a seal in the format of the kind.
    """

    end: bytes
    make_seal: Callable[[bytes], bytes]

    def sealed(self, content: bytes) -> bytes:
        """Return the content of a file with its seal."""
        digest = sha256(content).hexdigest()
        return content.removesuffix(self.end) + self.make_seal(digest.encode()) + self.end

    def is_unchanged(self, file: Path) -> bool:
        """Tell whether a file is of this kind, and unchanged since the program wrote it."""
        with file.open("rb") as stream:
            sealed = stream.read(LARGEST)
        length = len(self.make_seal(bytes(64))) + len(self.end)
        return len(sealed) >= length and sealed == self.sealed(sealed[:-length] + self.end)


def _as_chunk(digest: bytes) -> bytes:
    """Return a text chunk of a PNG file (PNG specification, 11.3.3)."""
    content = b"tEXtmlpcli\0" + digest
    return struct.pack(">L", len(content) - 4) + content + struct.pack(">L", zlib.crc32(content))


PICTURE = Kind(b"\0\0\0\0IEND\xaeB`\x82", _as_chunk)
PAGE = Kind(b"", lambda digest: b"<!-- mlpcli " + digest + b" -->\n")
DOCUMENT = Kind(b"", lambda digest: b"% mlpcli " + digest + b"\n")  # a comment at the end of a PDF


def png(pixels: NDArray[Any]) -> bytes:
    """Return uint8 grey levels, (height, width), or colours, (height, width, 3), as a PNG file."""
    from PIL import Image  # noqa: PLC0415  # slow, and rarely needed

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
        file: its path; links are followed.
        kind: a file of this kind that the program wrote may be replaced; None for no file.
        force: replace any file.
        advice: what the user can do instead.

    Raises:
        OutputError: the path exists, and may be neither replaced nor written to.
    """
    with explained(file):
        if _is_stream(file):
            return
        if not file.exists():
            file.absolute().parent.stat()  # without a folder, it cannot be written later either
            return
        if not file.is_file():
            raise OutputError(f"{file}: must be a file, got {kind_of(file)}")
        if not force and not (kind and kind.is_unchanged(file)):
            made = " and is not as mlp wrote it" if kind else ""
            raise OutputError(f"{file}: already exists{made}; {advice}")


def write_output(
    file: Path, content: bytes, kind: Kind | None, *, force: bool, durable: bool = True
) -> None:
    """Write a file completely or not at all, or write to a pipe.

    Args:
        file: its path; links are followed.
        content: of the file, without a seal.
        kind: of the file, see `check_output`.
        force: replace any file.
        durable: wait until it is on disk.

    Raises:
        OutputError: it must not or cannot be written.
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
    """Create a folder for files, unless it exists.

    Raises:
        OutputError: it cannot be created.
    """
    with explained(folder):
        folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def explained(place: Path) -> Iterator[None]:
    """Turn a system error on writing a file or folder into one clear line."""
    try:
        yield
    except OSError as error:
        raise OutputError(f"{place}: cannot be written, {reason_of(error)}") from error


def _is_stream(file: Path) -> bool:
    """Tell whether a path is to be written to but not replaced: a pipe, terminal or open file."""
    if _descriptor(file) is not None:
        return True
    try:
        mode = file.stat().st_mode
    except FileNotFoundError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _descriptor(file: Path) -> int | None:
    """Return the number of the open file that a path stands for; None for other paths."""
    name = os.path.abspath(file)  # noqa: PTH100  # links are not followed
    match = _DESCRIPTOR.fullmatch(name)
    return int(match[1]) if match else _NAMED.get(name)
